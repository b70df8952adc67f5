package fleet

import (
	"errors"

	"interlock/fsm"
)

// queue is the steps of one session that wait for the host, oldest first, from told on.
type queue[K, O comparable, S, E, F any] struct {
	steps []Step[K, O, S, E, F]
	told  int
}

func (q *queue[K, O, S, E, F]) len() int { return len(q.steps) - q.told }

// pop takes the oldest. Those behind it move up when they are the fewer, so that the room is used again.
func (q *queue[K, O, S, E, F]) pop() Step[K, O, S, E, F] {
	oldest := q.steps[q.told]
	q.steps[q.told] = Step[K, O, S, E, F]{}
	q.told++
	if 2*q.told >= len(q.steps) {
		n := copy(q.steps, q.steps[q.told:])
		clear(q.steps[n:])
		q.steps, q.told = q.steps[:n], 0
	}
	return oldest
}

// wait lets a step wait behind those that are being told, under the lock.
func (sh *shard[K, O, S, E, F]) wait(s *session[K, S], step *Step[K, O, S, E, F]) {
	slot := uint32(s.slot)
	q := sh.waiting[slot]
	if q == nil {
		if sh.waiting == nil {
			sh.waiting = map[uint32]*queue[K, O, S, E, F]{}
		}
		q = &queue[K, O, S, E, F]{}
		sh.waiting[slot] = q
	}
	q.steps = append(q.steps, *step)
	s.mark |= markQueued
}

// deliver tells of a step, and then of all that have been taken meanwhile. A host that panics loses its own step: the others are
// told of before the panic goes on.
func (f *Fleet[K, O, S, E, F]) deliver(sh *shard[K, O, S, E, F], slot uint32, place int, step *Step[K, O, S, E, F]) {
	done := false
	defer func() {
		if done {
			return
		}
		if f.next(sh, slot, place, step) {
			f.deliver(sh, slot, place, step)
		}
	}()
	for more := true; more; more = f.next(sh, slot, place, step) {
		f.tell(sh, slot, step)
	}
	done = true
}

// next makes a step that was told of the next one of the session to be told of; without one, the session is at rest, or is gone if it has
// ended.
func (f *Fleet[K, O, S, E, F]) next(sh *shard[K, O, S, E, F], slot uint32, place int, step *Step[K, O, S, E, F]) (more bool) {
	sh.lock.Lock()
	defer sh.lock.Unlock()
	s := sh.still(slot, place)
	if s.mark&markQueued != 0 {
		q := sh.waiting[slot]
		*step = q.pop()
		if q.len() == 0 {
			delete(sh.waiting, slot)
			s.mark &^= markQueued
		}
		return true
	}
	s.mark &^= markBusy
	sh.delivering--
	if sh.delivering == 0 && sh.closed {
		sh.idle.Broadcast()
	}
	if s.mark&markEnded != 0 {
		f.release(sh, s)
	}
	return false
}

// tell lets the observers, the host and the watchers know of a step.
func (f *Fleet[K, O, S, E, F]) tell(sh *shard[K, O, S, E, F], slot uint32, step *Step[K, O, S, E, F]) {
	if fsm.Observed() && !step.Added {
		o := f.class.Observation(step.Event, step.Effects)
		o.Session, o.Seq = f.options.Text(step.Key), step.Seq
		fsm.Tell(o)
	}
	defer f.show(sh, slot, step) // also of a step that the host panics at: it was taken
	if f.options.Host == nil {
		return
	}
	if f.options.Panicked != nil {
		f.tellSafely(step)
		return
	}
	done := false
	defer func() {
		if !done {
			f.panics.Add(1)
		}
	}()
	f.options.Host(*step)
	done = true
}

// tellSafely keeps the panic of a host from its caller.
func (f *Fleet[K, O, S, E, F]) tellSafely(step *Step[K, O, S, E, F]) {
	defer func() {
		if value := recover(); value != nil {
			f.panics.Add(1)
			f.options.Panicked(step.Key, value)
		}
	}()
	f.options.Host(*step)
}

// tellRefused lets the observers know of an event that a session refused.
func (f *Fleet[K, O, S, E, F]) tellRefused(step *Step[K, O, S, E, F], err error) {
	if !fsm.Observed() || !errors.Is(err, fsm.ErrRefused) {
		return
	}
	o := f.class.Observation(step.Event, step.Effects)
	o.Session, o.Seq = f.options.Text(step.Key), step.Seq
	fsm.TellOutcome(o, err)
}
