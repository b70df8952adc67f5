package peers

import (
	"context"
	"errors"
	"slices"

	"github.com/looplab/fsm"
	"github.com/qmuntal/stateless"

	"interlock/internal/peers/connection"
	"interlock/internal/peers/hand"
)

// Connections are the machine of connection.fsm, by everybody who has one. The nested switch comes first: it is the measure.
func Connections() []Subject {
	return []Subject{
		{"nested switch", func() Machine { return &handSwitch{} }, driveSwitch},
		{"table by hand", func() Machine { return &handTable{} }, driveTable},
		{"interlock Step", func() Machine { return &generated{connection.NewConnection()} }, driveGenerated},
		{"interlock Successor", func() Machine { return &asked{generated{connection.NewConnection()}} }, driveSuccessor},
		{"interlock methods", nil, driveMethods},
		{"interlock StepAll", nil, driveAll},
		{"nested switch, many in turn", nil, driveManySwitches},
		{"interlock Step, many in turn", nil, driveMany},
		{"looplab/fsm", newLooplab, func(events []int) func() int { return driveOther(events, newLooplab) }},
		{"stateless", newStateless, func(events []int) func() int { return driveOther(events, newStateless) }},
	}
}

type handSwitch struct{ hand.Switch }

func (m *handSwitch) Step(event int) bool { return m.Switch.Step(hand.Event(event)) == nil }
func (m *handSwitch) State() int          { return int(m.Switch.State) }

func driveSwitch(numbers []int) func() int {
	events := as(numbers, func(e int) hand.Event { return hand.Event(e) })
	return func() int {
		var m hand.Switch
		taken := 0
		for _, e := range events {
			if m.Step(e) == nil {
				taken++
			}
		}
		return taken
	}
}

type handTable struct{ hand.Table }

func (m *handTable) Step(event int) bool { return m.Table.Step(hand.Event(event)) == nil }
func (m *handTable) State() int          { return int(m.Table.State) }

func driveTable(numbers []int) func() int {
	events := as(numbers, func(e int) hand.Event { return hand.Event(e) })
	return func() int {
		var m hand.Table
		taken := 0
		for _, e := range events {
			if m.Step(e) == nil {
				taken++
			}
		}
		return taken
	}
}

type generated struct{ m connection.Connection }

func (m *generated) Step(event int) bool {
	_, err := m.m.Step(connection.ConnectionEvent{Kind: connection.ConnectionEventKind(event)})
	return err == nil
}
func (m *generated) State() int { return int(m.m.State()) }

func driveGenerated(numbers []int) func() int {
	events := as(numbers, func(e int) connection.ConnectionEvent {
		return connection.ConnectionEvent{Kind: connection.ConnectionEventKind(e)}
	})
	return func() int {
		m := connection.NewConnection()
		taken := 0
		for _, e := range events {
			if _, err := m.Step(e); err == nil {
				taken++
			}
		}
		return taken
	}
}

type asked struct{ generated }

func (m *asked) Step(event int) bool {
	next, _, err := m.m.Successor(connection.ConnectionEvent{Kind: connection.ConnectionEventKind(event)})
	m.m = next
	return err == nil
}

// driveSuccessor has the machine as a value that each event replaces: what folds a history, or asks before it commits.
func driveSuccessor(numbers []int) func() int {
	events := as(numbers, func(e int) connection.ConnectionEvent {
		return connection.ConnectionEvent{Kind: connection.ConnectionEventKind(e)}
	})
	return func() int {
		m := connection.NewConnection()
		taken := 0
		for _, e := range events {
			next, _, err := m.Successor(e)
			if m = next; err == nil {
				taken++
			}
		}
		return taken
	}
}

// driveMethods is for the cycle, at the call sites that know it: eight methods in a row. Of other streams it takes nothing.
func driveMethods(numbers []int) func() int {
	if !same(numbers, Cycle) {
		return nil
	}
	return func() int {
		m := connection.NewConnection()
		refused := 0
		count := func(_ connection.ConnectionEffects, err error) {
			if err != nil {
				refused++
			}
		}
		for range len(numbers) / len(Cycle) {
			count(m.Dial())
			count(m.Connected())
			count(m.Accepted())
			count(m.Traffic())
			count(m.Traffic())
			count(m.Close())
			count(m.Traffic())
			count(m.Timeout())
		}
		return len(numbers) - refused
	}
}

// batch is how many machines StepAll is given at once, and how many a server's events go to in turn.
const batch = 256

// many has many machines at different places of the stream, with the next event of each in a row. Of streams that are not legal there is
// none: a machine would have to know where it stands.
func many(numbers []int) (fresh []connection.Connection, events [][batch]connection.ConnectionEvent) {
	rows := len(numbers) / batch
	events = make([][batch]connection.ConnectionEvent, rows)
	fresh = make([]connection.Connection, batch)
	walker := connection.NewConnection()
	for at, e := range numbers[:rows*batch] {
		i, row := at/rows, at%rows
		if row == 0 {
			fresh[i] = walker
		}
		events[row][i].Kind = connection.ConnectionEventKind(e)
		if _, err := walker.Step(events[row][i]); err != nil {
			return nil, nil
		}
	}
	return fresh, events
}

// driveAll gives each of many machines its next event, all at once.
func driveAll(numbers []int) func() int {
	fresh, events := many(numbers)
	if events == nil {
		return nil
	}
	return func() int {
		machines := slices.Clone(fresh)
		refused := 0
		for row := range events {
			refused += connection.StepAllConnections(machines, events[row][:], nil)
		}
		return len(events)*batch - refused
	}
}

// driveMany gives each of many machines its next event, one after the other, as a server does: no step waits for the one before it.
func driveMany(numbers []int) func() int {
	fresh, events := many(numbers)
	if events == nil {
		return nil
	}
	return func() int {
		machines := slices.Clone(fresh)
		taken := 0
		for row := range events {
			for i := range events[row] {
				if _, err := machines[i].Step(events[row][i]); err == nil {
					taken++
				}
			}
		}
		return taken
	}
}

// driveManySwitches is driveMany with nested switches.
func driveManySwitches(numbers []int) func() int {
	fresh, rows := many(numbers)
	if rows == nil {
		return nil
	}
	var begin [batch]hand.Switch
	for i := range fresh {
		begin[i].State = hand.State(fresh[i].State())
	}
	events := make([][batch]hand.Event, len(rows))
	for row := range rows {
		for i := range rows[row] {
			events[row][i] = hand.Event(rows[row][i].Kind)
		}
	}
	return func() int {
		machines := begin
		taken := 0
		for row := range events {
			for i := range events[row] {
				if machines[i].Step(events[row][i]) == nil {
					taken++
				}
			}
		}
		return taken
	}
}

// names are those of states and events, as libraries want them.
func names() (states, events []string) {
	for s := range connection.AllConnectionStates() {
		states = append(states, s.String())
	}
	for e := range connection.AllConnectionEventKinds() {
		events = append(events, e.String())
	}
	return states, events
}

// each visits the transitions, as the table that was written by hand has them.
func each(visit func(from, event, to int)) {
	states, events := names()
	for s := range states {
		for e := range events {
			if m := (hand.Table{State: hand.State(s)}); m.Step(hand.Event(e)) == nil {
				visit(s, e, int(m.State))
			}
		}
	}
}

type looplab struct {
	m      *fsm.FSM
	events []string
}

func newLooplab() Machine {
	states, events := names()
	var table fsm.Events
	each(func(from, event, to int) {
		table = append(table, fsm.EventDesc{Name: events[event], Src: []string{states[from]}, Dst: states[to]})
	})
	return &looplab{fsm.NewFSM(states[0], table, fsm.Callbacks{}), events}
}

// Step takes it for a step where the library says that no state was left.
func (l *looplab) Step(event int) bool {
	err := l.m.Event(context.Background(), l.events[event])
	var stays fsm.NoTransitionError
	return err == nil || errors.As(err, &stays)
}

func (l *looplab) State() int {
	states, _ := names()
	return indexOf(states, l.m.Current())
}

type stateful struct{ m *stateless.StateMachine }

// newStateless is a machine with small integers for states and events, in the mode without a queue: its fastest.
func newStateless() Machine {
	m := stateless.NewStateMachineWithMode(uint8(0), stateless.FiringImmediate)
	each(func(from, event, to int) {
		if from == to {
			m.Configure(uint8(from)).InternalTransition(uint8(event), func(context.Context, ...any) error { return nil })
			return
		}
		m.Configure(uint8(from)).Permit(uint8(event), uint8(to))
	})
	return &stateful{m}
}

func (s *stateful) Step(event int) bool { return s.m.Fire(uint8(event)) == nil }
func (s *stateful) State() int          { return int(s.m.MustState().(uint8)) }

// driveOther is for machines next to whose step a call through an interface is nothing.
func driveOther(events []int, fresh func() Machine) func() int {
	return func() int {
		m := fresh()
		taken := 0
		for _, e := range events {
			if m.Step(e) {
				taken++
			}
		}
		return taken
	}
}

func indexOf(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}
