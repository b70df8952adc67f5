package check

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"interlock/check/compiled"
)

// stored is where the states of a search are, if they are in files.
type stored struct {
	dir     string
	bytes   int64
	resumed bool
	saved   bool
}

// stored fills in what a folder for the states implies.
func (o Options) stored() Options {
	o.Compiled = o.Compiled || o.Fingerprints
	if o.Dir == "" {
		return o
	}
	o.Compiled = true
	if o.MaxStates <= 0 {
		o.MaxStates = o.maxStates()
	}
	if o.Checkpoint <= 0 {
		o.Checkpoint = DefaultCheckpoint
	}
	return o
}

// maxStates is how many states can be numbered.
func (o *Options) maxStates() int {
	if o.Dir != "" || o.Fingerprints {
		return math.MaxUint32
	}
	return maxID
}

// storable is the error for states that were to be kept in another way than a search in process does.
func (o *Options) storable(why error) error {
	if o.Dir == "" && !o.Fingerprints {
		return nil
	}
	return fmt.Errorf("check: only a compiled search keeps its states in a folder, or fingerprints of them, and this system cannot be compiled: %w", why)
}

// storage says where a compiled search keeps the states; nil: in memory.
func (o *Options) storage(p *program) *compiled.Storage {
	if o.Dir == "" {
		return nil
	}
	return &compiled.Storage{Dir: o.folder(p), Resume: o.Resume, Every: o.Checkpoint}
}

// folder is the folder of one system: there may be several in a run. A search that gives a reduction up begins again in another.
func (o *Options) folder(p *program) string {
	name := p.sys.Spec.Name + "." + p.sys.Name
	if by := p.reduce.by(); by != NoReductions {
		name += "-" + strings.ReplaceAll(by.String(), ",", "-")
	}
	return filepath.Join(o.Dir, name)
}

// store notes where the states are.
func (e *engine) store(o *Options, f *compiled.Found) {
	if f.Stored > 0 {
		e.stored = stored{o.Dir, f.Stored, f.Resumed, f.Saved}
	}
}

// printBits is the size of a fingerprint.
const printBits = 64

// missed bounds the odds that two of the states have one fingerprint, as if those were drawn by lot: by the number of pairs, of
// which each is alike once in 2^64.
func (s *search) missed() float64 {
	if !s.opts.Fingerprints || s.p.bits <= printBits {
		return 0
	}
	n := float64(s.states())
	return min(1, n*(n-1)/2/math.Exp2(printBits))
}
