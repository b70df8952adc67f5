package peers

import (
	"interlock/internal/peers/effects"
	"interlock/internal/peers/hand"
)

// Effects are the machine of effects.fsm. By hand, orders are given where they stand; the generated code returns them, and its
// caller gives them.
func Effects() []Subject {
	return []Subject{
		{"nested switch", func() Machine { return &effectSwitch{hand.Effects{Host: &hand.Host{}}} }, driveEffectSwitch},
		{"interlock Step", func() Machine { return &effectGenerated{m: effects.NewConnection()} }, driveEffects},
		{"interlock Step, effects not looked at", nil, driveEffectsAlone},
	}
}

// orders is a number of a state and of what a host has counted.
func orders(state int, h *hand.Host) int {
	n := 0
	for _, count := range []int{h.Opened, h.Closed, h.Hellos, h.Accepts, h.Started, h.Stopped, h.Delivered, h.Ups, h.Downs} {
		n = n*1009 + count
	}
	return n*5 + state
}

type effectSwitch struct{ hand.Effects }

func (m *effectSwitch) Step(event int) bool { return m.Effects.Step(hand.Event(event)) == nil }
func (m *effectSwitch) State() int          { return orders(int(m.Effects.State), m.Host) }

func driveEffectSwitch(numbers []int) func() int {
	events := as(numbers, func(e int) hand.Event { return hand.Event(e) })
	return func() int {
		m := hand.Effects{Host: &hand.Host{}}
		taken := 0
		for _, e := range events {
			if m.Step(e) == nil {
				taken++
			}
		}
		return taken
	}
}

// give does what an effect says.
func give(h *hand.Host, effect effects.ConnectionEffect) {
	switch effect.Kind {
	case effects.ConnectionDoOpenSocket:
		h.OpenSocket()
	case effects.ConnectionDoCloseSocket:
		h.CloseSocket()
	case effects.ConnectionDoSendHello:
		h.SendHello()
	case effects.ConnectionDoSendAccept:
		h.SendAccept()
	case effects.ConnectionDoStartTimer:
		h.StartTimer()
	case effects.ConnectionDoStopTimer:
		h.StopTimer()
	case effects.ConnectionDoDeliver:
		h.Deliver()
	case effects.ConnectionDoUp:
		h.Up()
	case effects.ConnectionDoDown:
		h.Down()
	}
}

type effectGenerated struct {
	m effects.Connection
	h hand.Host
}

func (m *effectGenerated) Step(event int) bool {
	out, err := m.m.Step(effects.ConnectionEvent{Kind: effects.ConnectionEventKind(event)})
	for effect := range out.All() {
		give(&m.h, effect)
	}
	return err == nil
}
func (m *effectGenerated) State() int { return orders(int(m.m.State()), &m.h) }

func effectEvents(numbers []int) []effects.ConnectionEvent {
	return as(numbers, func(e int) effects.ConnectionEvent {
		return effects.ConnectionEvent{Kind: effects.ConnectionEventKind(e)}
	})
}

func driveEffects(numbers []int) func() int {
	events := effectEvents(numbers)
	return func() int {
		m, h := effects.NewConnection(), &hand.Host{}
		taken := 0
		for _, e := range events {
			out, err := m.Step(e)
			if err == nil {
				taken++
			}
			for effect := range out.All() {
				give(h, effect)
			}
		}
		return taken
	}
}

func driveEffectsAlone(numbers []int) func() int {
	events := effectEvents(numbers)
	return func() int {
		m := effects.NewConnection()
		taken := 0
		for _, e := range events {
			if _, err := m.Step(e); err == nil {
				taken++
			}
		}
		return taken
	}
}
