package check

import (
	"go/format"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/internal/golden"
)

// TestEngineHasASystem stores the text for a small system beside the engine, so that both are vetted and read like any package.
// That the text is right is for property_test, which runs it.
func TestEngineHasASystem(t *testing.T) {
	p, err := compile(sessionSpec(t, fsm.Network, true), false)
	require.NoError(t, err)
	_, text, err := emit(p)
	require.NoError(t, err)
	formatted, err := format.Source(text)
	require.NoError(t, err)
	golden.Compare(t, "compiled/engine/system.go", formatted)
}

// What cannot be compiled is said, and searched in process.
func TestTooWideToBeCompiled(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	set := fsm.SetType(fsm.IntType(0, 61))
	fields := &sys.Spec.Messages[sys.Links[0].Carries[0]].Fields
	*fields = append(*fields, fsm.Param{Name: "wide", Type: set}, fsm.Param{Name: "wider", Type: set})
	require.NoError(t, sys.Spec.Finish())
	p, err := compile(sys, false)
	require.NoError(t, err)
	_, _, err = emit(p)
	require.ErrorContains(t, err, "at most 64 are compiled")
}
