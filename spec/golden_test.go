package spec

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/golden"
)

// TestSyntax parses and formats the inputs of the archives: in.fsm gives formatted.fsm or diagnostics, in2.fsm the same with
// a 2, and so on.
func TestSyntax(t *testing.T) {
	golden.Each(t, "testdata/syntax/*.txtar", func(t *testing.T, a *golden.Archive) {
		for _, n := range []string{"", "2", "3"} {
			if !a.Has("in" + n + ".fsm") {
				break
			}
			src := []byte(a.Get("in" + n + ".fsm"))
			out, ds := Format(src, "in"+n+".fsm")
			var text strings.Builder
			require.NoError(t, Render(&text, ds, func(string) []byte { return src }))
			if checkFormat(t, src) {
				a.Compare(t, "formatted"+n+".fsm", string(out))
			}
			a.Compare(t, "diagnostics"+n, text.String())
		}
	})
}
