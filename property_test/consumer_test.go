package property

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// consumer is a module outside this one, such as a user has, in a folder of the test. It runs the go command without a network:
// what it can download is what lies in the module cache that this test was built from, and what offer adds.
type consumer struct {
	t     *testing.T
	dir   string
	proxy string // a folder in the layout of a module proxy
	env   []string
}

// newConsumer makes a module with the given go.mod lines, and a replacement of interlock by this checkout.
func newConsumer(t *testing.T, goMod string) *consumer {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs")
	}
	top := t.TempDir()
	c := &consumer{t: t, dir: filepath.Join(top, "app"), proxy: filepath.Join(top, "proxy")}
	c.env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOSUMDB=off", "CGO_ENABLED=0", "GOFLAGS=-mod=mod -modcacherw",
		"GOPROXY=file://"+c.proxy+",file://"+filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download"),
		"GOMODCACHE="+filepath.Join(top, "modules"))
	checkout, err := filepath.Abs("..")
	require.NoError(t, err)
	c.write("go.mod", "module example.org/app\n\ngo 1.26\n\nreplace interlock => "+checkout+"\n\n"+goMod)
	return c
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// offer makes a version of a module known without its content: enough for Go to choose another version of it.
func (c *consumer) offer(module, version string) {
	dir := filepath.Join("..", "proxy", filepath.FromSlash(module), "@v")
	c.write(filepath.Join(dir, version+".mod"), "module "+module+"\n\ngo 1.17\n")
	c.write(filepath.Join(dir, version+".info"), `{"Version":"`+version+`"}`)
}

func (c *consumer) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	require.NoError(c.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(c.t, os.WriteFile(path, []byte(text), 0o644))
}

func (c *consumer) read(name string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, name))
	require.NoError(c.t, err)
	return string(text)
}

// run runs a command in the module and gives what it wrote; it has to succeed.
func (c *consumer) run(name string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	out, err := cmd.CombinedOutput()
	require.NoError(c.t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return string(out)
}

var requirement = regexp.MustCompile(`(?m)^(?:require |\t)(\S+) (v\S+)`)

// requirements are the modules that a go.mod requires, with their versions.
func requirements(goMod string) map[string]string {
	all := map[string]string{}
	for _, m := range requirement.FindAllStringSubmatch(goMod, -1) {
		all[m[1]] = m[2]
	}
	return all
}

const usesFSM = "package app\n\nimport \"interlock/fsm\"\n\n// S is of a spec.\nvar S fsm.Spec\n"

// Nothing of what our tests need reaches the go.mod, or the program, of a user who only imports the runtime. (go mod tidy looks
// at the tests of imported packages too: go.sum has the checksums of what they need.)
func TestImportingFSMCostsOneLine(t *testing.T) {
	t.Parallel()
	c := newConsumer(t, "")
	c.write("app.go", usesFSM)
	c.run("go", "mod", "tidy")
	c.run("go", "build", "./...")
	got := requirements(c.read("go.mod"))
	require.Contains(t, got, "interlock")
	require.Len(t, got, 1)
	linked := c.run("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...")
	require.Equal(t, []string{"interlock/fsm", "example.org/app"}, strings.Fields(linked))
}

// The flaw told in docs/warts.md: who has an older version of what our tests need gets ours. If this test fails because the
// version stays, tell it there.
func TestImportingFSMRaisesTestify(t *testing.T) {
	t.Parallel()
	const testify = "github.com/stretchr/testify"
	ours, err := os.ReadFile(filepath.Join("..", "go.mod"))
	require.NoError(t, err)

	c := newConsumer(t, "require "+testify+" v1.9.0\n")
	c.offer(testify, "v1.9.0")
	c.write("app.go", usesFSM)
	c.write("app_test.go", "package app\n\nimport (\n\t\"testing\"\n\n\t\""+testify+"/require\"\n)\n\n"+
		"func TestS(t *testing.T) { require.Zero(t, S) }\n")
	require.Contains(t, c.run("go", "get", "interlock/fsm"), "upgraded "+testify+" v1.9.0 => ")
	c.run("go", "mod", "tidy")
	got := requirements(c.read("go.mod"))
	require.Equal(t, requirements(string(ours))[testify], got[testify])
	require.NotContains(t, got, "pgregory.net/rapid")
	require.NotContains(t, got, "github.com/looplab/fsm")
	c.run("go", "test", "./...")
}

const doorSpec = `fsm 1

// A door and the lamp in it.
spec door

message Light
message Dark

// Ring tells the host to ring the bell.
effect Ring(times 0..3)

// Door is what a hand opens.
machine Door {
	peer lamp Lamp
	input Open
	input Close

	initial state Closed {
		on Open -> Opened { send lamp Light; do Ring(2) }
	}
	state Opened {
		on Close -> Closed { send lamp Dark }
	}
}

// Lamp burns while the door is open.
machine Lamp {
	initial state Off {
		on Light -> On
	}
	state On {
		on Dark -> Off
	}
}

// House has both.
system House {
	door Door
	lamp Lamp
	link door -> lamp { atomic }
	never Glare: door in Closed && lamp in On
}
`

const doorProgram = `package main

import (
	"errors"
	"fmt"

	"example.org/app/door"
	"interlock/fsm"
)

func main() {
	house, _, err := door.NewHouse()
	if err != nil {
		panic(err)
	}
	effects, err := house.DoorOpen()
	fmt.Println(house.Door(), house.Lamp(), effects.Len(), err)
	_, err = house.DoorOpen()
	fmt.Println(house.Door(), house.Lamp(), errors.Is(err, fsm.ErrRefused))
}
`

// A user's whole way: the tool from go.mod, code from a spec by go generate, a program that runs it.
func TestGoGenerateInAModuleOfItsOwn(t *testing.T) {
	t.Parallel()
	c := newConsumer(t, "")
	c.write("door/door.fsm", doorSpec)
	c.write("door/door.go", "// Package door is generated from door.fsm.\npackage door\n\n//go:generate go tool interlock generate\n")
	c.write("main.go", doorProgram)

	c.run("go", "get", "-tool", "interlock/cmd/interlock")
	require.Contains(t, c.read("go.mod"), "\ntool interlock/cmd/interlock\n")
	c.run("go", "tool", "interlock", "check", "./...")
	c.run("go", "generate", "./...")
	require.FileExists(t, filepath.Join(c.dir, "door", "door_fsm.go"))
	c.run("go", "mod", "tidy")
	c.run("go", "vet", "./...")
	require.Equal(t, "Opened On 1 <nil>\nOpened On true\n", c.run("go", "run", "."))
	c.run("go", "tool", "interlock", "generate", "-check", "./...")
	require.Len(t, requirements(c.read("go.mod")), 1, "the tool costs no more lines than the runtime:\n%s", c.read("go.mod"))
}

const oldDoor = `package door

import (
	"context"

	"github.com/looplab/fsm"
)

// NewDoor is how doors were made.
func NewDoor(ring func()) *fsm.FSM {
	return fsm.NewFSM("closed", fsm.Events{
		{Name: "open", Src: []string{"closed"}, Dst: "open"},
		{Name: "knock", Src: []string{"closed"}, Dst: "closed"},
		{Name: "close", Src: []string{"open"}, Dst: "closed"},
	}, fsm.Callbacks{"after_knock": func(context.Context, *fsm.Event) { ring() }})
}
`

const threeDoors = `package main

import (
	"context"
	_ "embed"
	"fmt"

	"example.org/app/door"
	spec "example.org/app/spec"
	"interlock/fsm/looplab"
	language "interlock/spec"
)

//go:embed spec/door.fsm
var text []byte

func main() {
	var rings [3]int
	old := door.NewDoor(func() { rings[0]++ })
	s, said := language.Compile([]language.Source{{Name: "door.fsm", Text: text}}, nil)
	if s == nil {
		panic(said)
	}
	live, err := looplab.New(s, "Door", looplab.Options{Perform: func(context.Context, looplab.Effect) { rings[1]++ }})
	if err != nil {
		panic(err)
	}
	generated := spec.NewDoor()
	for _, event := range []string{"knock", "close", "open", "open", "knock", "close"} {
		kind, err := spec.ParseDoorEventKind(event)
		if err != nil {
			panic(err)
		}
		effects, err := generated.Step(spec.DoorEvent{Kind: kind})
		rings[2] += effects.Len()
		was, is := old.Event(context.Background(), event), live.Event(context.Background(), event)
		fmt.Println(event, looplab.Taken(was), looplab.Taken(is), err == nil, old.Current(), live.Current(), generated.State())
	}
	fmt.Println(rings)
}
`

// The way from looplab, in a module that has looplab already: the spec is imported from its source, the table is replaced by the
// spec, and then by generated code; all three do the same. The bridge costs nobody a requirement who does not import it.
func TestComingFromLooplab(t *testing.T) {
	t.Parallel()
	const looplab = "github.com/looplab/fsm"
	c := newConsumer(t, "require "+looplab+" v1.0.3\n")
	c.write("door/door.go", oldDoor)
	c.run("go", "get", "-tool", "interlock/cmd/interlock")
	require.NoError(t, os.Mkdir(filepath.Join(c.dir, "spec"), 0o755))
	c.run("go", "tool", "interlock", "import", "looplab", "./door", "-o", "spec/door.fsm")
	c.run("go", "tool", "interlock", "check", "./spec")
	c.run("go", "tool", "interlock", "generate", "./spec")
	c.write("main.go", threeDoors)
	c.run("go", "mod", "tidy")
	require.Equal(t, map[string]string{"interlock": "v0.0.0-00010101000000-000000000000", looplab: "v1.0.3"}, requirements(c.read("go.mod")))
	require.Equal(t, `knock true true true closed closed closed
close false false false closed closed closed
open true true true open open open
open false false false open open open
knock false false false open open open
close true true true closed closed closed
[1 1 1]
`, c.run("go", "run", "."))
	linked := c.run("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./spec")
	require.NotContains(t, linked, looplab, "generated code has nothing to do with it")
	linked = c.run("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "interlock/cmd/interlock")
	require.NotContains(t, linked, looplab, "nor has the command")
}
