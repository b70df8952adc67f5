package peers

import (
	"interlock/internal/peers/hand"
	"interlock/internal/peers/uplink"
)

// Uplinks are the machine of uplink.fsm, with variables, guards, timers and effects with parameters. By hand, orders are given
// where they stand; the generated code returns them, and its caller gives them.
func Uplinks() []Subject {
	return []Subject{
		{"nested switch", func() Machine { return &uplinkSwitch{hand.Uplink{Line: &hand.Line{}}} }, driveUplinkSwitch},
		{"interlock Step", func() Machine { return &uplinkGenerated{m: uplink.NewUplink()} }, driveUplinks},
		{"interlock Step, effects not looked at", nil, driveUplinksAlone},
	}
}

// uplinkEvent is an event of the contest by its number: what a line says and what its owner wants, with some arguments more often
// than others.
func uplinkEvent(number int) hand.UplinkEvent {
	switch {
	case number < 8:
		return hand.UplinkEvent{Kind: hand.UplinkSend, Arg: uint8(number)}
	case number < 12:
		return hand.UplinkEvent{Kind: hand.UplinkAck, Arg: uint8(number - 8)}
	case number < 14:
		return hand.UplinkEvent{Kind: hand.UplinkHangup, Arg: uint8(number - 12)}
	default:
		return hand.UplinkEvent{Kind: []hand.UplinkKind{hand.UplinkDial, hand.UplinkUp, hand.UplinkUp, hand.UplinkDown, hand.UplinkIdle, hand.UplinkBackoff}[number-14]}
	}
}

// uplinkEvents is how many there are.
const uplinkEvents = 20

// lineNumber is a number of what a line has counted.
func lineNumber(l *hand.Line) int {
	n := 0
	for _, count := range []int{l.Connects, l.Tries, l.Writes, l.Seqs, l.Sizes, l.Closes, l.Whys, l.Stalls, l.Flows, l.Idles, l.NoIdles, l.Backoffs, l.NoBackoffs} {
		n = n*10007 + count
	}
	return n
}

type uplinkSwitch struct{ hand.Uplink }

func (m *uplinkSwitch) Step(event int) bool { return m.Uplink.Step(uplinkEvent(event)) == nil }
func (m *uplinkSwitch) State() int {
	return ((lineNumber(m.Line)*5+int(m.Uplink.State))*8+int(m.Tries))*16 + int(m.Credit)
}

func driveUplinkSwitch(numbers []int) func() int {
	events := as(numbers, uplinkEvent)
	return func() int {
		m := hand.Uplink{Line: &hand.Line{}}
		taken := 0
		for _, e := range events {
			if m.Step(e) == nil {
				taken++
			}
		}
		return taken
	}
}

// order does what an effect says.
func order(l *hand.Line, e *uplink.UplinkEffect) {
	switch e.Kind {
	case uplink.UplinkDoConnect:
		l.Connect(e.Try)
	case uplink.UplinkDoWrite:
		l.Write(e.Seq, e.Size)
	case uplink.UplinkDoClose:
		l.Close(uint8(e.Why))
	case uplink.UplinkDoStalled:
		l.Stalled()
	case uplink.UplinkDoFlowing:
		l.Flowing()
	case uplink.UplinkStartIdle:
		l.StartIdle()
	case uplink.UplinkStopIdle:
		l.StopIdle()
	case uplink.UplinkStartBackoff:
		l.StartBackoff()
	case uplink.UplinkStopBackoff:
		l.StopBackoff()
	}
}

// generatedUplink is the event of the generated code.
func generatedUplink(number int) uplink.UplinkEvent {
	e := uplinkEvent(number)
	kind := []uplink.UplinkEventKind{uplink.UplinkOnDial, uplink.UplinkOnUp, uplink.UplinkOnDown, uplink.UplinkOnSend, uplink.UplinkOnAck,
		uplink.UplinkOnHangup, uplink.UplinkOnIdle, uplink.UplinkOnBackoff}[e.Kind]
	return uplink.UplinkEvent{Kind: kind, Size: e.Arg, N: e.Arg, Why: uplink.Why(e.Arg)}
}

type uplinkGenerated struct {
	m uplink.Uplink
	l hand.Line
}

func (m *uplinkGenerated) Step(event int) bool {
	out, err := m.m.Step(generatedUplink(event))
	for effect := range out.All() {
		order(&m.l, &effect)
	}
	return err == nil
}

func (m *uplinkGenerated) State() int {
	return ((lineNumber(&m.l)*5+int(m.m.State()))*8+int(m.m.Tries()))*16 + int(m.m.Credit())
}

func driveUplinks(numbers []int) func() int {
	events := as(numbers, generatedUplink)
	return func() int {
		m, l := uplink.NewUplink(), &hand.Line{}
		taken := 0
		for _, e := range events {
			out, err := m.Step(e)
			if err == nil {
				taken++
			}
			for effect := range out.All() {
				order(l, &effect)
			}
		}
		return taken
	}
}

func driveUplinksAlone(numbers []int) func() int {
	events := as(numbers, generatedUplink)
	return func() int {
		m := uplink.NewUplink()
		taken := 0
		for _, e := range events {
			if _, err := m.Step(e); err == nil {
				taken++
			}
		}
		return taken
	}
}
