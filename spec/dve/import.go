package dve

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"interlock/fsm"
	"interlock/spec"
)

// The limits on what a text may ask for. Beyond them there is a diagnostic and no spec.
const (
	maxSlots  = 4096      // values in all variables and buffers together
	maxJoints = 50_000    // transitions, and pairs of them that meet on a channel
	maxNodes  = 2_000_000 // expressions and statements, counted in each joint transition that they are part of
)

// Property is something to be decided of an imported text: DVE files say none but assertions. P and Q are expressions of DVE
// in which process.state and process->variable may stand.
type Property struct {
	Name string
	Kind fsm.PropertyKind // any but BuiltIn
	P, Q string           // Q of AfterAlways and LeadsTo only
}

// Questions are what is to be decided of an imported text beside its assertions.
type Questions struct {
	Properties []Property
	Formulas   []Formula

	// Cut says how the text is read: of a value that leaves the type of its variable the low bits are kept, as later readers of
	// DVE do. Otherwise it is a violation (range), as for the first one.
	Cut bool

	// AsDeclared says that a variable has the type that is declared. Otherwise, where it can be told that no step assigns more than
	// 0 and 1, it has that range: joint states take fewer bits, and there are as many.
	AsDeclared bool
}

// Import reads a text of DVE and adds properties to it: it is [ImportAsking] without formulas.
func Import(name string, src []byte, properties ...Property) (*fsm.Spec, []spec.Diagnostic) {
	return ImportAsking(name, src, Questions{Properties: properties})
}

// ImportAsking reads a text of DVE: name is what the spec is called in reports and stands as the file in spans. All mistakes
// come back in the order of the text; if one is an Error, the spec is nil. The spec is finished.
//
// Its first system is the imported one. A formula that is no form of property, and a property process of the text, make a further
// system each: the same, and an automaton that watches it. Its one property has the name of the formula or process.
//
// The imported system has a machine and an instance for each process, all on one node, and a joint transition for every step. A state
// that no transition leaves is final. Assertions become properties. A run stops only where no step is left, as in DVE: the
// spec has one fairness, that of all joint transitions together.
func ImportAsking(name string, src []byte, ask Questions) (*fsm.Spec, []spec.Diagnostic) {
	var hold *holdings
	if !ask.AsDeclared {
		hold = &holdings{}
	}
	l := lower(name, src, ask, hold)
	for hold.changes() && !spec.HasErrors(l.diags) {
		l = lower(name, src, ask, hold)
	}
	if spec.HasErrors(l.diags) {
		return nil, spec.Limit(l.diags, spec.MaxDiagnostics)
	}
	l.joints() // the steps
	l.asserts()
	if l.ask(ask); spec.HasErrors(l.diags) {
		return nil, spec.Limit(l.diags, spec.MaxDiagnostics)
	}
	sum := sha256.Sum256(src)
	l.spec.Digest = "sha256:" + hex.EncodeToString(sum[:])
	if err := l.spec.Finish(); err != nil {
		panic("dve: lowering made a spec that is not whole: " + err.Error())
	}
	return l.spec, spec.Limit(l.diags, spec.MaxDiagnostics)
}

// lower reads a text, up to its transitions.
func lower(name string, src []byte, ask Questions, hold *holdings) *lowering {
	program, diags := parse(name, src)
	if spec.HasErrors(diags) {
		return &lowering{diags: diags}
	}
	l := newLowering(name, program, diags)
	l.cutting, l.hold = ask.Cut, hold
	l.watcher = l.takeProperty()
	l.declare()     // the names of the text
	l.variables()   // one of the system for each, and for each buffer
	l.processes()   // machines and instances
	l.transitions() // guards and effects, each once
	return l
}

// ask adds what is asked for from outside, and what the property process of the text asks.
func (l *lowering) ask(ask Questions) {
	for _, p := range ask.Properties {
		l.property(p)
	}
	for i := range ask.Formulas {
		l.question(&ask.Formulas[i])
	}
	if l.watcher != nil {
		if a := l.watching(l.watcher); a != nil {
			l.watched = append(l.watched, a)
		}
	}
	if spec.HasErrors(l.diags) {
		return
	}
	for _, a := range l.watched {
		l.watch(a)
	}
}

// lowering is one run of [ImportAsking] behind the parser.
type lowering struct {
	file    string
	program *program
	spec    *fsm.Spec
	sys     *fsm.System
	diags   []spec.Diagnostic
	names   namer // of the system
	global  map[string]*variable
	process map[string]int
	slots   int
	nodes   int
	idle    *fsm.Expr // no process is in a committed state; nil: there are no such states

	cutting   bool              // as [Questions.Cut]
	guarded   map[int]*fsm.Type // by variable of the system, in the effects under way: what the guard says that it holds
	hold      *holdings         // what variables can hold; nil: what is declared
	watcher   *process          // the property process
	stepNodes int               // of nodes: those in the steps
	watched   []*automaton      // what makes systems of their own
}

func newLowering(file string, p *program, diags []spec.Diagnostic) *lowering {
	l := &lowering{file: file, program: p, diags: diags, global: map[string]*variable{}, process: map[string]int{}}
	title := titleOf(file)
	l.sys = &fsm.System{Name: "System", Span: p.span}
	l.sys.Fair = []fsm.Fairness{{Instance: -1, Event: -1, Joint: -1, Text: "fair some joint transition", Span: p.span}}
	l.spec = &fsm.Spec{Name: title, Files: []string{file}, Systems: []*fsm.System{l.sys}}
	return l
}

func (l *lowering) fail(at fsm.Span, code, format string, args ...any) *spec.Diagnostic {
	l.diags = append(l.diags, mistake(at, code, format, args...))
	return &l.diags[len(l.diags)-1]
}

// unknown tells of a name that nothing declares.
func (l *lowering) unknown(id ident, what string, known []string) {
	slices.Sort(known)
	d := l.fail(id.span, "dve-name", "no %s %s", what, quote(id.name))
	if near := spec.Nearest(id.name, known); near != "" {
		d.Help = "Did you mean " + quote(near) + "?"
	}
}

func (l *lowering) twice(id ident, what string, first fsm.Span) {
	d := l.fail(id.span, "dve-name", "%s %s is declared twice", what, quote(id.name))
	d.Labels = []spec.Label{{Span: first, Text: "here first"}}
}

// declare enters the names of the text into their scopes. A process, a channel and a global variable may share a name: it
// always shows in the text which is meant.
func (l *lowering) declare() {
	for _, v := range l.program.vars {
		if first, taken := l.global[v.name]; taken {
			l.twice(v.ident, "variable", first.span)
			continue
		}
		l.global[v.name] = v
	}
	l.declareChannels(l.program.channels)
	for i, p := range l.program.processes {
		if first, taken := l.process[p.name]; taken {
			l.twice(p.ident, "process", l.program.processes[first].span)
			continue
		}
		l.process[p.name] = i
		l.declareIn(i, p)
	}
}

func (l *lowering) declareChannels(list []*channel) {
	known := map[string]*channel{}
	for _, c := range list {
		if first, taken := known[c.name]; taken {
			l.twice(c.ident, "channel", first.span)
			continue
		}
		known[c.name] = c
	}
}

// declareIn enters the names of a process.
func (l *lowering) declareIn(i int, p *process) {
	p.scope, p.stateOf = map[string]*variable{}, map[string]int{}
	l.declareChannels(p.channels)
	for _, v := range p.vars {
		v.process = i
		if first, taken := p.scope[v.name]; taken {
			l.twice(v.ident, "variable", first.span)
			continue
		}
		p.scope[v.name] = v
	}
	for s, id := range p.states {
		if first, taken := p.stateOf[id.name]; taken {
			l.twice(id, "state", p.states[first].span)
			continue
		}
		p.stateOf[id.name] = s
	}
	p.initial = l.state(p, p.init)
	for _, id := range p.commit {
		if s := l.state(p, id); s >= 0 && !slices.Contains(p.committed, s) {
			p.committed = append(p.committed, s)
		}
	}
	slices.Sort(p.committed)
}

// state is the number of a state of a process; -1 if it has none of that name.
func (l *lowering) state(p *process, id ident) int {
	if s, ok := p.stateOf[id.name]; ok {
		return s
	}
	known := []string{}
	for _, s := range p.states {
		known = append(known, s.name)
	}
	l.unknown(id, "state of process "+p.name, known)
	return -1
}

// variables gives every variable its place in the system. Those of a process are called by both names.
func (l *lowering) variables() {
	for _, v := range l.program.vars {
		l.variable(v, v.name, outside)
	}
	for _, c := range l.program.channels {
		l.buffer(c, c.name, outside)
	}
	for i, p := range l.program.processes {
		for _, v := range p.vars {
			l.variable(v, p.name+"_"+v.name, i)
		}
		for _, c := range p.channels {
			l.buffer(c, p.name+"_"+c.name, i)
		}
	}
}

func (l *lowering) variable(v *variable, called string, scope int) {
	v.index = -1
	if v.array {
		v.length, v.broken = l.size(v.size, scope, 1)
	}
	if v.braces != v.array && len(v.init) > 0 {
		l.fail(v.span, "dve-type", "the initial values of an array stand in braces, and only these")
		v.broken = true
	}
	slots := max(1, v.length)
	if v.broken || !l.room(v.span, slots) {
		v.broken = true
		return
	}
	v.values = make([]int, slots)
	for i, e := range v.init {
		value, ok := l.firstValue(e, scope)
		if ok && i < slots {
			v.values[i] = int(l.cut(value, v.typ, e.span))
		}
	}
	if n := len(v.init); n > slots {
		d := l.fail(cover(v.init[slots].span, v.init[n-1].span), "dve-type", "%s has %d elements, and these are %d values: the last ones are left out",
			quote(v.name), slots, n)
		d.Severity = spec.Warning
	}
	if v.holds = l.hold.of(v); v.constant {
		return
	}
	v.index = len(l.sys.Vars)
	l.sys.Vars = append(l.sys.Vars, fsm.Var{Name: l.names.name(called), Type: shape(v.holds, v.array, v.length), Init: widen(v.values), Span: v.span})
}

// cut keeps of a first value what fits into its type, as the readers of DVE do, and tells it.
func (l *lowering) cut(value int64, t *fsm.Type, at fsm.Span) int64 {
	if t.Has(value) {
		return value
	}
	kept := (value-t.Lo)&(t.Hi-t.Lo) + t.Lo
	d := l.fail(at, "dve-range", "%d is no %s: these are %s. It begins as %d", value, dveType(t), t, kept)
	d.Severity = spec.Warning
	return kept
}

func shape(t *fsm.Type, array bool, n int) *fsm.Type {
	if array {
		return fsm.ArrayType(n, t)
	}
	return t
}

func widen(values []int) []int64 {
	list := make([]int64, len(values))
	for i, v := range values {
		list[i] = int64(v)
	}
	return list
}

func dveType(t *fsm.Type) string {
	if t == byteType {
		return "byte"
	}
	return "int"
}

// buffer gives a channel with a buffer its variables: how many messages are in it, and for each type of it an array.
func (l *lowering) buffer(c *channel, called string, scope int) {
	if c.size == nil {
		return
	}
	var broken bool
	if c.capacity, broken = l.size(c.size, scope, 0); broken || c.capacity == 0 || !l.room(c.span, 1+c.capacity*len(c.types)) {
		return
	}
	add := func(called string, t *fsm.Type) int {
		l.sys.Vars = append(l.sys.Vars, fsm.Var{Name: l.names.name(called), Type: t, Init: make([]int64, t.Slots()), Span: c.span})
		return len(l.sys.Vars) - 1
	}
	c.count = add(called+"_count", fsm.IntType(0, int64(c.capacity)))
	for i, t := range c.types {
		buffer := called + "_buffer"
		if len(c.types) > 1 {
			buffer += string(rune('0' + min(i, 9)))
		}
		c.slots = append(c.slots, add(buffer, fsm.ArrayType(c.capacity, t)))
	}
}

// room counts slots, and tells when there are too many.
func (l *lowering) room(at fsm.Span, slots int) bool {
	if l.slots += slots; l.slots > maxSlots {
		l.fail(at, "dve-limit", "the variables hold more than %d values", maxSlots)
		return false
	}
	return true
}

// size is the value of a size, at least least; broken if a mistake was told.
func (l *lowering) size(e *expr, scope, least int) (n int, broken bool) {
	v, ok := l.constantOf(e, scope)
	if !ok {
		return 0, true
	}
	if v < int64(least) || v > maxSlots {
		l.fail(e.span, "dve-limit", "a size is %d..%d, not %d", least, maxSlots, v)
		return 0, true
	}
	return int(v), false
}
