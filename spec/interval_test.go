package spec

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// numeric are the operations that make numbers of numbers.
var numeric = []fsm.Op{fsm.OpAdd, fsm.OpSub, fsm.OpMul, fsm.OpDiv, fsm.OpRem, fsm.OpBitAnd, fsm.OpBitOr, fsm.OpBitXor,
	fsm.OpAndNot, fsm.OpShl, fsm.OpShr}

// No value leaves the interval of an operation: every pair of small intervals, with every pair of values.
func TestIntervalsHoldEveryValue(t *testing.T) {
	const most = 5
	for _, op := range numeric {
		for alo := int64(-most); alo <= most; alo++ {
			for ahi := alo; ahi <= most; ahi++ {
				for blo := int64(-most); blo <= most; blo++ {
					for bhi := blo; bhi <= most; bhi++ {
						holdsAll(t, op, fsm.IntType(alo, ahi), fsm.IntType(blo, bhi))
					}
				}
			}
		}
	}
}

func holdsAll(t require.TestingT, op fsm.Op, a, b *fsm.Type) {
	lo, hi, ok := interval(op, a, b)
	require.True(t, ok)
	for x := a.Lo; x <= a.Hi; x++ {
		for y := b.Lo; y <= b.Hi; y++ {
			if v, defined := fold(op, x, y); defined && (v < lo || v > hi) {
				require.Fail(t, "a value leaves its interval", "%d of %d and %d is %d, outside %d..%d", op, x, y, v, lo, hi)
			}
		}
	}
}

// The same for large ones, by samples; where interval gives up, some value is really too large.
func TestLargeIntervals(t *testing.T) {
	bound := rapid.Int64Range(-maxValue, maxValue)
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom(numeric).Draw(t, "op")
		alo, blo := bound.Draw(t, "alo"), bound.Draw(t, "blo")
		a := fsm.IntType(alo, rapid.Int64Range(alo, maxValue).Draw(t, "ahi"))
		b := fsm.IntType(blo, rapid.Int64Range(blo, maxValue).Draw(t, "bhi"))
		lo, hi, ok := interval(op, a, b)
		if !ok {
			require.Contains(t, []fsm.Op{fsm.OpAdd, fsm.OpSub, fsm.OpMul, fsm.OpShl, fsm.OpBitAnd, fsm.OpBitOr, fsm.OpBitXor,
				fsm.OpAndNot}, op,
				"this operation makes nothing larger")
			return
		}
		x, y := rapid.Int64Range(a.Lo, a.Hi).Draw(t, "x"), rapid.Int64Range(b.Lo, b.Hi).Draw(t, "y")
		if v, defined := fold(op, x, y); defined {
			require.True(t, lo <= v && v <= hi, "%d is outside %d..%d", v, lo, hi)
		}
	})
}

// What an expression evaluates to in the reference is what Go says, and lies in the interval that lowering gave it.
func TestExpressionsMeanWhatGoSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Int64Range(-9, 9).Draw(t, "x"), rapid.Int64Range(-9, 9).Draw(t, "y")
		text, value, defined := expression(t, 4, map[string]int64{"x": x, "y": y})
		source := fmt.Sprintf("fsm 1\nspec s\n\nmachine M {\n\tvar x -9..9 = %d\n\tvar y -9..9 = %d\n\tinput Go\n\tinitial state I { on Go { x = y } }\n}\n\n"+
			"predicate Same(a -9..9, b -9..9) = a == b\n\nsystem S {\n\tm M\n\tnever %s == 0\n}\n", x, y, text)
		spec, diags := Compile([]Source{{Name: "s.fsm", Text: []byte(source)}}, nil)
		if spec == nil { // the same for all values, and wrong for all
			require.Contains(t, []string{"division-by-zero", "shift", "too-wide"}, diags[0].Code, source)
			return
		}
		sys := spec.Systems[0]
		starts, err := fsm.Starts(sys)
		require.NoError(t, err)
		got, err := fsm.Eval(sys, starts[0].Outcome.Joint, sys.Properties[0].P)
		if !defined {
			require.Error(t, err, source)
			return
		}
		require.NoError(t, err, source)
		require.Equal(t, value == 0, got == 1, source)
		compared := sys.Properties[0].P
		if compared.Op == fsm.OpEq && compared.Args[0].Type.Kind == fsm.Int {
			v, err := fsm.Eval(sys, starts[0].Outcome.Joint, compared.Args[0])
			require.NoError(t, err)
			require.Equal(t, value, v, source)
			require.True(t, compared.Args[0].Type.Has(v), source)
		}
	})
}

// expression draws an expression of numbers, in brackets, with the value that Go gives it.
func expression(t *rapid.T, depth int, vars map[string]int64) (text string, value int64, defined bool) {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return "m.x", vars["x"], true
		case 1:
			return "m.y", vars["y"], true
		}
		n := rapid.Int64Range(0, 5).Draw(t, "n")
		return fmt.Sprint(n), n, true
	}
	op := rapid.SampledFrom([]Op{OpAdd, OpSub, OpMul, OpDiv, OpMod, OpAnd, OpOr, OpXor, OpAndNot, OpShl, OpShr}).Draw(t, "op")
	a, x, xDefined := expression(t, depth-1, vars)
	b, y, yDefined := expression(t, depth-1, vars)
	if op == OpShl || op == OpShr {
		b, y, yDefined = "(m.y & 7)", vars["y"]&7, true
	}
	value, defined = goValue(op, x, y)
	return "(" + a + " " + string(op) + " " + b + ")", value, defined && xDefined && yDefined
}

func goValue(op Op, x, y int64) (value int64, defined bool) {
	switch op {
	case OpAdd:
		return x + y, true
	case OpSub:
		return x - y, true
	case OpMul:
		return x * y, true
	case OpDiv:
		if y == 0 {
			return 0, false
		}
		return x / y, true
	case OpMod:
		if y == 0 {
			return 0, false
		}
		return x % y, true
	case OpAnd:
		return x & y, true
	case OpOr:
		return x | y, true
	case OpXor:
		return x ^ y, true
	case OpAndNot:
		return x &^ y, true
	case OpShl:
		return x << uint(y), true
	}
	return x >> uint(y), true
}
