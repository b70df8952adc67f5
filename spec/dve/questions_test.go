package dve

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// TestMacros holds macros against what m4 makes of them.
func TestMacros(t *testing.T) {
	for text, want := range map[string]string{
		"P_0.CS":           "P_0.CS",
		"on_right == N":    "on_right == 3",
		"x[decr(N)] != -1": "x[2] != -1",
		"myloop(i,0,decr(N), `P_`'i.CS', ` + ') > 1":                                       "P_0.CS + P_1.CS + P_2.CS > 1",
		"forloop(`k', 1, 2, `a[k] && ') b":                                                 "a[1] && a[2] &&  b",
		"myloop(i, 0, 1, `myloop(j, 0, 1, `q[i*2+j]', ` + ')', ` || ')":                    "q[0*2+0] + q[0*2+1] || q[1*2+0] + q[1*2+1]",
		"ifelse(N, 3, `yes', `no') ifelse(N, 4, `yes', 3, N, `three', no) ifelse(N, 4, a)": "yes three ",
		"eval(N * (N - 1) / 2) incr(N) `N' ``N'' Nx x_N 3N":                                "3 4 N `N' Nx x_N 3N",
		"a (N) myloop":              "a (3) myloop",
		"myloop(i, 1, 0, `i', `,')": "",
		"M":                         "M",
		"K":                         "3 + 1",
	} {
		m := &macros{values: map[string]string{"N": "3", "M": "M", "K": "N + 1"}}
		got, err := m.expand(text, 0)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, why := range map[string]string{
		"`a":                              "never closed",
		"myloop(i, 0, `2":                 "never closed",
		"decr(N":                          "never closed",
		"myloop(i, 0)":                    "too few",
		"decr(x)":                         "no number",
		"ifelse(a, b)":                    "too few",
		"L":                               "nest more",
		"myloop(i, 0, 100000, `i')":       "times",
		strings.Repeat("N ", maxMacros+1): "macros",
		"myloop(i, 0, 1000, `myloop(j, 0, 1000, `" + strings.Repeat("x", 100) + "')')": "bytes",
	} {
		m := &macros{values: map[string]string{"N": "3", "L": "M", "M": "L"}}
		_, err := m.expand(text, 0)
		require.ErrorContains(t, err, why, text[:min(len(text), 80)])
	}
}

// someQuestions is a description as BEEM writes it.
const someQuestions = `<?xml version="1.0" encoding="iso-8859-2"?>
<!DOCTYPE model SYSTEM "../model.dtd">
<model type="mutex"><author>` + "Jan \xe8</author>" + `
<ap><ap-name>cs</ap-name><ap-expression> P_0.CS </ap-expression></ap>
<ap><ap-name>two</ap-name><ap-expression>myloop(i,0,decr(N), ` + "`P_`'i.CS', ` + '" + `) &gt; 1</ap-expression></ap>
<ap><ap-name>odd</ap-name><ap-expression>decr(K)</ap-expression></ap>
<property id="1" prop-type="reachability"><formula>two</formula></property>
<property id="2" prop-type="LTL"><formula>G (two -> F cs) && GF cs</formula></property>
<property id="3" prop-type="reachability"><formula>!cs &amp;&amp; two</formula></property>
<property id="4" prop-type="LTL"><formula>F odd</formula></property>
<property id="5" prop-type="CTL"><formula>AG cs</formula></property>
<instance id="1"><parameters>N=2</parameters></instance>
<instance id="7"><parameters>X=1, N=3 </parameters></instance>
</model>`

func TestReadQuestions(t *testing.T) {
	q, problems := ReadQuestions([]byte(someQuestions), "7")
	require.Equal(t, []Property{{Name: "goal1", Kind: fsm.Reachable, P: "P_0.CS + P_1.CS + P_2.CS > 1"},
		{Name: "goal3", Kind: fsm.Reachable, P: "!P_0.CS && (P_0.CS + P_1.CS + P_2.CS > 1)"}}, q.Properties)
	require.Len(t, q.Formulas, 1)
	require.Equal(t, "run2", q.Formulas[0].Name)
	require.Equal(t, "G (two -> F cs) && GF cs", q.Formulas[0].LTL)
	require.Equal(t, "P_0.CS", q.Formulas[0].Propositions["cs"])
	require.Len(t, problems, 2)
	require.ErrorContains(t, problems[0], "property 4: proposition odd: no number: `K`")
	require.ErrorContains(t, problems[1], "property 5: it is of the type `CTL`")

	loose := strings.NewReplacer("<formula>two<", "<formula> F (two)<", "<formula>!cs", "<formula>EF !cs", `"reachability"`, `" Reachability"`, `"LTL"`, `"ltl"`, "X=1, N=3 ", "X = 1; N =3").Replace(someQuestions)
	again, problems := ReadQuestions([]byte(loose), "7")
	require.Len(t, problems, 2)
	require.Equal(t, "((P_0.CS + P_1.CS + P_2.CS > 1))", again.Properties[0].P)
	require.Equal(t, q.Properties[1], again.Properties[1])
	require.Equal(t, q.Formulas[0].LTL, again.Formulas[0].LTL)
	require.Equal(t, "Fire", reached("Fire", nil))
	require.Equal(t, "F", reached("F", map[string]string{"F": "x"}))

	_, problems = ReadQuestions([]byte(someQuestions), "9")
	require.ErrorContains(t, problems[0], "no instance `9`")
	_, problems = ReadQuestions([]byte("no xml"), "1")
	require.Len(t, problems, 1)
	require.ErrorContains(t, problems[0], "no description")
}

// FuzzReadQuestions: no description makes the reader panic or run away.
func FuzzReadQuestions(f *testing.F) {
	f.Add([]byte(someQuestions))
	f.Add([]byte("<model><ap><ap-name>a</ap-name><ap-expression>ifelse(1,1,`a',b) eval(1/0)</ap-expression></ap><property prop-type=\"LTL\"><formula>F a</formula></property></model>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		q, _ := ReadQuestions(text, "1")
		ImportAsking("x.dve", []byte(letterText), q)
	})
}
