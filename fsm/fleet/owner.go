package fleet

// owner is the sessions of one owner in a shard.
type owner[O comparable] struct {
	owner O
	slots []uint16 // in no order
}

// owner is that of a session; zero if none.
func (sh *shard[K, O, S, E, F]) owner(s *session[K, S]) (of O) {
	if s.owner != 0 {
		of = sh.owners[s.owner-1].owner
	}
	return of
}

// listed is where in its owner's slots a slot is.
func (sh *shard[K, O, S, E, F]) listed(slot uint16) *uint16 {
	return &sh.belongs[slot/chunk][slot%chunk]
}

// setOwner gives a session another owner, under the lock; the zero owner is none.
func (sh *shard[K, O, S, E, F]) setOwner(s *session[K, S], to O) {
	if s.owner != 0 {
		sh.disown(s)
	}
	var none O
	if to == none || to != to {
		return
	}
	at, ok := sh.ownedBy[to]
	if !ok {
		at = sh.newOwner(to)
	}
	for int(s.slot/chunk) >= len(sh.belongs) {
		sh.belongs = append(sh.belongs, nil)
	}
	if sh.belongs[s.slot/chunk] == nil {
		sh.belongs[s.slot/chunk] = new([chunk]uint16)
	}
	o := &sh.owners[at]
	s.owner, *sh.listed(s.slot) = at+1, uint16(len(o.slots))
	o.slots = append(o.slots, s.slot)
}

// newOwner makes a place for an owner that has no session in the shard yet.
func (sh *shard[K, O, S, E, F]) newOwner(of O) uint16 {
	if sh.ownedBy == nil {
		sh.ownedBy = map[O]uint16{}
	}
	at := uint16(len(sh.owners))
	if n := len(sh.noOwner); n > 0 {
		at, sh.noOwner = sh.noOwner[n-1], sh.noOwner[:n-1]
		sh.owners[at].owner = of
	} else {
		sh.owners = append(sh.owners, owner[O]{owner: of})
	}
	sh.ownedBy[of] = at
	return at
}

// disown takes a session from its owner; the owner's last one moves to its place.
func (sh *shard[K, O, S, E, F]) disown(s *session[K, S]) {
	o := &sh.owners[s.owner-1]
	last, place := o.slots[len(o.slots)-1], *sh.listed(s.slot)
	o.slots[place], *sh.listed(last) = last, place
	o.slots = o.slots[:len(o.slots)-1]
	if len(o.slots) == 0 {
		delete(sh.ownedBy, o.owner)
		sh.noOwner = append(sh.noOwner, s.owner-1)
		*o = owner[O]{}
	}
	s.owner = 0
}

// SetOwner gives a session another owner; the zero owner is none.
func (f *Fleet[K, O, S, E, F]) SetOwner(key K, owner O) error {
	if owner != owner {
		return ErrKey
	}
	hash := f.hash(key)
	sh := f.shardOf(hash)
	sh.lock.Lock()
	defer sh.lock.Unlock()
	s := sh.find(hash, key)
	if sh.closed {
		return ErrClosed
	}
	if s == nil {
		return ErrUnknown
	}
	sh.setOwner(s, owner)
	return nil
}

// Owned is how many sessions an owner has.
func (f *Fleet[K, O, S, E, F]) Owned(owner O) int {
	n := 0
	if owner != owner { // nobody's; and what Go cannot compare panics here, where no lock is held
		return 0
	}
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		if at, ok := sh.ownedBy[owner]; ok {
			n += len(sh.owners[at].slots)
		}
		sh.lock.Unlock()
	}
	return n
}

// Tally is what became of an event that was given to many sessions: each either took it, or refused it, or its host was too far
// behind (ErrBusy). Sessions that have ended are not counted.
type Tally struct{ Taken, Refused, Busy int }

// FireOwner gives an event to every session that an owner has, each once; a session that gets, leaves or changes its owner
// meanwhile may or may not be among them. It takes as long as the owner has sessions, however many others there are.
func (f *Fleet[K, O, S, E, F]) FireOwner(owner O, event E) Tally {
	var t Tally
	if owner != owner { // as in Owned
		return t
	}
	for i := range f.shards {
		sh := &f.shards[i]
		sh.lock.Lock()
		var slots []uint16
		if at, ok := sh.ownedBy[owner]; ok {
			slots = append(slots, sh.owners[at].slots...)
		}
		sh.lock.Unlock()
		for _, slot := range slots {
			f.fireSlot(sh, uint32(slot), event, &t, func(s *session[K, S]) bool { return sh.owner(s) == owner })
		}
	}
	return t
}

// fireSlot gives an event to the session of a slot, if there still is one and it is meant, which is asked under the lock.
func (f *Fleet[K, O, S, E, F]) fireSlot(sh *shard[K, O, S, E, F], slot uint32, event E, t *Tally, meant func(*session[K, S]) bool) {
	step := Step[K, O, S, E, F]{Event: event}
	for f.trySlot(sh, slot, &step, t, meant) {
	}
}

// trySlot is one attempt of fireSlot, and says whether there is to be another one.
func (f *Fleet[K, O, S, E, F]) trySlot(sh *shard[K, O, S, E, F], slot uint32, step *Step[K, O, S, E, F], t *Tally, meant func(*session[K, S]) bool) (more bool) {
	sh.lock.Lock()
	s := sh.at(slot)
	if s == nil || s.mark&markEnded != 0 || !meant(s) {
		sh.lock.Unlock()
		return false
	}
	place := int(sh.where[slot])
	mine, err := f.fire(sh, s, step)
	sh.lock.Unlock()
	switch err {
	case nil:
		t.Taken++
	case ErrBusy:
		if f.again(step, err) {
			return true
		}
		t.Busy++
	case ErrClosed:
	default:
		t.Refused++
		f.tellRefused(step, err)
	}
	if mine {
		f.deliver(sh, slot, place, step)
	}
	return false
}
