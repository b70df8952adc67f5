package gen_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/gen"
)

func TestSession(t *testing.T) {
	spec := session(t)
	spaces := map[string]*fsm.ControlSpace{"Embedded": check.Control(t.Context(), spec.Systems[0], check.Options{})}
	files, err := gen.Go(spec, spaces, gen.Options{})
	require.NoError(t, err)
	for _, f := range files {
		fmt.Println(string(f))
	}
}
