package fleet

import (
	"iter"

	"interlock/fsm"
)

// View is a session at one moment.
type View[K, O comparable, S any] struct {
	Key   K
	Owner O // zero if none
	State S
	Seq   uint64 // of its last step
	Ended bool   // it takes no more events, and goes when the host has been told of its last step
}

// view is a session as it is, under the lock.
func (f *Fleet[K, O, S, E, F]) view(sh *shard[K, O, S, E, F], s *session[K, S]) View[K, O, S] {
	slot := uint32(s.slot)
	v := View[K, O, S]{Key: s.key, State: s.state, Seq: f.class.Seq(s.state), Ended: s.mark&markEnded != 0}
	if f.class.SeqBits == 0 {
		v.Seq = sh.seq(slot)
	}
	v.Owner = sh.owner(s)
	return v
}

// Get is a session as it is now.
func (f *Fleet[K, O, S, E, F]) Get(key K) (View[K, O, S], bool) {
	hash := f.hash(key)
	sh := f.shardOf(hash)
	sh.lock.Lock()
	defer sh.lock.Unlock()
	s := sh.find(hash, key)
	if s == nil {
		return View[K, O, S]{}, false
	}
	return f.view(sh, s), true
}

// Len is how many sessions there are.
func (f *Fleet[K, O, S, E, F]) Len() int {
	n := 0
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		n += sh.live
		sh.lock.Unlock()
	}
	return n
}

// Count is how many sessions are in a joint state of control, by its number; 0 where none has that number. Its cost does not depend on how
// many sessions there are. While others change them, each session is counted in the state that it has at some moment of the call.
func (f *Fleet[K, O, S, E, F]) Count(state int) int {
	n := 0
	if state < 0 || state >= len(f.class.States) {
		return 0
	}
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		n += sh.counts[state]
		sh.lock.Unlock()
	}
	return n
}

// Counts is Count of every joint state of control, by number; the names are those of the class.
func (f *Fleet[K, O, S, E, F]) Counts() []int {
	sums := make([]int, len(f.class.States))
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		for state, n := range sh.counts {
			sums[state] += n
		}
		sh.lock.Unlock()
	}
	return sums
}

// All gives every session, in no order, as each is at some moment of the loop; one that comes or goes meanwhile may be among
// them or not, and none is given twice, though a key may be that is removed and added again. Events go on meanwhile, also from inside the loop.
func (f *Fleet[K, O, S, E, F]) All() iter.Seq[View[K, O, S]] {
	return f.Where(func(View[K, O, S]) bool { return true })
}

// Where is All of the sessions that match. The function is called with no lock held.
func (f *Fleet[K, O, S, E, F]) Where(match func(View[K, O, S]) bool) iter.Seq[View[K, O, S]] {
	return func(yield func(View[K, O, S]) bool) {
		views := make([]View[K, O, S], 0, glance)
		for i := range f.shards {
			sh := &f.shards[i]
			for from, more := uint32(0), true; more; from += glance {
				views, more = f.look(sh, from, views[:0])
				for _, v := range views {
					if match(v) && !yield(v) {
						return
					}
				}
			}
		}
	}
}

// look copies the sessions of a glance; more says whether there are others behind it.
func (f *Fleet[K, O, S, E, F]) look(sh *shard[K, O, S, E, F], from uint32, views []View[K, O, S]) (found []View[K, O, S], more bool) {
	sh.lock.Lock()
	defer sh.lock.Unlock()
	end := min(from+glance, sh.slots())
	for slot := from; slot < end; slot++ {
		if s := sh.at(slot); s != nil {
			views = append(views, f.view(sh, s))
		}
	}
	return views, end < sh.slots()
}

// FireWhere gives an event to every session that matches when it is its turn, each at most once; one that comes meanwhile may be
// among them or not. It looks at every session. The function is called with no lock held, and again for a session that has
// changed between its answer and the event.
func (f *Fleet[K, O, S, E, F]) FireWhere(match func(S) bool, event E) Tally {
	var t Tally
	found := make([]candidate[S], 0, glance)
	for i := range f.shards {
		sh := &f.shards[i]
		for from, more := uint32(0), true; more; from += glance {
			found, more = sh.candidates(from, found[:0])
			for _, c := range found {
				f.fireCandidate(sh, c, match, event, &t)
			}
		}
	}
	return t
}

// FireState gives an event to every session in a joint state of control, as FireWhere does.
func (f *Fleet[K, O, S, E, F]) FireState(state int, event E) Tally {
	return f.FireWhere(func(s S) bool { return f.class.State(s) == state }, event)
}

// candidate is a session that may be given an event, and the state that it was seen in.
type candidate[S any] struct {
	slot  uint32
	state S
}

// candidates lists the sessions of a glance.
func (sh *shard[K, O, S, E, F]) candidates(from uint32, found []candidate[S]) (all []candidate[S], more bool) {
	sh.lock.Lock()
	defer sh.lock.Unlock()
	end := min(from+glance, sh.slots())
	for slot := from; slot < end; slot++ {
		if s := sh.at(slot); s != nil && s.mark&markEnded == 0 {
			found = append(found, candidate[S]{slot, s.state})
		}
	}
	return found, end < sh.slots()
}

// fireCandidate asks whether a session matches and gives it the event, unless it has changed in between: then it asks again.
func (f *Fleet[K, O, S, E, F]) fireCandidate(sh *shard[K, O, S, E, F], c candidate[S], match func(S) bool, event E, t *Tally) {
	for range fsm.MaxTries {
		changed := false
		if !match(c.state) {
			return
		}
		f.fireSlot(sh, c.slot, event, t, func(s *session[K, S]) bool {
			changed = f.class.Word(s.state) != f.class.Word(c.state)
			c.state = s.state
			return !changed
		})
		if !changed {
			return
		}
	}
	t.Busy++
}
