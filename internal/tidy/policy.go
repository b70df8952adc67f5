package tidy

import "slices"

// What a core does without. The checker may ask for the time, which its reports tell; the front end and the generator may
// read and write files, which is what they are for.
var (
	quiet = []string{"log/...", "math/rand/...", "net/...", "syscall", "os.Exit", "os.Stdout", "os.Stderr", "fmt.Print", "fmt.Printf", "fmt.Println"}
	pure  = append(slices.Clip(quiet), "os/exec", "time.Now", "time.Since", "time.After", "time.Sleep", "time.NewTimer", "time.AfterFunc")
)

// House is who may import whom in this repository. docs/decisions and docs/glossary.md say why.
//
//	spec --\
//	check --> fsm        and never each other; commands know them all
//	gen ---/
var House = Policy{
	Layers: []Layer{
		// The meaning, and what generated code links: nothing but the standard library reaches a user's go.mod through it.
		{Dir: "fsm", Not: append(slices.Clip(pure), "os/...", "io/...")},
		{Dir: "fsm/fleet", May: []string{"interlock/fsm"}},
		// Observers. A recorder is where files and the time come in.
		{Dir: "fsm/record", May: []string{"interlock/fsm"}, Tests: []string{"interlock/spec", "interlock/fsm/slogger", "interlock/machines/wukongim/repaired"}},
		// Modules of their own: what they import reaches nobody else's go.mod.
		{Dir: "fsm/prometheus", May: []string{"interlock/fsm", "interlock/fsm/record", "github.com/prometheus/client_golang/prometheus/..."},
			Tests: []string{"interlock/fsm/fleet", "interlock/machines/wukongim/repaired"}},
		{Dir: "fsm/otel", May: []string{"interlock/fsm", "go.opentelemetry.io/otel/attribute", "go.opentelemetry.io/otel/trace/..."}},
		{Dir: "fsm/slogger", May: []string{"interlock/fsm"}},
		{Dir: "fsm/looplab", May: []string{"interlock/fsm", "interlock/spec/...", "github.com/looplab/fsm"}},
		{Dir: "spec", May: []string{"interlock/fsm"}, Not: pure},
		{Dir: "check", May: []string{"interlock/fsm", "interlock/check/pages", "interlock/check/compiled/engine/orbits", "interlock/check/compiled/engine/workers"}, Not: quiet},
		// It tells the operating system and the collector how memory is used.
		{Dir: "check/pages"},
		// Copied into a program of its own, which is linked with nothing else.
		{Dir: "check/compiled/engine", May: []string{"interlock/check/compiled/engine/orbits", "interlock/check/compiled/engine/workers"}},
		{Dir: "check/compiled/engine/orbits"},
		{Dir: "check/compiled/engine/workers"},
		{Dir: "gen", May: []string{"interlock/fsm"}, Not: pure},
		{Dir: "cmd", May: []string{"interlock/fsm/...", "interlock/spec/...", "interlock/check/...", "interlock/gen/..."}},
		{Dir: "cmd/benchmark", May: []string{"interlock/fsm", "interlock/spec", "interlock/check", "interlock/check/pages", "interlock/machines/handshake"}},
		// A server and what loads it: the load and the commands know the server.
		{Dir: "machines/wukongim/gateway/load", May: []string{"interlock/machines/wukongim/gateway"},
			Tests: []string{"interlock/fsm", "interlock/fsm/record", "interlock/fsm/record/replay", "interlock/spec"}},
		{Dir: "machines/wukongim/gateway/cmd", May: []string{"interlock/fsm", "interlock/fsm/record", "interlock/machines/wukongim/gateway", "interlock/machines/wukongim/gateway/load"}},
		{Dir: "machines", May: []string{"interlock/fsm", "interlock/fsm/fleet"}, Tests: []string{"interlock/spec", "interlock/check", "interlock/gen"}},
		{Dir: "property_test", Tests: []string{"interlock/...", "github.com/looplab/fsm"}},
		// A program that is killed, with everything in it that must survive that.
		{Dir: "internal/crash", May: []string{"interlock/fsm", "interlock/fsm/fleet", "interlock/fsm/record", "interlock/fsm/record/replay", "interlock/spec", "interlock/machines/wukongim/repaired"}},
		{Dir: "internal/golden"},
		{Dir: "internal/mutants"},
		// A module of its own: what it compares with reaches nobody else's go.mod.
		{Dir: "internal/linear", Tests: []string{"interlock/fsm", "interlock/fsm/fleet", "interlock/spec", "interlock/machines/wukongim/repaired",
			"github.com/anishathalye/porcupine", "go.uber.org/goleak"}},
		{Dir: "internal/peers", May: []string{"github.com/looplab/fsm", "github.com/qmuntal/stateless", "interlock/internal/peers/...", "interlock/fsm", "interlock/spec"}},
		{Dir: "internal/randspec"},
		{Dir: "internal/spin"},
		{Dir: "internal/tidy"},
	},
	Tests: []string{
		"interlock/internal/golden",
		"interlock/internal/randspec",
		"interlock/internal/spin",
		"github.com/stretchr/testify/require",
		"pgregory.net/rapid",
	},
	Exceptions: []Exception{
		{"fsm/fleet", "interlock/spec", "a fleet of generated machines is held against the reference step of their specs"},
		{"fsm/fleet", "interlock/machines/wukongim/repaired", "the real machine that a fleet is made for"},
		{"gen", "interlock/check", "a joint machine is generated from the control states that the checker finds"},
		{"spec/dve", "interlock/check", "what is read is counted, and held against the counts of the benchmark it comes from"},
		{"gen", "interlock/spec", "what is generated and run in a module of its own begins as random texts"},
	},
	Generated:      []string{"interlock/fsm"},
	GeneratedTests: []string{"github.com/stretchr/testify/require", "pgregory.net/rapid"},
	Unimported:     []string{"interlock/property_test/..."},
	BadNames:       []string{"base", "common", "helper", "helpers", "misc", "shared", "type", "types", "util", "utils"},
}

// LongestFunction is what fits on a screen, in lines.
const LongestFunction = 60

// Unwelcome are words that exported names do without: they mean two things, or none.
var Unwelcome = []string{"Action", "Data", "Handler", "Helper", "Info", "Manager", "Model", "Util"}

// SelfEvident are methods of interfaces that every Go reader knows. They need no doc comment where they do what one expects.
var SelfEvident = []string{"Error", "Is", "Len", "Less", "MarshalJSON", "MarshalText", "String", "Swap", "UnmarshalJSON", "UnmarshalText", "Unwrap"}

// Leaking are words that show on which machine, or how, a text was made. They are put together here so that this file passes.
var Leaking = []string{
	"/wo" + "rk/", "/tm" + "p/bash", "/tm" + "p/brief", "bash" + "_jobs", "/ro" + "ot/", "/ho" + "me/",
	"sub" + "agent", ".lib" + "rary", "fa" + "rm-", "helper" + " session",
}
