package gen

import (
	"fmt"
	"testing"
)

// selves is a machine that knows its index, in an array of so many.
const selves = `fsm 1
spec selves
type Id = 0..%d
machine M {
	var seen [%d]bool
	var last Id
	input Go
	initial state A { on Go { seen[self] = true; last = self } }
}
system S { m[%d] M }
`

// useOfSelves is what only somebody can write who makes machines by hand.
const useOfSelves = `package selves

import (
	"strings"
	"testing"
)

func Test(t *testing.T) {
	m, _, err := NewM(Top)
	if _, refused := m.Go(); err != nil || refused != nil {
		t.Fatal(err, refused)
	}
	text, err := m.MarshalJSON()
	if err != nil || !strings.Contains(string(text), Self) {
		t.Fatal(err, string(text))
	}
	for _, self := range []string{"%d", "200", "255", "-1"} {
		changed := strings.Replace(string(text), Self, "\"self\":"+self, 1)
		if err := m.UnmarshalJSON([]byte(changed)); err == nil {
			t.Fatal("taken:", changed)
		}
	}
	for _, element := range []uint8{Top + 1, 255} {
		if _, _, err := NewM(element); err == nil {
			t.Fatal("made:", element)
		}
	}
}

const (
	Top  = %d
	Self = "\"self\":%d"
)
`

// An index that no machine of the spec has is refused, where a machine is made and where one is read from a snapshot: what follows from
// it was never checked.
func TestMachinesKnowTheirIndex(t *testing.T) {
	m := newModule(t)
	for _, n := range []int{1, 3} {
		pkg := fmt.Sprintf("selves%d", n)
		m.add(t, pkg, compile(t, "selves", fmt.Sprintf(selves, n-1, n, n)))
		m.write(t, pkg+"/use_test.go", fmt.Sprintf(useOfSelves, n, n-1, n-1))
	}
	m.compare(t)
}
