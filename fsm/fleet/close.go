package fleet

// Close ends the fleet: from then on every event is ErrClosed, as are Add, Remove and SetOwner, and the sessions stay as they are, to be
// looked at and saved. It returns when nothing of the fleet runs any more and the host has been told of every step; so the host must not call it. A second
// call does nothing.
func (f *Fleet[K, O, S, E, F]) Close() {
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		sh.closed = true
		sh.lock.Unlock()
	}
	f.closing.Do(f.stopClock)
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		for sh.delivering > 0 {
			sh.idle.Wait()
		}
		for _, list := range sh.watched { // in any order: each is ended
			for _, w := range list {
				w.end()
			}
		}
		sh.lock.Unlock()
	}
	f.watchers.close()
}

// Stats are counts since the fleet was made, and of now.
type Stats struct {
	Sessions int // now
	Waiting  int // steps that wait for the host, now
	Timers   int // that run now

	Steps   uint64 // events that were taken
	Refused uint64 // events that a machine refused
	Busy    uint64 // events that were refused because too many steps waited
	Unknown uint64 // events for keys without a session
	Fired   uint64 // timers that were due and that their sessions took
	Held    uint64 // timers that were due and that their sessions refused; they are tried again
	Late    uint64 // timers that were stopped or started again, or whose session went, while Options.Answer was asked about them
	Panics  uint64 // of the host
	Lost    uint64 // steps that a watcher was too slow for, each counted for each watcher
}

// Stats is what the fleet has counted. Its cost does not depend on how many sessions there are.
func (f *Fleet[K, O, S, E, F]) Stats() Stats {
	s := Stats{Panics: f.panics.Load(), Late: f.clock.late.Load(), Lost: f.watchers.lost.Load(), Busy: f.busy.Load()}
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		s.Sessions += sh.live
		for _, q := range sh.waiting { // in any order: a sum
			s.Waiting += q.len()
		}
		s.Steps += sh.steps
		s.Refused += sh.refused
		s.Unknown += sh.unknown
		s.Fired += sh.fired
		s.Held += sh.held
		if sh.wheel != nil {
			s.Timers += sh.wheel.running
		}
		sh.lock.Unlock()
	}
	return s
}
