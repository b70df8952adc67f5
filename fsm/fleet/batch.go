package fleet

import (
	"errors"

	"interlock/fsm"
)

// asked is for how many sessions of a batch memory is asked for ahead of the one that takes its step. It is a power of two.
const asked = 16

// Arrival is an event for a session, as FireBatch takes many.
type Arrival[K comparable, E any] struct {
	Key   K
	Event E
	With  any   // for the host, as in FireWith
	Err   error // set by FireBatch: what FireWith would have returned
}

// FireBatch gives many sessions an event each, in this order: it is FireWith for one arrival after the other, so that a session may be
// among them more than once. Where there are more sessions than caches hold it is the faster way, since while one takes its step
// the memory of the next ones is on its way. A server that has read many packets at once has such a batch. Each arrival says what became of it. Those for keys
// without a session, and for sessions that have ended, are not in the tally.
func (f *Fleet[K, O, S, E, F]) FireBatch(batch []Arrival[K, E]) (t Tally) {
	var hashes [asked]uint64
	ask := func(i int) {
		hash := f.hash(batch[i].Key)
		hashes[i%asked] = hash
		f.shardOf(hash).touch(hash)
	}
	for i := range min(len(batch), asked) {
		ask(i)
	}
	for i := range batch {
		a := &batch[i]
		hash := hashes[i%asked]
		if i+asked < len(batch) {
			ask(i + asked)
		}
		switch a.Err = f.fireKey(hash, a.Key, a.Event, a.With); {
		case a.Err == nil:
			t.Taken++
		case a.Err == ErrBusy:
			t.Busy++
		case errors.Is(a.Err, fsm.ErrRefused):
			t.Refused++
		}
	}
	return t
}
