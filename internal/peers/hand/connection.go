package hand

// State is a state of a connection.
type State uint8

// The states, as in connection.fsm.
const (
	Idle State = iota
	Connecting
	Handshaking
	Established
	Closing
)

// Event is an event of a connection.
type Event uint8

// The events, as in connection.fsm.
const (
	Dial Event = iota
	Connected
	Refused
	Hello
	Accepted
	Traffic
	Close
	Timeout
	Reset
)

// Switch is a connection as a nested switch.
type Switch struct{ State State }

// Step takes an event, or returns ErrRefused and changes nothing.
func (c *Switch) Step(event Event) error {
	switch c.State {
	case Idle:
		switch event {
		case Dial:
			c.State = Connecting
		case Hello:
			c.State = Handshaking
		default:
			return ErrRefused
		}
	case Connecting:
		switch event {
		case Connected:
			c.State = Handshaking
		case Refused, Timeout:
			c.State = Idle
		case Close:
			c.State = Closing
		default:
			return ErrRefused
		}
	case Handshaking:
		switch event {
		case Hello:
		case Accepted:
			c.State = Established
		case Close, Timeout:
			c.State = Closing
		case Reset:
			c.State = Idle
		default:
			return ErrRefused
		}
	case Established:
		switch event {
		case Traffic:
		case Close, Timeout:
			c.State = Closing
		case Reset:
			c.State = Idle
		default:
			return ErrRefused
		}
	case Closing:
		switch event {
		case Traffic:
		case Timeout, Reset:
			c.State = Idle
		default:
			return ErrRefused
		}
	}
	return nil
}

// Table is a connection as a table of next states.
type Table struct{ State State }

const none = State(255)

// next is by state and event. It is indexed as Go does it, with both indices checked.
var next = [5][9]State{
	Idle:        {Connecting, none, none, Handshaking, none, none, none, none, none},
	Connecting:  {none, Handshaking, Idle, none, none, none, Closing, Idle, none},
	Handshaking: {none, none, none, Handshaking, Established, none, Closing, Closing, Idle},
	Established: {none, none, none, none, none, Established, Closing, Closing, Idle},
	Closing:     {none, none, none, none, none, Closing, none, Idle, Idle},
}

// Step takes an event, or returns ErrRefused and changes nothing.
func (c *Table) Step(event Event) error {
	to := next[c.State][event]
	if to == none {
		return ErrRefused
	}
	c.State = to
	return nil
}
