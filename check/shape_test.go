package check

import (
	"context"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// places lists all values without parts that a system leads to, such that they can be changed, and all slices and pointers.
func places(sys *fsm.System) []reflect.Value {
	var list []reflect.Value
	seen := map[meeting]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem() // also what is not exported
		key := meeting{v.Addr().UnsafePointer(), v.Type()}
		if seen[key] {
			return
		}
		seen[key] = true
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
			return
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		}
		if v.Kind() != reflect.Array {
			list = append(list, v)
		}
	}
	walk(reflect.ValueOf(sys).Elem())
	return list
}

// other changes a value a little.
func other(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		} else {
			v.Set(reflect.Zero(v.Type()))
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(v.Int() ^ 1)
	default:
		v.SetUint(v.Uint() ^ 1)
	}
}

// Whatever changes in a system changes its shape, and a system that is made again has the one that it had.
func TestShapeIsOfEverything(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	was := shape(sys)
	require.NotEmpty(t, was)
	require.Equal(t, was, shape(sessionSpec(t, fsm.Network, true)))
	all := places(sys)
	require.Greater(t, len(all), 500)
	for i, v := range all {
		saved := reflect.New(v.Type()).Elem()
		saved.Set(v)
		other(v)
		require.NotEqual(t, was, shape(sys), "place %d, a %s", i, v.Type())
		v.Set(saved)
	}
	require.Equal(t, was, shape(sys))
}

// Systems that were changed in two places have two shapes, and in the same place one.
func TestShapeTellsChangesApart(t *testing.T) {
	n, was := len(places(sessionSpec(t, fsm.Network, true))), shape(sessionSpec(t, fsm.Network, true))
	rapid.Check(t, func(r *rapid.T) {
		var shapes [2]string
		var at [2]int
		for i := range shapes {
			sys := sessionSpec(t, fsm.Network, true)
			at[i] = rapid.IntRange(0, n-1).Draw(r, "place")
			v := places(sys)[at[i]]
			saved := reflect.New(v.Type()).Elem()
			saved.Set(v)
			other(v)
			shapes[i] = shape(sys)
			v.Set(saved) // what is changed may be fsm.BoolType, which is everybody's
		}
		require.Equal(r, was, shape(sessionSpec(t, fsm.Network, true)))
		require.Equal(r, at[0] == at[1], shapes[0] == shapes[1])
	})
}

// A system that was changed is searched anew, although a program for what it was is known; so is one whose program found a
// violation that only its text can name.
func TestChangedSystemIsSearchedAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	sys := sessionSpec(t, fsm.Network, true)
	for _, capacity := range []int{1, 2, 1} {
		for i := range sys.Links {
			sys.Links[i].Capacity = capacity
		}
		require.NoError(t, sys.Spec.Finish())
		want, err := Run(context.Background(), sys, Options{})
		require.NoError(t, err)
		for range 2 { // the second time the program is known
			got, err := Run(context.Background(), sys, Options{Compiled: true})
			require.NoError(t, err)
			require.Equal(t, want.Stats.States, got.Stats.States)
			require.Equal(t, want.Stats.Transitions, got.Stats.Transitions)
			require.Equal(t, len(want.Verdicts), len(got.Verdicts))
			for i := range want.Verdicts {
				require.Equal(t, want.Verdicts[i], got.Verdicts[i])
			}
		}
	}
}
