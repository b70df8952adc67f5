package peers

import (
	"sync"

	"interlock/internal/peers/hand"
	"interlock/internal/peers/pair"
)

// Pairs are the joint machine of pair.fsm. The bare cell has the table of the generated code and nothing else.
func Pairs() []Subject {
	return []Subject{
		{"two nested switches", func() Machine { return &pairSwitch{} }, drivePairSwitch},
		{"interlock value", func() Machine { return &pairGenerated{start()} }, drivePair},
		{"two nested switches, a lock", nil, drivePairLock},
		{"compare-and-swap by hand", func() Machine { return newBare() }, driveBare},
		{"interlock cell", func() Machine { return newCell() }, driveCell},
	}
}

type pairSwitch struct{ hand.Pair }

func (m *pairSwitch) Step(event int) bool { return m.Pair.Step(hand.Joint(event)) == nil }
func (m *pairSwitch) State() int          { return int(m.Near)*5 + int(m.Far) }

func joints(numbers []int) []hand.Joint {
	return as(numbers, func(e int) hand.Joint { return hand.Joint(e) })
}

func drivePairSwitch(numbers []int) func() int {
	events := joints(numbers)
	return func() int {
		var m hand.Pair
		taken := 0
		for _, e := range events {
			if m.Step(e) == nil {
				taken++
			}
		}
		return taken
	}
}

func drivePairLock(numbers []int) func() int {
	events := joints(numbers)
	return func() int {
		var m hand.Pair
		var lock sync.Mutex
		taken := 0
		for _, e := range events {
			lock.Lock()
			if m.Step(e) == nil {
				taken++
			}
			lock.Unlock()
		}
		return taken
	}
}

func start() pair.Pair {
	p, _, err := pair.NewPair()
	if err != nil {
		panic(err)
	}
	return p
}

func both(p pair.Pair) int { return int(p.Near())*5 + int(p.Far()) }

type pairGenerated struct{ p pair.Pair }

func jointEvents(numbers []int) []pair.PairEvent {
	return as(numbers, func(e int) pair.PairEvent { return pair.PairEvent{Kind: pair.PairEventKind(e)} })
}

func (m *pairGenerated) Step(event int) bool {
	_, err := m.p.Step(jointEvents([]int{event})[0])
	return err == nil
}
func (m *pairGenerated) State() int { return both(m.p) }

func drivePair(numbers []int) func() int {
	events := jointEvents(numbers)
	return func() int {
		p := start()
		taken := 0
		for _, e := range events {
			if _, err := p.Step(e); err == nil {
				taken++
			}
		}
		return taken
	}
}

// bareTable is the table of the generated code, asked of it.
var bareTable = func() *[11][8]uint8 {
	var table [11][8]uint8
	for event := range table {
		for state := range table[event] {
			table[event][state] = 255
			p, err := pair.PairFromWord(uint64(state))
			if err != nil {
				continue
			}
			if out, err := p.Step(jointEvents([]int{event})[0]); err == nil {
				table[event][state] = uint8(out.To())
			}
		}
	}
	return &table
}()

type bare struct{ hand.Cell }

func newBare() *bare {
	m := &bare{}
	m.Next = bareTable
	m.Word.Store(start().Word())
	return m
}

func (m *bare) Step(event int) bool { return m.Cell.Step(hand.Joint(event)) }
func (m *bare) State() int {
	p, err := pair.PairFromWord(m.Word.Load())
	if err != nil {
		return -1
	}
	return both(p)
}

func driveBare(numbers []int) func() int {
	events := joints(numbers)
	return func() int {
		m := &newBare().Cell
		taken := 0
		for _, e := range events {
			if m.Step(e) {
				taken++
			}
		}
		return taken
	}
}

type cell struct{ c pair.PairCell }

func newCell() *cell {
	m := &cell{}
	m.c.Store(start())
	return m
}

func (m *cell) Step(event int) bool {
	_, err := m.c.Step(jointEvents([]int{event})[0])
	return err == nil
}
func (m *cell) State() int { return both(m.c.Load()) }

func driveCell(numbers []int) func() int {
	events := jointEvents(numbers)
	return func() int {
		c := &newCell().c
		taken := 0
		for _, e := range events {
			if _, err := c.Step(e); err == nil {
				taken++
			}
		}
		return taken
	}
}
