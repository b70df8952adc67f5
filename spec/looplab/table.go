package looplab

import (
	"slices"
	"strings"

	"interlock/fsm"
)

// Table is what a looplab FSM is made of. Names are any text.
type Table struct {
	Name      string // what the machine is about, such as "Door"; a name for it is made of this
	Package   string // the Go package that it is of, or ""
	Initial   string
	Events    []Event
	Callbacks []Callback
	Span      fsm.Span   // of the call that makes the FSM; zero for a table that comes from nowhere in a text
	Missing   []fsm.Span // what was left out of it when it was read: the spec says less than the program
	Stored    bool       // the first state is not in the text, mostly because it was stored somewhere: Initial is a guess
	Partial   bool       // events are among that: what no event leaves may not be final
}

// Event says that from each state of Src the event leads to Dst. Several entries may have one name. Of two that say where an
// event leads from one state, looplab takes the later.
type Event struct {
	Name string
	Src  []string
	Dst  string
	Span fsm.Span
}

// Callback is a function that looplab calls by its key, such as "enter_open", "before_event" or "open".
type Callback struct {
	Key     string
	Cancels bool // it may cancel the transition
	Unseen  bool // what it does is not known: it may cancel, too
	Delays  bool // it may make the transition asynchronous: somebody ends it later
	Span    fsm.Span
}

// guards reports whether a callback at that point decides whether the transition is taken.
func (c Callback) guards(at Point) bool { return (c.Cancels || c.Unseen) && at <= Leave }

// Point is where in a transition a callback is called.
type Point uint8

// The points, in the order in which looplab comes to them. An event that stays in its state only has Before and After.
const (
	Before Point = iota // before the event; it may cancel
	Leave               // the source is left; it may cancel
	Enter               // the destination is entered
	After               // after the event
)

var prefixes = [...]string{Before: "before_", Leave: "leave_", Enter: "enter_", After: "after_"}

// Key is the full key of a callback at the point for a state or event; "" stands for all.
func (at Point) Key(target string) string {
	switch {
	case target != "":
		return prefixes[at] + target
	case at == Leave || at == Enter:
		return prefixes[at] + "state"
	}
	return prefixes[at] + "event"
}

// hook is a callback as looplab files it: Target is an event or a state, or "" for all of them.
type hook struct {
	point  Point
	target string
}

// move is one cell of the table: the event in the state src leads to dst.
type move struct {
	event, src string
	dst        string
	span       fsm.Span
}

// filed is where a callback is called. It is not called if its key names nothing; of two that mean the same, looplab calls
// either, and here it is the first.
type filed struct {
	hook
	called, twin bool // twin: another one has its place
}

// plan is a table as looplab files it, with everything in the order of the text.
type plan struct {
	*Table
	states, events []string // by first appearance; the initial state is the first one
	moves          []move
	at             map[[2]string]int // event and source: index in moves
	from           map[string][]int  // by source: indices in moves
	filed          []filed           // by callback
	hooks          map[hook]int      // index in Callbacks
	overridden     []move            // moves that a later one of the same event and source replaced
}

// fileTable files a table as NewFSM does.
func fileTable(t *Table) *plan {
	p := &plan{Table: t, at: map[[2]string]int{}, from: map[string][]int{}, hooks: map[hook]int{}}
	known := map[string]bool{}
	state := func(s string) {
		if !known[s] {
			known[s] = true
			p.states = append(p.states, s)
		}
	}
	state(t.Initial)
	events := map[string]bool{}
	for _, e := range t.Events {
		if !events[e.Name] {
			events[e.Name] = true
			p.events = append(p.events, e.Name)
		}
		for _, src := range e.Src {
			state(src)
			state(e.Dst)
			m := move{e.Name, src, e.Dst, e.Span}
			key := [2]string{e.Name, src}
			if i, twice := p.at[key]; twice {
				p.overridden = append(p.overridden, p.moves[i])
				p.moves[i] = m
				continue
			}
			p.at[key] = len(p.moves)
			p.from[src] = append(p.from[src], len(p.moves))
			p.moves = append(p.moves, m)
		}
	}
	p.fileCallbacks(events)
	return p
}

// fileCallbacks puts each callback where looplab does. A key that names nothing is passed over by it without a word.
func (p *plan) fileCallbacks(events map[string]bool) {
	states := map[string]bool{} // without the initial state, unless an event names it
	for _, m := range p.moves {
		states[m.src], states[m.dst] = true, true
	}
	for _, m := range p.overridden {
		states[m.dst] = true
	}
	for i, c := range p.Callbacks {
		at, target, ok := Place(c.Key, states, events)
		h := hook{at, target}
		_, twin := p.hooks[h]
		if ok && !twin {
			p.hooks[h] = i
		}
		p.filed = append(p.filed, filed{h, ok && !twin, ok && twin})
	}
}

// Place is looplab's reading of the key of a callback, where these are the states and events: a prefix and a name, or a state
// that is entered, or an event that is over. The target "" stands for all states or events. ok is false for a key that looplab
// passes over.
func Place(key string, states, events map[string]bool) (at Point, target string, ok bool) {
	for point, prefix := range prefixes {
		target, found := strings.CutPrefix(key, prefix)
		if !found {
			continue
		}
		all, names := "event", events
		if point := Point(point); point == Leave || point == Enter {
			all, names = "state", states
		}
		if target == all {
			return Point(point), "", true
		}
		return Point(point), target, names[target] // a state or event "" cannot be told from all of them
	}
	switch {
	case states[key]:
		return Enter, key, true
	case events[key]:
		return After, key, true
	}
	return 0, "", false
}

// stuck reports whether no event leads from the state to another.
func (p *plan) stuck(state string) bool {
	return !slices.ContainsFunc(p.from[state], func(i int) bool { return p.moves[i].dst != state })
}
