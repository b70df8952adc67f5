package hand

// Host is what a machine with effects gives orders to: it counts them.
type Host struct {
	Opened, Closed, Hellos, Accepts, Started, Stopped, Delivered, Ups, Downs int
}

// OpenSocket is given when a connection is dialled.
func (h *Host) OpenSocket() { h.Opened++ }

// CloseSocket is given when it is closed.
func (h *Host) CloseSocket() { h.Closed++ }

// SendHello is the first word.
func (h *Host) SendHello() { h.Hellos++ }

// SendAccept is the last word before traffic.
func (h *Host) SendAccept() { h.Accepts++ }

// StartTimer begins to wait.
func (h *Host) StartTimer() { h.Started++ }

// StopTimer ends waiting.
func (h *Host) StopTimer() { h.Stopped++ }

// Deliver hands traffic on.
func (h *Host) Deliver() { h.Delivered++ }

// Up tells of a connection that stands.
func (h *Host) Up() { h.Ups++ }

// Down tells of one that is gone.
func (h *Host) Down() { h.Downs++ }
