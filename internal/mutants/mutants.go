// Package mutants holds seeded faults of the checker, the generator and what records: small edits of its source, each of which
// makes it wrong in one way.
// Its test puts each in turn in the place of the real text, for the compiler alone (go test -overlay), and runs tests that
// must then fail. So it is known what the tests would notice.
package mutants

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// Mutant is one seeded fault.
type Mutant struct {
	Name     string // unique, short
	Breaks   string // what is wrong with it, in words
	File     string // from the root of the module
	Old, New string // Old stands there exactly once
	By       Suite  // who must notice
}

// Suite says which tests are run against a mutant.
type Suite int

// The suites.
const (
	Search Suite = iota // of the search in process
	Reduce              // of reductions
	Built               // of reductions in compiled searches
	Engine              // of the engine of compiled searches, by itself
	Crew                // of several workers in process
	Tables              // of generated code that steps by tables
	Bodies              // of generated code that runs bodies
	Record              // of recorders, readers and replays
)

// suites are arguments of go test, a run each, tried in order until one fails.
var suites = [...][][]string{
	Search: {
		{"./property_test", "-short", "-rapid.checks=1000", "-rapid.seed=7", "-rapid.shrinktime=1ms", "-rapid.nofailfile",
			"-run", "TestCheckerIsTheObviousSearch|TestRulesOfTheMeaning|TestKnown|TestLasso|TestBranches|TestDeliveries|TestProperties|TestEmptyPromises|TestPromises|TestDeadVariables"},
		{"./check", "-short"},
	},
	Reduce: {
		{"./property_test", "-short", "-rapid.seed=7", "-rapid.shrinktime=1ms", "-rapid.nofailfile", "-run", "TestSymmetry|TestDeadVariables"},
		{"./check/compiled/engine/orbits", "-rapid.checks=3000", "-rapid.seed=7", "-rapid.shrinktime=1ms", "-rapid.nofailfile"},
	},
	Built:  {{"./property_test", "-compiled.count=4", "-run", "TestCompiledReductions"}},
	Engine: {{"./check/compiled/engine", "./check/compiled/engine/workers"}},
	Crew: {
		{"./check", "-run", "TestCrew|TestParents|TestSaveAt|TestStore|TestSlots", "-rapid.checks=400", "-rapid.seed=7", "-rapid.shrinktime=1ms", "-rapid.nofailfile"},
		{"./property_test", "-short", "-run", "TestWorkersInProcess"},
	},
	Tables: {{"./gen", "-run", "TestTables|TestOrderTables|TestReadOrder"}},
	Bodies: {{"./gen", "-short", "-run", "TestGuards|TestGenerated|TestRandom|TestKnown"}},
	Record: {{"./fsm/record/...", "-short", "-rapid.shrinktime=1ms", "-rapid.nofailfile"}},
}

// apply makes the text of the file with the fault in it. The error says that the text has changed since the fault was
// thought of, or that what comes out is no Go.
func (m Mutant) apply(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, m.File))
	if err != nil {
		return nil, fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	if n := strings.Count(string(text), m.Old); n != 1 {
		return nil, fmt.Errorf("mutant %s: its old text is %d times in %s, not once: think of the fault anew, for the text as it is now", m.Name, n, m.File)
	}
	if m.Old == m.New {
		return nil, errors.New("mutant " + m.Name + " changes nothing")
	}
	changed := strings.Replace(string(text), m.Old, m.New, 1)
	if _, err := parser.ParseFile(token.NewFileSet(), m.File, changed, 0); err != nil {
		return nil, fmt.Errorf("mutant %s is no Go: %w", m.Name, err)
	}
	return []byte(changed), nil
}
