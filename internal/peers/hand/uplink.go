package hand

// UplinkKind is an event of an Uplink.
type UplinkKind uint8

// The events of an Uplink.
const (
	UplinkDial UplinkKind = iota
	UplinkUp
	UplinkDown
	UplinkSend
	UplinkAck
	UplinkHangup
	UplinkIdle
	UplinkBackoff
)

// UplinkEvent is an event with its argument: a size, a number or a reason.
type UplinkEvent struct {
	Kind UplinkKind
	Arg  uint8
}

// Timers of an Uplink, as bits.
const (
	idleTimer uint8 = 1 << iota
	backoffTimer
)

// Reasons why an Uplink closes by itself.
const (
	silent  = 1
	refused = 2
	overrun = 3
)

// Line is what an Uplink gives orders to: it counts them.
type Line struct {
	Connects, Tries, Writes, Seqs, Sizes, Closes, Whys, Stalls, Flows, Idles, NoIdles, Backoffs, NoBackoffs int
}

// Connect opens a socket for the given time in a row.
func (l *Line) Connect(try uint8) { l.Connects++; l.Tries += int(try) }

// Write puts a frame on the socket.
func (l *Line) Write(seq, size uint8) { l.Writes++; l.Seqs += int(seq); l.Sizes += int(size) }

// Close closes the socket.
func (l *Line) Close(why uint8) { l.Closes++; l.Whys += int(why) }

// Stalled tells the sender to wait.
func (l *Line) Stalled() { l.Stalls++ }

// Flowing tells it to go on.
func (l *Line) Flowing() { l.Flows++ }

// StartIdle and the next three are for timers.
func (l *Line) StartIdle() { l.Idles++ }

// StopIdle ends what StartIdle began.
func (l *Line) StopIdle() { l.NoIdles++ }

// StartBackoff begins to wait for the next try.
func (l *Line) StartBackoff() { l.Backoffs++ }

// StopBackoff ends what StartBackoff began.
func (l *Line) StopBackoff() { l.NoBackoffs++ }

// Uplink is the machine of uplink.fsm as a nested switch that gives its orders where it stands.
type Uplink struct {
	State              State
	Armed              uint8
	Tries, Seq, Credit uint8
	Line               *Line
}

func (u *Uplink) startIdle()    { u.Armed |= idleTimer; u.Line.StartIdle() }
func (u *Uplink) stopIdle()     { u.Armed &^= idleTimer; u.Line.StopIdle() }
func (u *Uplink) startBackoff() { u.Armed |= backoffTimer; u.Line.StartBackoff() }

// Step takes an event, or returns ErrRefused and changes nothing.
func (u *Uplink) Step(e UplinkEvent) error {
	switch u.State {
	case 0:
		if e.Kind != UplinkDial {
			return ErrRefused
		}
		u.Tries = 0
		u.Line.Connect(0)
		u.startIdle()
		u.State = 1
	case 1:
		return u.dialling(e)
	case 2:
		return u.waiting(e)
	case 3:
		return u.open(e)
	case 4:
		return u.full(e)
	}
	return nil
}

func (u *Uplink) dialling(e UplinkEvent) error {
	switch e.Kind {
	case UplinkUp:
		u.Seq, u.Credit = 0, 15
		u.startIdle()
		u.State = 3
	case UplinkDown:
		u.stopIdle()
		if u.Tries == 7 {
			u.Line.Close(refused)
			u.State = 0
			return nil
		}
		u.startBackoff()
		u.State = 2
	case UplinkIdle:
		return u.silent()
	case UplinkHangup:
		return u.hangup(e)
	default:
		return ErrRefused
	}
	return nil
}

// silent is the idle timer, in all states that have one.
func (u *Uplink) silent() error {
	if u.Armed&idleTimer == 0 {
		return ErrRefused
	}
	u.Armed &^= idleTimer
	u.Line.Close(silent)
	u.startBackoff()
	u.State = 2
	return nil
}

// hangup is Hangup in all states with a socket.
func (u *Uplink) hangup(e UplinkEvent) error {
	if e.Arg > 3 {
		return ErrRefused
	}
	u.stopIdle()
	u.Line.Close(e.Arg)
	u.State = 0
	return nil
}

func (u *Uplink) waiting(e UplinkEvent) error {
	switch e.Kind {
	case UplinkBackoff:
		if u.Armed&backoffTimer == 0 {
			return ErrRefused
		}
		u.Armed &^= backoffTimer
		if u.Tries == 7 {
			u.Line.Close(refused)
			u.State = 0
			return nil
		}
		u.Tries++
		u.Line.Connect(u.Tries)
		u.startIdle()
		u.State = 1
	case UplinkHangup:
		if e.Arg > 3 {
			return ErrRefused
		}
		u.Armed &^= backoffTimer
		u.Line.StopBackoff()
		u.Line.Close(e.Arg)
		u.State = 0
	default:
		return ErrRefused
	}
	return nil
}

func (u *Uplink) open(e UplinkEvent) error {
	switch e.Kind {
	case UplinkSend:
		if e.Arg > u.Credit {
			return ErrRefused
		}
		u.Seq++
		u.Credit -= e.Arg
		u.Line.Write(u.Seq, e.Arg)
		if u.Credit == 0 {
			u.Line.Stalled()
			u.State = 4
			return nil
		}
		u.startIdle()
	case UplinkAck:
		switch {
		case e.Arg > 15:
			return ErrRefused
		case u.Credit+e.Arg > 15:
			u.stopIdle()
			u.Line.Close(overrun)
			u.startBackoff()
			u.State = 2
		default:
			u.Credit += e.Arg
			u.startIdle()
		}
	case UplinkDown:
		u.stopIdle()
		u.startBackoff()
		u.State = 2
	case UplinkIdle:
		return u.silent()
	case UplinkHangup:
		return u.hangup(e)
	default:
		return ErrRefused
	}
	return nil
}

func (u *Uplink) full(e UplinkEvent) error {
	switch e.Kind {
	case UplinkAck:
		if e.Arg == 0 || e.Arg > 15 {
			return ErrRefused
		}
		u.Credit = e.Arg
		u.Line.Flowing()
		u.startIdle()
		u.State = 3
	case UplinkDown:
		u.stopIdle()
		u.startBackoff()
		u.State = 2
	case UplinkIdle:
		return u.silent()
	case UplinkHangup:
		return u.hangup(e)
	default:
		return ErrRefused
	}
	return nil
}
