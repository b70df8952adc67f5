package fleet

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Seen is a step that a watcher was given.
type Seen[K, O comparable, S, E, F any] struct {
	Step[K, O, S, E, F]
	Lost uint64 // how many steps just before it the watcher was too slow for
}

// Watcher gets the steps of one session, or of all, in the order in which each session took them, after the host was told. Its
// buffer is bounded: while it is full, further steps are lost to this watcher, and counted; nobody waits for it.
type Watcher[K, O comparable, S, E, F any] struct {
	// C gives what was seen. It is closed by Close, by that of the fleet, and, where one session is watched, when that is gone.
	C <-chan Seen[K, O, S, E, F]

	lock   sync.Mutex
	out    chan Seen[K, O, S, E, F]
	closed bool
	lost   uint64 // since the last step that was given
	total  atomic.Uint64
	remove func()
}

// Lost is how many steps the watcher was too slow for.
func (w *Watcher[K, O, S, E, F]) Lost() uint64 { return w.total.Load() }

// Close ends the watching. What is in the buffer can still be read.
func (w *Watcher[K, O, S, E, F]) Close() {
	w.remove()
	w.end()
}

// end closes the channel, once.
func (w *Watcher[K, O, S, E, F]) end() {
	w.lock.Lock()
	defer w.lock.Unlock()
	if !w.closed {
		w.closed = true
		close(w.out)
	}
}

// offer gives a step to the watcher if there is room.
func (w *Watcher[K, O, S, E, F]) offer(step *Step[K, O, S, E, F]) (lost bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.closed {
		return false
	}
	select {
	case w.out <- Seen[K, O, S, E, F]{Step: *step, Lost: w.lost}:
		w.lost = 0
		return false
	default:
		w.lost++
		w.total.Add(1)
		return true
	}
}

// watchers are those of a whole fleet: a list that is copied when it changes.
type watchers[K, O comparable, S, E, F any] struct {
	lock   sync.Mutex
	list   atomic.Pointer[[]*Watcher[K, O, S, E, F]]
	closed bool
	lost   atomic.Uint64 // by all watchers, also of one session
}

func newWatcher[K, O comparable, S, E, F any](buffer int) *Watcher[K, O, S, E, F] {
	out := make(chan Seen[K, O, S, E, F], max(buffer, 1))
	return &Watcher[K, O, S, E, F]{C: out, out: out}
}

// Watch watches all sessions, with a buffer of so many steps, at least one. Without Close the buffer is kept and filled.
func (f *Fleet[K, O, S, E, F]) Watch(buffer int) *Watcher[K, O, S, E, F] {
	w := newWatcher[K, O, S, E, F](buffer)
	all := &f.watchers
	w.remove = func() {
		all.change(func(list []*Watcher[K, O, S, E, F]) []*Watcher[K, O, S, E, F] {
			return slices.DeleteFunc(list, func(x *Watcher[K, O, S, E, F]) bool { return x == w })
		})
	}
	if !all.change(func(list []*Watcher[K, O, S, E, F]) []*Watcher[K, O, S, E, F] { return append(list, w) }) {
		w.end()
	}
	return w
}

// change replaces the list, unless the fleet is closed.
func (all *watchers[K, O, S, E, F]) change(to func([]*Watcher[K, O, S, E, F]) []*Watcher[K, O, S, E, F]) bool {
	all.lock.Lock()
	defer all.lock.Unlock()
	if all.closed {
		return false
	}
	var list []*Watcher[K, O, S, E, F]
	if old := all.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
	if list = to(list); len(list) == 0 {
		all.list.Store(nil)
	} else {
		all.list.Store(&list)
	}
	return true
}

// close ends all watchers.
func (all *watchers[K, O, S, E, F]) close() {
	all.lock.Lock()
	defer all.lock.Unlock()
	all.closed = true
	if list := all.list.Swap(nil); list != nil {
		for _, w := range *list {
			w.end()
		}
	}
}

// WatchOne watches one session, with a buffer of so many steps, at least one.
func (f *Fleet[K, O, S, E, F]) WatchOne(key K, buffer int) (*Watcher[K, O, S, E, F], error) {
	hash := f.hash(key)
	sh := f.shardOf(hash)
	sh.lock.Lock()
	defer sh.lock.Unlock()
	s := sh.find(hash, key)
	if sh.closed {
		return nil, ErrClosed
	}
	if s == nil {
		return nil, ErrUnknown
	}
	slot := uint32(s.slot)
	w := newWatcher[K, O, S, E, F](buffer)
	w.remove = func() {
		sh.lock.Lock()
		defer sh.lock.Unlock()
		if list := sh.watched[slot]; slices.Contains(list, w) { // not of a session that has the slot now
			sh.setWatched(slot, slices.DeleteFunc(slices.Clone(list), func(x *Watcher[K, O, S, E, F]) bool { return x == w }))
		}
	}
	sh.setWatched(slot, append(slices.Clone(sh.watched[slot]), w))
	return w, nil
}

// setWatched sets the watchers of one session, under the lock. The list is never changed, only replaced.
func (sh *shard[K, O, S, E, F]) setWatched(slot uint32, list []*Watcher[K, O, S, E, F]) {
	if len(list) == 0 {
		sh.at(slot).mark &^= markWatched
		delete(sh.watched, slot)
		return
	}
	if sh.watched == nil {
		sh.watched = map[uint32][]*Watcher[K, O, S, E, F]{}
	}
	sh.at(slot).mark |= markWatched
	sh.watched[slot] = list
}

// endWatched ends the watchers of a session that goes, under the lock.
func (sh *shard[K, O, S, E, F]) endWatched(slot uint32) {
	for _, w := range sh.watched[slot] {
		w.end()
	}
	sh.setWatched(slot, nil)
}

// show gives a step to all who watch.
func (f *Fleet[K, O, S, E, F]) show(sh *shard[K, O, S, E, F], slot uint32, step *Step[K, O, S, E, F]) {
	var one []*Watcher[K, O, S, E, F]
	if step.watched {
		sh.lock.Lock()
		one = sh.watched[slot] // it is not gone: that comes after its last step has been shown
		sh.lock.Unlock()
	}
	for _, w := range one {
		f.watchers.give(w, step)
	}
	if list := f.watchers.list.Load(); list != nil {
		for _, w := range *list {
			f.watchers.give(w, step)
		}
	}
}

func (all *watchers[K, O, S, E, F]) give(w *Watcher[K, O, S, E, F], step *Step[K, O, S, E, F]) {
	if w.offer(step) {
		all.lost.Add(1)
	}
}
