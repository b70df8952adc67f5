package hand

import "sync/atomic"

// Joint is an event of both ends of a relayed connection.
type Joint uint8

// The joint events, as in pair.fsm.
const (
	DialBoth Joint = iota
	ConnectedBoth
	RefusedBoth
	AcceptedBoth
	Renew
	Leave
	Kick
	Lost
	TimeoutBoth
	ResetBoth
	Redial
)

// near is where the near end goes.
func near(state State, event Joint) (State, bool) {
	switch state {
	case Idle:
		if event == DialBoth {
			return Connecting, true
		}
	case Connecting:
		switch event {
		case ConnectedBoth:
			return Handshaking, true
		case RefusedBoth, TimeoutBoth:
			return Idle, true
		case Leave:
			return Closing, true
		case Redial:
			return Connecting, true
		}
	case Handshaking:
		switch event {
		case AcceptedBoth:
			return Established, true
		case Leave, Kick:
			return Closing, true
		}
	case Established:
		switch event {
		case Renew:
			return Handshaking, true
		case Leave, Kick:
			return Closing, true
		case Lost:
			return Connecting, true
		}
	case Closing:
		switch event {
		case TimeoutBoth, ResetBoth:
			return Idle, true
		case Redial:
			return Connecting, true
		}
	}
	return state, false
}

// far is where the far end goes.
func far(state State, event Joint) (State, bool) {
	switch state {
	case Idle:
		switch event {
		case DialBoth, Redial:
			return Connecting, true
		case ResetBoth:
			return Closing, true
		}
	case Connecting:
		switch event {
		case ConnectedBoth:
			return Handshaking, true
		case RefusedBoth, Leave:
			return Closing, true
		case TimeoutBoth:
			return Idle, true
		}
	case Handshaking:
		switch event {
		case AcceptedBoth:
			return Established, true
		case Leave:
			return Closing, true
		case Kick:
			return Idle, true
		}
	case Established:
		switch event {
		case Renew:
			return Handshaking, true
		case Leave, Lost:
			return Closing, true
		case Kick:
			return Idle, true
		}
	case Closing:
		switch event {
		case DialBoth, Redial:
			return Connecting, true
		case TimeoutBoth:
			return Idle, true
		case ResetBoth:
			return Closing, true
		}
	}
	return state, false
}

// Pair is both ends as two nested switches.
type Pair struct{ Near, Far State }

// Step takes both ends along, or returns ErrRefused and changes neither.
func (p *Pair) Step(event Joint) error {
	n, ok := near(p.Near, event)
	if !ok {
		return ErrRefused
	}
	f, ok := far(p.Far, event)
	if !ok {
		return ErrRefused
	}
	p.Near, p.Far = n, f
	return nil
}

// Cell is both ends in one word, for any number of goroutines: the bare loop over a table, which counts steps as the generated
// code does and does nothing else.
type Cell struct {
	Word atomic.Uint64
	Next *[11][8]uint8 // next joint states by event and joint state, 255 for none
}

// Step takes both ends along, or changes neither and is false.
func (c *Cell) Step(event Joint) bool {
	for {
		old := c.Word.Load()
		to := c.Next[event][old&7]
		if to == 255 {
			return false
		}
		if c.Word.CompareAndSwap(old, old&^7+8|uint64(to)) {
			return true
		}
	}
}
