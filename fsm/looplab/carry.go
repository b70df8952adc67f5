package looplab

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"interlock/fsm"
)

// Feature is something of a machine that a looplab FSM has no room for.
type Feature uint8

// The features.
const (
	SeveralDestinations Feature = iota // one event leads from one state to several: see Options.Split
	Effects                            // the machine orders something, and Options.Perform is nil
	HostGuards                         // it asks extern guards, and Options.Allow is nil
	FreeChoices                        // any, in a body or as a first value
	SharedVariables                    // a variable of a system
	Parameters                         // of the machine: an instance has values for them
	Index                              // self: an instance has one
	Sender                             // from: a message has one
	Name                               // a state called "state" or an event called "event", as callbacks for all are; or two with one name
	Start                              // the start breaks a built-in check
)

var featureWords = [...]string{"several destinations", "effects", "guards of the host", "free choices", "shared variables", "parameters", "self", "from",
	"a name", "the start"}

// String is what the feature is called.
func (f Feature) String() string {
	if int(f) < len(featureWords) {
		return featureWords[f]
	}
	return fmt.Sprintf("Feature(%d)", uint8(f))
}

// Reason says what stands in the way of a looplab FSM, and where it is written.
type Reason struct {
	Feature Feature
	Text    string
	Span    fsm.Span
}

// NotCarried is the error of a machine that cannot be a looplab FSM, with every reason.
type NotCarried struct {
	Machine string
	Reasons []Reason
}

// Error lists the reasons, a line each.
func (e *NotCarried) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "looplab: machine %s cannot be a looplab FSM:", e.Machine)
	for _, r := range e.Reasons {
		b.WriteString("\n")
		if !r.Span.IsZero() {
			b.WriteString(r.Span.String() + ": ")
		}
		b.WriteString(r.Text)
	}
	return b.String()
}

// carried is a machine made ready: alone in a system, without peers. A message is an input, and what the machine orders is an
// effect of one of the kinds.
type carried struct {
	sys     *fsm.System
	machine *fsm.Machine
	kinds   []kind // by effect of the spec
	asked   [][]question
	plain   []int // by event: the number of its own parameters; the answers of extern guards are behind them
	reasons []Reason

	spec  *fsm.Spec // the original
	peers []fsm.Peer
	event int // at hand
}

// kind is what an effect of the made spec means.
type kind struct {
	op   fsm.StmtOp
	name string
	to   string        // of Send: the peer
	many bool          // the peer is an array: the first argument is the index
	args []*fsm.Type   // types of the arguments
	wait time.Duration // of Start
}

// question is an extern guard with its arguments, which are parameters of the event or constants.
type question struct {
	guard string
	types []*fsm.Type
	args  []*fsm.Expr
	key   string
}

// carry makes a machine ready, or lists what stands in the way.
func carry(s *fsm.Spec, m *fsm.Machine, o Options) (*carried, error) {
	m = renamed(m, o.Names)
	c := &carried{spec: s, peers: m.Peers, machine: &fsm.Machine{}}
	*c.machine = *m
	c.machine.Peers, c.machine.Restart = nil, nil
	c.fixed(m)
	c.events(m)
	c.transitions(m)
	c.event = -1
	c.machine.Entry = c.body(m.Entry)
	if !o.Split {
		c.oneDestination(m)
	}
	c.optional(m, o)
	if len(c.reasons) > 0 {
		return nil, &NotCarried{m.Name, c.reasons}
	}
	return c, c.finish()
}

// renamed is the machine with the names that looplab knows.
func renamed(m *fsm.Machine, names map[string]string) *fsm.Machine {
	made := *m
	made.States, made.Events = slices.Clone(m.States), slices.Clone(m.Events)
	for i := range made.States {
		if name, ok := names[made.States[i].Name]; ok {
			made.States[i].Name = name
		}
	}
	for i := range made.Events {
		if name, ok := names[made.Events[i].Name]; ok {
			made.Events[i].Name = name
		}
	}
	return &made
}

func (c *carried) no(f Feature, at fsm.Span, format string, args ...any) {
	r := Reason{f, fmt.Sprintf(format, args...), at}
	if !slices.Contains(c.reasons, r) {
		c.reasons = append(c.reasons, r)
	}
}

// fixed looks at what an instance brings with it.
func (c *carried) fixed(m *fsm.Machine) {
	for _, p := range m.Params {
		c.no(Parameters, p.Span, "the parameter %s has no value without an instance", p.Name)
	}
	for _, v := range m.Vars {
		switch {
		case v.Shared:
			c.no(SharedVariables, v.Span, "the variable %s is shared: it is the system's", v.Name)
		case v.Any:
			c.no(FreeChoices, v.Span, "the variable %s may begin with any value", v.Name)
		}
	}
	states, events := map[string]bool{"state": true, "": true}, map[string]bool{"event": true, "": true}
	for _, st := range m.States {
		if states[st.Name] {
			c.no(Name, st.Span, "a state is called %q, as another is, or as looplab calls all states for callbacks", st.Name)
		}
		states[st.Name] = true
	}
	for _, e := range m.Events {
		if events[e.Name] {
			c.no(Name, e.Span, "an event is called %q, as another is, or as looplab calls all events for callbacks", e.Name)
		}
		events[e.Name] = true
	}
}

// events makes inputs of messages.
func (c *carried) events(m *fsm.Machine) {
	c.machine.Events = slices.Clone(m.Events)
	for i := range c.machine.Events {
		e := &c.machine.Events[i]
		if e.Kind == fsm.Receive {
			e.Kind = fsm.Input
		}
		c.plain = append(c.plain, len(e.Params))
	}
	c.asked = make([][]question, len(m.Events))
}

// transitions copies them, with what they order as effects.
func (c *carried) transitions(m *fsm.Machine) {
	c.machine.Transitions = make([]*fsm.Transition, len(m.Transitions))
	for i, t := range m.Transitions {
		made := *t
		if c.machine.Transitions[i] = &made; t.Event < 0 {
			continue // of a restart
		}
		c.event = t.Event
		made.Guard = c.expr(t.Guard)
		made.Body = c.body(t.Body)
		if t.Answer == fsm.Defer {
			made.Answer, made.Target, made.Body = fsm.Take, fsm.Stay, []*fsm.Stmt{c.order(kind{op: deferred}, nil, t.Span)}
		}
	}
	for i := range c.machine.Events {
		for j, q := range c.asked[i] {
			c.machine.Events[i].Params = append(slices.Clip(c.machine.Events[i].Params), fsm.Param{Name: fmt.Sprintf("%s%d", q.guard, j), Type: fsm.BoolType})
		}
	}
}

// deferred is the operation of the kind that says that a message keeps its place.
const deferred fsm.StmtOp = 255

// order is the statement that orders an effect of the kind.
func (c *carried) order(k kind, args []*fsm.Expr, at fsm.Span) *fsm.Stmt {
	i := slices.IndexFunc(c.kinds, func(known kind) bool { return known.op == k.op && known.name == k.name && known.to == k.to })
	if i < 0 {
		i = len(c.kinds)
		c.kinds = append(c.kinds, k)
	}
	return &fsm.Stmt{Op: fsm.Do, Effect: i, Args: args, Span: at}
}

// body copies statements; sends and timers become effects, where they stand.
func (c *carried) body(stmts []*fsm.Stmt) []*fsm.Stmt {
	var made []*fsm.Stmt
	for _, s := range stmts {
		copied := *s
		copied.Cond, copied.Values, copied.Args = c.expr(s.Cond), c.exprs(s.Values), c.exprs(s.Args)
		copied.Then, copied.Else = c.body(s.Then), c.body(s.Else)
		copied.Targets = slices.Clone(s.Targets)
		for i := range copied.Targets {
			copied.Targets[i].Index = c.exprs(s.Targets[i].Index)
		}
		switch s.Op {
		case fsm.Send:
			made = append(made, c.send(s, copied.Args))
			continue
		case fsm.Do:
			e := c.spec.Effects[s.Effect]
			made = append(made, c.order(kind{op: fsm.Do, name: e.Name, args: types(e.Params)}, copied.Args, s.Span))
			continue
		}
		made = append(made, &copied)
		if s.Op == fsm.Start || s.Op == fsm.Stop {
			timer := c.machine.Timers[s.Timer]
			made = append(made, c.order(kind{op: s.Op, name: timer.Name, wait: timer.Duration}, nil, s.Span))
		}
	}
	return made
}

func (c *carried) send(s *fsm.Stmt, args []*fsm.Expr) *fsm.Stmt {
	message, peer := c.spec.Messages[s.Message], c.peers[s.Peer]
	k := kind{op: fsm.Send, name: message.Name, to: peer.Name, args: types(message.Fields)}
	if s.Element != nil {
		k.many = true
		k.args = append([]*fsm.Type{fsm.IntType(0, int64(peer.Len-1))}, k.args...)
		args = append([]*fsm.Expr{c.expr(s.Element)}, args...)
	}
	return c.order(k, args, s.Span)
}

func types(params []fsm.Param) []*fsm.Type {
	all := make([]*fsm.Type, len(params))
	for i, p := range params {
		all[i] = p.Type
	}
	return all
}

func (c *carried) exprs(list []*fsm.Expr) []*fsm.Expr {
	if list == nil {
		return nil
	}
	made := make([]*fsm.Expr, len(list))
	for i, e := range list {
		made[i] = c.expr(e)
	}
	return made
}

// expr copies an expression; the answer of an extern guard becomes a parameter of the event.
func (c *carried) expr(e *fsm.Expr) *fsm.Expr {
	if e == nil {
		return nil
	}
	made := *e
	made.Args = c.exprs(e.Args)
	switch e.Op {
	case fsm.OpAny:
		c.no(FreeChoices, e.Span, "a value is any: nobody chooses it")
	case fsm.OpSelf:
		c.no(Index, e.Span, "self has no value without an instance")
	case fsm.OpFrom:
		c.no(Sender, e.Span, "from has no value without peers")
	case fsm.OpExtern:
		return c.ask(e, &made)
	}
	return &made
}

// ask makes a parameter of a question, once for the same question.
func (c *carried) ask(e, made *fsm.Expr) *fsm.Expr {
	extern := c.spec.Externs[e.Index]
	q := question{guard: extern.Name, types: types(extern.Params), args: made.Args, key: extern.Name}
	for _, a := range made.Args {
		if a.Op != fsm.OpConst && a.Op != fsm.OpParam {
			c.no(HostGuards, a.Span, "an argument of the guard %s is neither a parameter nor a constant", extern.Name)
		}
		q.key += fmt.Sprintf(" %d:%d:%d", a.Op, a.Value, a.Index)
	}
	if c.event < 0 {
		c.no(HostGuards, e.Span, "the guard %s is asked when the machine starts", extern.Name)
		return made
	}
	i := slices.IndexFunc(c.asked[c.event], func(known question) bool { return known.key == q.key })
	if i < 0 {
		i = len(c.asked[c.event])
		c.asked[c.event] = append(c.asked[c.event], q)
	}
	return &fsm.Expr{Op: fsm.OpParam, Type: fsm.BoolType, Index: c.plain[c.event] + i, Instance: fsm.OwnInstance, Span: e.Span}
}

// destinations lists the states that an event may lead to from a state, in order, each once.
func destinations(m *fsm.Machine, state, event int) []int {
	var all []int
	for _, level := range m.States[state].On[event] {
		for _, t := range level {
			to := m.Transitions[t].Target
			if to == fsm.Stay || m.Transitions[t].Answer != fsm.Take {
				to = state
			}
			if !slices.Contains(all, to) {
				all = append(all, to)
			}
		}
	}
	slices.Sort(all)
	return all
}

// oneDestination looks for events that lead to several states.
func (c *carried) oneDestination(m *fsm.Machine) {
	for i, st := range m.States {
		for e, event := range m.Events {
			if to := destinations(m, i, e); len(to) > 1 {
				names := make([]string, len(to))
				for k, s := range to {
					names[k] = m.States[s].Name
				}
				c.no(SeveralDestinations, st.Span, "in state %s the event %s leads to %s: looplab has one destination; Split makes an event of each",
					st.Name, event.Name, strings.Join(names, " or "))
			}
		}
	}
}

// optional looks at what needs somebody to answer or to perform.
func (c *carried) optional(m *fsm.Machine, o Options) {
	if o.Perform == nil && slices.ContainsFunc(c.kinds, func(k kind) bool { return k.op != deferred }) {
		c.no(Effects, m.Span, "it orders effects, sends messages or starts timers, and there is no Perform to do it")
	}
	if o.Allow == nil {
		for e, questions := range c.asked {
			for _, q := range questions {
				c.no(HostGuards, m.Events[e].Span, "the event %s asks the guard %s, and there is no Allow to answer", m.Events[e].Name, q.guard)
			}
		}
	}
}

// finish puts the machine into a spec and a system of its own.
func (c *carried) finish() error {
	s := &fsm.Spec{Name: c.spec.Name, Digest: c.spec.Digest, Types: c.spec.Types, Machines: []*fsm.Machine{c.machine}}
	for _, k := range c.kinds {
		kind := fsm.EffectKind{Name: k.name}
		for _, t := range k.args {
			kind.Params = append(kind.Params, fsm.Param{Name: "x", Type: t})
		}
		s.Effects = append(s.Effects, kind)
	}
	c.sys = &fsm.System{Name: c.machine.Name, Nodes: []fsm.Node{{Name: "node", Instances: []int{0}}},
		Instances: []*fsm.Instance{{Name: c.machine.Name, Shared: make([]int, len(c.machine.Vars))}}}
	for i := range c.machine.Vars {
		c.sys.Instances[0].Shared[i] = -1
	}
	s.Systems = []*fsm.System{c.sys}
	if err := s.Finish(); err != nil {
		return fmt.Errorf("looplab: %w", err)
	}
	return nil
}
