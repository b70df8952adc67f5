package fleet

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"interlock/fsm"
)

// The errors of a Fleet. Whatever they are returned for has changed nothing. An event that the machine refuses is an error of
// its own kind: errors.Is(err, fsm.ErrRefused).
var (
	ErrUnknown = errors.New("fleet: no such session")
	ErrExists  = errors.New("fleet: the key is in use")
	ErrEnded   = errors.New("fleet: the session has ended and is about to be removed")
	ErrFull    = errors.New("fleet: too many sessions")
	ErrBusy    = errors.New("fleet: too many steps of the session wait for the host")
	ErrClosed  = errors.New("fleet: closed")
	ErrKey     = errors.New("fleet: the key or owner is not equal to itself")
	ErrStart   = errors.New("fleet: the start needs arguments: use Adopt with what NewX returned")
	ErrOptions = errors.New("fleet: no such option")
)

// The limits that hold where Options say nothing, and those that Options cannot pass.
const (
	DefaultMax     = 1 << 20
	DefaultWaiting = 1024
	DefaultTick    = 10 * time.Millisecond
	DefaultAgain   = time.Second

	leastTick = time.Microsecond // there are 48 bits of them: years

	sessionsAShard = 1 << 12 // that many sessions, when the fleet is full, share a lock
	leastShards    = 8
	mostShards     = 1 << 12
	mostSessions   = 1<<24 - 1
)

// Step is a step that a session has taken, as the host and watchers get it.
type Step[K, O comparable, S, E, F any] struct {
	Key           K
	Owner         O // when the step was taken
	Event         E // zero where Added
	Before, After S
	Effects       F
	Seq           uint64 // of the step: one more than the step before it, modulo the width of the counter
	With          any    // what the caller of FireWith gave
	Added         bool   // the session was added: there was no event, and the effects are those of the start
	Timer         bool   // the fleet fired a timer
	Last          bool   // the session ends with it: its key is free when the host returns

	watched bool // by somebody who watches the session alone
	urgent  bool // Options.Urgent said so
}

// Options are what a Fleet is given besides its class. The zero value is usable.
type Options[K, O comparable, S, E, F any] struct {
	// Host does what the machines order. It is told of every step, of one session one after the other in the order of the steps,
	// each exactly once; of different sessions by many goroutines at once. It runs on the goroutine of some caller, or of a timer,
	// with no lock held, and may call the fleet, except Close.
	Host func(Step[K, O, S, E, F])
	// Panicked is told when Host panics. Without it the panic goes on, to the caller of Fire or through the goroutine that fires
	// timers. In either way the session has taken its step, that step's effects are lost, and those behind it are delivered.
	Panicked func(key K, value any)

	Max     int // sessions beyond which none is added; DefaultMax if 0
	Waiting int // steps of one session that may wait for Host, beyond which events get ErrBusy; DefaultWaiting if 0
	// Urgent are events that must not be refused because a session's host is slow: hangups. There is room for as many steps again for
	// them. An event that ends its session is always urgent, since it is the last.
	Urgent func(E) bool
	// KeepFinal keeps sessions whose machines are all in final states. Otherwise such a session is removed when Host has been told
	// of the step that led there; until then it is counted and can be seen, and takes no event.
	KeepFinal bool

	// Durations are those of timers by name, "proxy.idle", where the spec's are not wanted.
	Durations map[string]time.Duration
	Tick      time.Duration // what deadlines are rounded up to, a microsecond at least; DefaultTick if 0
	// Again is when a timer that was due and was refused is tried again, if the session has taken no step before; DefaultAgain if 0.
	Again time.Duration
	// Drivers is how many goroutines fire timers, each those of a part of the sessions. While one of them tells Host of a timer, it fires no
	// other; where Host may take long, more of them hold up fewer. GOMAXPROCS if 0; at most one for each shard is used.
	Drivers int
	// Now is the time. If it is set, the fleet has no goroutine: the host calls Advance. It must not go backwards.
	Now func() time.Time
	// Answer completes the event of a timer with what its transitions ask of the host: extern guards and free choices.
	Answer func(key K, event E) E

	// Keys and Owners are how these are stored in a snapshot, where they are neither strings nor of fixed size nor marshal themselves.
	Keys   Codec[K]
	Owners Codec[O]

	// Text is a key as observers and errors show it; fmt.Sprint if nil.
	Text func(key K) string
}

// Fleet holds sessions: joint machines of one class by key. Any goroutine may call any method; none waits for the Host of a
// session, its own or another's, except where it is the one that tells it. It must be closed.
type Fleet[K, O comparable, S, E, F any] struct {
	class    *fsm.Class[S, E, F]
	options  Options[K, O, S, E, F]
	seed     maphash.Seed
	shards   []shard[K, O, S, E, F]
	sizes    atomic.Int64 // sessions there are, or that Add is about to make
	panics   atomic.Uint64
	busy     atomic.Uint64
	clock    clock
	watchers watchers[K, O, S, E, F]
	closing  sync.Once
}

// New returns an empty fleet of machines of a class. The error says which option is none.
func New[K, O comparable, S, E, F any](class *fsm.Class[S, E, F], options Options[K, O, S, E, F]) (*Fleet[K, O, S, E, F], error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	f := &Fleet[K, O, S, E, F]{class: class, options: options, seed: maphash.MakeSeed()}
	n := min(max((options.Max+sessionsAShard-1)/sessionsAShard, leastShards), mostShards)
	f.shards = make([]shard[K, O, S, E, F], 1<<bits.Len(uint(n-1)))
	for i := range f.shards {
		f.shards[i].counts = make([]int, len(class.States))
		f.shards[i].idle.L = &f.shards[i].lock
	}
	if err := f.startClock(); err != nil {
		return nil, err
	}
	return f, nil
}

// complete checks the options and fills in what is missing.
func (o *Options[K, O, S, E, F]) complete() error {
	if o.Max < 0 || o.Max > mostSessions || o.Waiting < 0 || o.Tick != 0 && o.Tick < leastTick || o.Again < 0 || o.Drivers < 0 {
		return fmt.Errorf("%w: Max is 1..%d, Waiting, Again and Drivers are positive, and Tick is at least %v; 0 is the default", ErrOptions, mostSessions, leastTick)
	}
	if o.Max == 0 {
		o.Max = DefaultMax
	}
	if o.Waiting == 0 {
		o.Waiting = DefaultWaiting
	}
	if o.Tick == 0 {
		o.Tick = DefaultTick
	}
	if o.Again == 0 {
		o.Again = DefaultAgain
	}
	if o.Drivers == 0 {
		o.Drivers = runtime.GOMAXPROCS(0)
	}
	if o.Text == nil {
		o.Text = func(key K) string { return fmt.Sprint(key) }
	}
	return nil
}

// Add starts a session under a key. The zero owner is none. Host is told of the start before Add returns.
func (f *Fleet[K, O, S, E, F]) Add(key K, owner O) error {
	if f.class.Start == nil {
		return ErrStart
	}
	start, effects, err := f.class.Start()
	if err != nil {
		return err
	}
	return f.Adopt(key, owner, start, effects)
}

// Adopt is Add for a machine that the caller has started, with the effects of its start; the timers that run in it begin now. One
// that is final at its start is kept until a step leads it there.
func (f *Fleet[K, O, S, E, F]) Adopt(key K, owner O, start S, effects F) error {
	if key != key || owner != owner {
		return ErrKey
	}
	if f.sizes.Add(1) > int64(f.options.Max) {
		f.sizes.Add(-1)
		return ErrFull
	}
	hash := f.hash(key)
	sh := f.shardOf(hash)
	sh.lock.Lock()
	s, err := f.admit(sh, hash, key, owner, start)
	if err != nil {
		sh.lock.Unlock()
		f.sizes.Add(-1)
		return err
	}
	slot := uint32(s.slot)
	step := Step[K, O, S, E, F]{Key: key, Owner: owner, Before: start, After: start, Effects: effects, Seq: f.class.Seq(start), Added: true}
	if armed := f.class.Armed(start); armed != 0 {
		f.setTimers(sh, s, armed, armed)
	}
	mine := f.toTell(s, &step) && f.taken(sh, s, &step)
	sh.lock.Unlock()
	if mine {
		f.deliver(sh, slot, int(nowhere), &step)
	}
	return nil
}

// admit makes a session, under the lock.
func (f *Fleet[K, O, S, E, F]) admit(sh *shard[K, O, S, E, F], hash uint64, key K, owner O, start S) (*session[K, S], error) {
	if sh.closed {
		return nil, ErrClosed
	}
	if sh.find(hash, key) != nil {
		return nil, ErrExists
	}
	if sh.live >= mostSlots {
		return nil, ErrFull
	}
	s := f.insert(sh, hash, key, start)
	if f.class.SeqBits == 0 {
		sh.setSeq(uint32(s.slot), 0)
	}
	sh.setOwner(s, owner)
	sh.counts[f.class.State(start)]++
	return s, nil
}

// Fire gives a session an event.
func (f *Fleet[K, O, S, E, F]) Fire(key K, event E) error { return f.FireWith(key, event, nil) }

// FireWith is Fire with something for the host, which finds it in the Step. A pointer is passed on without allocation.
func (f *Fleet[K, O, S, E, F]) FireWith(key K, event E, with any) error {
	hash := f.hash(key)
	f.shardOf(hash).touch(hash)
	return f.fireKey(hash, key, event, with)
}

// fireKey is FireWith when the memory of the session has been asked for.
func (f *Fleet[K, O, S, E, F]) fireKey(hash uint64, key K, event E, with any) error {
	var step Step[K, O, S, E, F]
	step.Event, step.With = event, with
	sh := f.shardOf(hash)
	for {
		sh.lock.Lock()
		s, place := sh.search(hash, key)
		if s == nil {
			sh.unknown++
			err := sh.absent()
			sh.lock.Unlock()
			return err
		}
		slot := uint32(s.slot)
		mine, err := f.fire(sh, s, &step)
		sh.lock.Unlock()
		switch {
		case mine:
			f.deliver(sh, slot, place, &step)
			return nil
		case err == nil:
			return nil
		case !f.again(&step, err):
			f.tellRefused(&step, err)
			return err
		}
	}
}

// absent is what is wrong where there is no session of a key, under the lock.
func (sh *shard[K, O, S, E, F]) absent() error {
	if sh.closed {
		return ErrClosed
	}
	return ErrUnknown
}

// fire lets a session take the event of a step, under the lock, and completes the step where somebody is to be told. It says whether the
// caller is the one to do that.
func (f *Fleet[K, O, S, E, F]) fire(sh *shard[K, O, S, E, F], s *session[K, S], step *Step[K, O, S, E, F]) (mine bool, err error) {
	before := s.state
	step.Key, step.Before, step.After = s.key, before, before
	switch {
	case sh.closed:
		return false, ErrClosed
	case s.mark&markEnded != 0:
		return false, ErrEnded
	}
	after, change, err := f.class.Take(before, step.Event, &sh.effects)
	if err != nil {
		sh.refused++
		step.Seq = f.class.Seq(before)
		return false, err
	}
	last := f.class.Final[change.To] && !f.options.KeepFinal
	if s.mark&markQueued != 0 && !last && !f.room(sh, s, step.urgent) {
		return false, ErrBusy
	}
	sh.steps++
	s.state = after
	if change.From != change.To {
		sh.counts[change.From]--
		sh.counts[change.To]++
	}
	step.After, step.Seq = after, change.Seq
	if f.class.SeqBits == 0 {
		step.Seq = sh.seq(uint32(s.slot)) + 1
		sh.setSeq(uint32(s.slot), step.Seq)
	}
	if last {
		step.Last = true
		s.mark |= markEnded
		sh.dropTimers(s)
	} else if change.Started != 0 || change.Armed != change.Before || s.mark&markHeld != 0 {
		f.followTimers(sh, s, change.Before, change.Armed, change.Started)
	}
	if !f.toTell(s, step) {
		return false, nil
	}
	step.Effects = sh.effects
	return f.taken(sh, s, step), nil
}

// room says whether another step of a session may wait for the host.
func (f *Fleet[K, O, S, E, F]) room(sh *shard[K, O, S, E, F], s *session[K, S], urgent bool) bool {
	n := sh.waiting[uint32(s.slot)].len()
	return n < f.options.Waiting || urgent && n < 2*f.options.Waiting
}

// again says whether a step is to be tried once more that was refused because too many wait: if it turns out to be urgent. It is
// called without the lock.
func (f *Fleet[K, O, S, E, F]) again(step *Step[K, O, S, E, F], err error) bool {
	if err != ErrBusy {
		return false
	}
	if !step.urgent && f.options.Urgent != nil && f.options.Urgent(step.Event) {
		step.urgent = true
		return true
	}
	f.busy.Add(1)
	return false
}

// toTell reports whether anybody is to be told of a step, be it that the session is to be removed behind it, or behind one that is being
// told.
func (f *Fleet[K, O, S, E, F]) toTell(s *session[K, S], step *Step[K, O, S, E, F]) bool {
	return s.mark&(markWatched|markBusy) != 0 || step.Last || f.heard()
}

// taken sees to it that a step is told of, under the lock, and says whether the caller is the one to do it.
func (f *Fleet[K, O, S, E, F]) taken(sh *shard[K, O, S, E, F], s *session[K, S], step *Step[K, O, S, E, F]) (mine bool) {
	step.Owner = sh.owner(s)
	step.watched = s.mark&markWatched != 0
	if s.mark&markBusy != 0 {
		sh.wait(s, step)
		return false
	}
	s.mark |= markBusy
	sh.delivering++
	return true
}

// heard reports whether anybody wants to be told of steps.
func (f *Fleet[K, O, S, E, F]) heard() bool {
	return f.options.Host != nil || f.watchers.list.Load() != nil || fsm.Observed()
}

// Remove takes a session away, whatever its state, without an event: the host is not told. Steps that were taken before are
// delivered before the key is free again.
func (f *Fleet[K, O, S, E, F]) Remove(key K) error {
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
	if s.mark&markEnded != 0 {
		return ErrEnded
	}
	s.mark |= markEnded
	sh.dropTimers(s)
	if s.mark&markBusy == 0 {
		f.release(sh, s)
	}
	return nil
}

// release forgets a session, under the lock.
func (f *Fleet[K, O, S, E, F]) release(sh *shard[K, O, S, E, F], s *session[K, S]) {
	if s.mark&markWatched != 0 {
		sh.endWatched(uint32(s.slot))
	}
	var none O
	sh.setOwner(s, none)
	sh.counts[f.class.State(s.state)]--
	sh.remove(s, f.hash)
	f.sizes.Add(-1)
}

func (f *Fleet[K, O, S, E, F]) hash(key K) uint64 { return maphash.Comparable(f.seed, key) }

func (f *Fleet[K, O, S, E, F]) shardOf(hash uint64) *shard[K, O, S, E, F] {
	return &f.shards[hash&uint64(len(f.shards)-1)]
}
