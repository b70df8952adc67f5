package gen

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// module is a Go module outside the checkout, as a user would have it: generated packages and the tests that run them.
type module struct {
	dir  string
	pkgs []string
}

func newModule(t *testing.T) *module {
	t.Helper()
	checkout, err := filepath.Abs("..")
	require.NoError(t, err)
	m := &module{dir: t.TempDir()}
	m.write(t, "go.mod", "module compared\n\ngo 1.26\n\nrequire interlock v0.0.0\n\nreplace interlock => "+checkout+"\n")
	for _, name := range []string{"compare.go", "observe.go"} {
		text, err := os.ReadFile(filepath.Join("testdata", "compare", name))
		require.NoError(t, err)
		m.write(t, "compare/"+name, string(text))
	}
	return m
}

func (m *module) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(m.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

// add generates a spec into a package of the module, with the tests that compare it with the reference.
func (m *module) add(t *testing.T, pkg string, s *fsm.Spec) *generator {
	t.Helper()
	return m.addWith(t, pkg, s, controls(t, s))
}

// addWith is add with control states that are found already.
func (m *module) addWith(t *testing.T, pkg string, s *fsm.Spec, spaces map[string]*fsm.ControlSpace) *generator {
	t.Helper()
	g, text, err := build(s, spaces, Options{})
	require.NoError(t, err)
	m.pkgs = append(m.pkgs, pkg)
	m.write(t, pkg+"/"+s.Name+"_fsm.go", string(text))
	m.write(t, pkg+"/against_test.go", string(adapter(t, g)))
	image, err := json.Marshal(s)
	require.NoError(t, err)
	m.write(t, pkg+"/spec.json", string(image))
	return g
}

// run runs the go command in the module.
func (m *module) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.command(args).CombinedOutput()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), out)
	return string(out)
}

// fail runs the go command in the module, where it must fail.
func (m *module) fail(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.command(args).CombinedOutput()
	require.Error(t, err, "go %s", strings.Join(args, " "))
	return string(out)
}

func (m *module) command(args []string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = m.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off")
	return cmd
}

// compare vets the module and lets every package hold its machines against the reference.
func (m *module) compare(t *testing.T) {
	t.Helper()
	m.run(t, "vet", "./...")
	out := m.run(t, "test", "-count=1", "-v", "./...")
	for _, line := range strings.Split(out, "\n") {
		if strings.Contains(line, "states,") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// controls finds the control spaces of a spec's atomic systems. Where the data is too large for the search, every tuple is taken
// for reachable, which is what a coarser search might say. One that has no start is not complete.
func controls(t *testing.T, s *fsm.Spec) map[string]*fsm.ControlSpace {
	t.Helper()
	spaces := map[string]*fsm.ControlSpace{}
	for _, sys := range s.Systems {
		if !sys.IsAtomic() {
			continue
		}
		space := check.Control(context.Background(), sys, check.Options{MaxStates: 1000})
		if !space.Complete && len(space.Tuples) > 0 {
			space = &fsm.ControlSpace{Complete: true, Tuples: product(sys)}
		}
		spaces[sys.Name] = space
	}
	return spaces
}

// product is every tuple of control states, that of the initial states first.
func product(sys *fsm.System) [][]int {
	tuples := [][]int{{}}
	for i := range sys.Instances {
		var longer [][]int
		m := sys.MachineOf(i)
		for _, tuple := range tuples {
			for k := range m.States {
				longer = append(longer, append(slices.Clone(tuple), (m.Initial+k)%len(m.States)))
			}
		}
		tuples = longer
	}
	return tuples
}

// compile reads a spec; warnings are let pass.
func compile(t *testing.T, name, text string) *fsm.Spec {
	t.Helper()
	s, diagnostics := spec.Compile([]spec.Source{{Name: name + ".fsm", Text: []byte(text)}}, nil)
	if s == nil {
		var b strings.Builder
		for _, d := range diagnostics {
			b.WriteString(d.Span.String() + ": " + d.Message + "\n")
		}
		require.Fail(t, "the spec has mistakes", "%s", b.String())
	}
	return s
}

// specFiles are the specs in testdata/specs by name.
func specFiles(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "specs", "*.fsm"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	slices.Sort(paths)
	return paths
}
