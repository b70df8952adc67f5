package peers

import (
	"interlock/internal/peers/hand"
	"interlock/internal/peers/wide"
)

// Wides are the machine of wide.fsm.
func Wides() []Subject {
	return []Subject{
		{"nested switch", func() Machine { return &wideSwitch{} }, driveWideSwitch},
		{"interlock Step", func() Machine { return &wideGenerated{wide.NewWide()} }, driveWide},
	}
}

type wideSwitch struct{ hand.Wide }

func (m *wideSwitch) Step(event int) bool { return m.Wide.Step(hand.Event(event)) == nil }
func (m *wideSwitch) State() int          { return int(m.Wide.State) }

func driveWideSwitch(numbers []int) func() int {
	events := as(numbers, func(e int) hand.Event { return hand.Event(e) })
	return func() int {
		var m hand.Wide
		taken := 0
		for _, e := range events {
			if m.Step(e) == nil {
				taken++
			}
		}
		return taken
	}
}

type wideGenerated struct{ m wide.Wide }

func (m *wideGenerated) Step(event int) bool {
	_, err := m.m.Step(wide.WideEvent{Kind: wide.WideEventKind(event)})
	return err == nil
}
func (m *wideGenerated) State() int { return int(m.m.State()) }

func driveWide(numbers []int) func() int {
	events := as(numbers, func(e int) wide.WideEvent { return wide.WideEvent{Kind: wide.WideEventKind(e)} })
	return func() int {
		m := wide.NewWide()
		taken := 0
		for _, e := range events {
			if _, err := m.Step(e); err == nil {
				taken++
			}
		}
		return taken
	}
}
