package check

import (
	"math/bits"
	"slices"

	"interlock/fsm"
)

// A joint state is new, but what an instance does in it is mostly not: it rests on a few bits, those that the instance looks at
// and changes, and in these it has been before, next to other states of others. So what the closures made is kept, by these
// bits: a step from the same bits is made again by turning round the bits that differed. (Local states are cached so in the
// PINS interface of LTSmin; Blom, van de Pol, Weber, Bridging the Gap between Enumerative and Symbolic Model Checkers, 2009.)
//
// What goes into links and what is taken out of them is not in the bits: it is done in each joint state anew.

// memos is what is remembered in one search. Of an exec without them every step is made by its closures.
type memos struct {
	own     [][]*memo // by instance and leaf state: the steps that it takes by itself
	links   [][]*memo // by link and leaf state of the receiver: deliveries
	joints  []*memo   // by joint transition
	crashes []*memo
	nodes   []*memo  // restarts
	spare   int      // bytes that all may still take
	packets []uint64 // by word: the bits of links
	learned *memo    // the one that notes what is made at the moment; nil: none does
}

// memo remembers what one instance does in one leaf state, of its own or when something is delivered.
type memo struct {
	at      [2]int // the words that hold what is looked at and changed
	mask    [2]uint64
	slots   []remembered // open addressing, at most half full
	shift   uint         // of a hash, to be a slot
	n       int
	outs    []outcome
	posts   []posting
	asked   int // since the table was last looked at
	missed  int
	off     bool // it does not pay, or cannot be
	idle    bool // nothing is ever done there
	strange bool // what is noted at the moment cannot be made again so
}

// remembered is what was made of some bits. outs[from:to] are the steps, in their order.
type remembered struct {
	first, second uint64 // the bits of the two words
	code          uint64 // of the message; 1 where there is none; 0: the slot is free
	from, to      uint32
	plain         bool // it ends in another way than with steps: run the closures
	defers        bool // a message that is delivered may be overtaken
}

// outcome is one step: the bits that it turns round, and what it sends.
type outcome struct {
	turn     [2]uint64
	taken    *transition
	from, to uint32 // in posts
	event    int32  // as in step
}

// posting is a message of one word that goes into a link that keeps it.
type posting struct {
	link *link
	code uint64
}

const (
	memoSlots    = 1 << 4  // of a new memo
	memoMost     = 1 << 13 // slots of one memo: beyond, they are no nearer than the closures
	memoTrial    = 1 << 10 // slots from which on a memo must have paid
	memoPays     = 8       // a memo pays that is asked so many times for each time that it does not know
	memoShare    = 32      // memos take at most one part in so many of the memory for states,
	memoBytes    = 1 << 25 // and no more than this
	bytesSlot    = 40
	bytesOutcome = 40
)

// newMemos is memos for a program; nil if there is no room for any.
func newMemos(p *program, room int64) *memos {
	m := &memos{spare: int(min(room/memoShare, memoBytes)), packets: make([]uint64, p.words)}
	for i := range p.layout.links {
		p.layout.links[i].mark(m.packets)
	}
	for _, in := range p.instances {
		m.own = append(m.own, make([]*memo, len(in.states)))
	}
	for _, l := range p.links {
		m.links = append(m.links, make([]*memo, len(l.receiver)))
	}
	m.joints, m.crashes, m.nodes = make([]*memo, len(p.joints)), make([]*memo, len(p.crashes)), make([]*memo, len(p.nodes))
	return m
}

// visited notes in which leaf states instances were: those of which something is remembered.
func (m *memos) visited(c *coverage) {
	for i, states := range m.own {
		for state, o := range states {
			if o != nil {
				c.entered[c.begins[i]+state] = true
			}
		}
	}
}

// newMemo is an empty memo for steps that look at and change what f has found.
func (m *memos) newMemo(f *concern) *memo {
	fresh := &memo{off: len(f.views) > 0}
	at := 0
	for word, mask := range f.mask {
		if mask == 0 {
			continue
		}
		if at == len(fresh.at) {
			fresh.off = true
			break
		}
		fresh.at[at], fresh.mask[at] = word, mask
		at++
	}
	if !fresh.off {
		fresh.off = !m.resize(fresh, memoSlots)
	}
	return fresh
}

// mark sets the bits of a link.
func (k *linkLayout) mark(w []uint64) {
	for at, left := k.at, k.size; left > 0; at, left = at+64, left-64 {
		set(w, at, uint(min(left, 64)), ^uint64(0)>>(64-min(left, 64)))
	}
}

// resize gives a memo n slots, and puts what it knows into them. It reports whether there is room for them.
func (m *memos) resize(o *memo, n int) bool {
	if m.spare -= (n - len(o.slots)) * bytesSlot; m.spare < 0 {
		m.spare += (n - len(o.slots)) * bytesSlot
		return false
	}
	old := o.slots
	o.slots, o.shift = make([]remembered, n), 64
	for size := n; size > 1; size /= 2 {
		o.shift--
	}
	for i := range old {
		if r := &old[i]; r.code != 0 {
			*o.slot(r.first, r.second, r.code) = *r
		}
	}
	return true
}

// slot is where something is remembered, or would be: then its code is 0.
func (o *memo) slot(first, second, code uint64) *remembered {
	h := first*0x9e3779b97f4a7c15 + second*0xd6e8feb86659fd93 + code*0xe7037ed1a0b428db
	slots := o.slots
	for at := int(h >> (o.shift & 63)); ; at++ {
		r := &slots[at&(len(slots)-1)]
		if r.first == first && r.second == second && r.code == code || r.code == 0 {
			return r
		}
	}
}

// forget empties a memo.
func (m *memos) forget(o *memo) {
	m.spare += len(o.outs) * bytesOutcome
	clear(o.slots)
	o.n, o.outs, o.posts = 0, o.outs[:0], o.posts[:0]
}

// judge turns a memo off that has not paid since it was last looked at. It reports whether it did.
func (m *memos) judge(o *memo) bool {
	asked, missed := o.asked, o.missed
	o.asked, o.missed = 0, 0
	if asked >= memoPays*missed {
		return true
	}
	m.spare += len(o.slots)*bytesSlot + len(o.outs)*bytesOutcome
	*o = memo{off: true}
	return false
}

// keep remembers what has been noted since outs had a length.
func (m *memos) keep(o *memo, r remembered, since int) {
	if o.strange {
		r.plain = true
		o.outs = o.outs[:since]
	}
	r.from, r.to = uint32(since), uint32(len(o.outs))
	m.spare -= (len(o.outs) - since) * bytesOutcome
	*o.slot(r.first, r.second, r.code) = r
	o.n++
	if o.n <= len(o.slots)/2 && m.spare >= 0 {
		return
	}
	if len(o.slots) >= memoTrial && !m.judge(o) {
		return
	}
	if len(o.slots) >= memoMost || !m.resize(o, 2*len(o.slots)) {
		m.forget(o)
	}
}

// note adds the run that the exec has just made to what is noted, before what it sends leaves.
func (o *memo) note(x *exec, s step) {
	switch {
	case o.strange || x.end == notEnabled:
		return
	case x.end == violated || len(x.taken) > 1:
		o.strange = true
		return
	}
	o.foresaw(x)
	out := outcome{event: int32(s.event), from: uint32(len(o.posts))}
	if len(x.taken) == 1 {
		out.taken = x.taken[0]
	}
	for i := range out.turn {
		out.turn[i] = (x.w[o.at[i]] ^ x.base[o.at[i]]) & o.mask[i]
	}
	stride := x.p.maxArgs + 2
	for _, sent := range x.sends {
		if sent.letter < 0 {
			o.posts = append(o.posts, posting{sent.link, sent.code})
			continue
		}
		if sent.link.Kind == fsm.Atomic || sent.link.at.parcel() != 1 {
			o.strange = true
			return
		}
		sent.link.at.encode(x.letters[sent.letter : sent.letter+stride][1:], x.code)
		o.posts = append(o.posts, posting{sent.link, x.code[0]})
	}
	out.to = uint32(len(o.posts))
	if len(o.outs) == cap(o.outs) {
		o.outs = slices.Grow(o.outs, max(8, len(o.outs))) // by less, as append does, most of the time of it goes into new pages of memory
	}
	o.outs = append(o.outs, out)
}

// foresaw panics if a step has changed something else than it was known to change.
func (o *memo) foresaw(x *exec) {
	for word, w := range x.w {
		change := (w ^ x.base[word]) &^ x.memos.packets[word]
		for i, at := range o.at {
			if at == word {
				change &^= o.mask[i]
			}
		}
		if change != 0 {
			panic("check: a step changes what it was not known to change")
		}
	}
}

// again makes a step that is remembered: all of it but what it sends.
func (x *exec) again(o *memo, out *outcome) {
	if len(x.w) == 1 {
		x.w[0] = x.base[0] ^ out.turn[0]
	} else {
		copyWords(x.w, x.base)
		x.w[o.at[0]] ^= out.turn[0]
		x.w[o.at[1]] ^= out.turn[1]
	}
	x.dirty, x.end = true, done
	x.taken = x.taken[:0]
	if out.taken != nil {
		x.taken = append(x.taken, out.taken)
	}
}

// postAll puts into the links what a step that is remembered sends.
func (x *exec) postAll(posts []posting) {
	for i := range posts {
		p := &posts[i]
		if p.link.at.narrow() {
			x.postNarrow(p.link, p.code)
		} else {
			x.code[0] = p.code
			x.post(p.link)
		}
		if x.end != done {
			return
		}
	}
}

// recallOwn is expandOwn of an instance that is in the state in, by what is remembered.
func (x *exec) recallOwn(i int, in int64, visit func(step)) {
	if x.halted {
		return
	}
	o := x.memos.own[i][in]
	if o == nil {
		o = x.memos.newMemo(x.p.ownConcern(i, int(in)))
		o.idle = len(x.p.instances[i].states[in].tries) == 0
		x.memos.own[i][in] = o
	}
	switch {
	case o.idle:
		return
	case o.off:
		x.tryOwn(i, in, visit)
		return
	}
	o.asked++
	first, second := x.base[o.at[0]]&o.mask[0], x.base[o.at[1]]&o.mask[1]
	r := o.slot(first, second, 1)
	switch {
	case r.code == 0:
		since := x.learn(o)
		x.tryOwn(i, in, visit)
		x.learnt(o, remembered{first: first, second: second, code: 1}, since)
		return
	case r.plain:
		x.tryOwn(i, in, visit)
		return
	}
	x.repeatOwn(o, r, i, visit)
}

// repeatOwn takes the steps of an instance that are remembered.
func (x *exec) repeatOwn(o *memo, r *remembered, i int, visit func(step)) {
	outs, posts := o.outs[r.from:r.to], o.posts
	for n := range outs {
		out := &outs[n]
		x.again(o, out)
		if out.from != out.to {
			if x.postAll(posts[out.from:out.to]); x.end == notEnabled {
				continue
			}
		}
		if visit(step{kind: fsm.Handle, index: i, event: int(out.event)}); x.halted {
			return
		}
	}
}

// recallInstances is expandOwn of every instance, by what is remembered. Most of them do nothing, or what they have done before.
func (x *exec) recallInstances(visit func(step)) {
	located := x.p.layout.states
	for i, states := range x.memos.own {
		var in int64
		if located != nil {
			in = located[i].read(x.base)
		} else {
			in = x.p.value(x.base, i)
		}
		if in == fsm.Down {
			continue
		}
		if o := states[in]; o != nil && !o.off {
			if o.idle {
				continue
			}
			r := o.slot(x.base[o.at[0]]&o.mask[0], x.base[o.at[1]]&o.mask[1], 1)
			if r.code != 0 && !r.plain {
				if o.asked++; r.from == r.to {
					continue
				}
				if x.repeatOwn(o, r, i, visit); x.halted {
					return
				}
				continue
			}
		}
		if x.recallOwn(i, in, visit); x.halted {
			return
		}
	}
}

// attemptOne is attempt of a step that no single instance takes by itself, by what is remembered if something is.
func (x *exec) attemptOne(s step, visit func(step)) {
	if x.memos == nil || x.halted {
		x.attempt(s, visit)
		return
	}
	o := x.memos.of(x.p, s)
	if o.off {
		x.attempt(s, visit)
		return
	}
	o.asked++
	first, second := x.base[o.at[0]]&o.mask[0], x.base[o.at[1]]&o.mask[1]
	r := o.slot(first, second, 1)
	if r.code == 0 {
		since := x.learn(o)
		x.attempt(s, visit)
		x.learnt(o, remembered{first: first, second: second, code: 1}, since)
		return
	}
	if r.plain {
		x.attempt(s, visit)
		return
	}
	outs, posts := o.outs[r.from:r.to], o.posts
	for n := range outs {
		out := &outs[n]
		x.again(o, out)
		if x.postAll(posts[out.from:out.to]); x.end == notEnabled {
			continue
		}
		if visit(s); x.halted {
			return
		}
	}
}

// of is the memo for a joint transition, a crash or a restart.
func (m *memos) of(p *program, s step) *memo {
	list, find := m.joints, p.jointConcern
	switch s.kind {
	case fsm.CrashNode:
		list, find = m.crashes, p.crashConcern
	case fsm.RestartNode:
		list, find = m.nodes, p.restartConcern
	}
	if list[s.index] == nil {
		list[s.index] = m.newMemo(find(s.index))
	}
	return list[s.index]
}

// learn begins to note what the exec makes.
func (x *exec) learn(o *memo) (since int) {
	o.missed++
	o.strange = false
	x.memos.learned = o
	return len(o.outs)
}

// learnt remembers what was noted, unless the search ended before all was.
func (x *exec) learnt(o *memo, r remembered, since int) {
	x.memos.learned = nil
	if x.halted {
		o.outs = o.outs[:since]
		return
	}
	x.memos.keep(o, r, since)
}

// recallPackets takes the deliveries from every link, by what is remembered.
func (x *exec) recallPackets(visit func(step)) {
	for i, l := range x.p.links {
		var row uint64
		switch at := l.at; {
		case at.capacity == 0:
			continue
		case at.narrow():
			if row = at.bitsOf(x.base); row == 0 {
				continue
			}
		case at.free(x.base, 0):
			continue
		}
		in := x.p.state(x.base, l.To)
		if in == fsm.Down {
			continue
		}
		o := x.memos.links[i][in]
		if o == nil {
			o = x.memos.newMemo(x.p.linkConcern(i, int(in)))
			o.off = o.off || l.at.parcel() != 1
			x.memos.links[i][in] = o
		}
		if o.off {
			x.expandLink(fsm.Deliver, i, 0, visit)
			continue
		}
		x.recallLink(o, i, l, row, visit)
	}
}

// recallLink takes the deliveries from a link that holds something. row is what it holds, if that is no wider than a word.
func (x *exec) recallLink(o *memo, i int, l *link, row uint64, visit func(step)) {
	at, before := l.at, uint64(0)
	n := 0
	if at.narrow() {
		n = at.countIn(row)
	} else {
		n = at.count(x.base)
	}
	for place := 0; place < n && !x.halted; place++ {
		var code uint64
		switch {
		case !at.narrow():
			at.code(x.base, place, x.code)
			code = x.code[0]
		case at.set:
			code = uint64(bits.TrailingZeros64(beyond(row, place))) + 1
		default:
			code = row >> (uint(place*at.width) & 63) & (1<<at.width - 1)
		}
		if l.bag && code == before {
			continue
		}
		before = code
		if defers := x.recallPacket(o, l, step{kind: fsm.Deliver, index: i, position: place}, row, code, visit); !l.bag && !defers {
			return
		}
		if o.off {
			x.expandLink(fsm.Deliver, i, place+1, visit)
			return
		}
	}
}

// recallPacket takes one delivery, of the message with a code, by what is remembered. It returns whether it may be overtaken.
func (x *exec) recallPacket(o *memo, l *link, s step, row, code uint64, visit func(step)) (defers bool) {
	o.asked++
	first, second := x.base[o.at[0]]&o.mask[0], x.base[o.at[1]]&o.mask[1]
	r := o.slot(first, second, code)
	if r.code == 0 {
		if !l.bag {
			copy(x.w, x.base)
			defers = x.canDefer(l, s.position)
		}
		since := x.learn(o)
		x.attempt(s, visit)
		x.learnt(o, remembered{first: first, second: second, code: code, defers: defers}, since)
		return defers
	}
	defers = r.defers
	if r.plain {
		x.attempt(s, visit)
		return defers
	}
	outs, posts, at := o.outs[r.from:r.to], o.posts, l.at
	for n := range outs {
		out := &outs[n]
		x.again(o, out)
		switch {
		case l.Kind == fsm.Keep:
		case at.narrow():
			at.setBits(x.w, at.without(row, s.position))
		default:
			at.takeOut(x.w, s.position, x.room)
		}
		if out.from != out.to {
			x.postAll(posts[out.from:out.to])
		}
		if x.end == notEnabled || x.idle(s) {
			continue
		}
		if visit(s); x.halted {
			break
		}
	}
	return defers
}

// concern is the bits that something looks at or changes, beyond what is in links.
type concern struct {
	k     *compiler
	mask  []uint64 // by word
	views []int    // the links that it looks at too
}

// ownConcern is that of all steps that an instance in a leaf state takes by itself. Without any it takes none.
func (p *program) ownConcern(i, state int) *concern {
	f := &concern{k: newCompiler(p, i), mask: make([]uint64, p.words)}
	m := p.sys.MachineOf(i)
	f.cells(i, 1)
	for n := range p.instances[i].states[state].own {
		own := &p.instances[i].states[state].own[n]
		if own.kind == fsm.Fire {
			f.cells(own.timer, 1)
			f.tests(own.ready)
		}
		f.levels(m, m.States[state].On[own.event])
	}
	return f
}

// linkConcern is that of all deliveries from a link while the receiver is in a leaf state.
func (p *program) linkConcern(link, state int) *concern {
	l := p.links[link]
	f := &concern{k: newCompiler(p, l.To), mask: make([]uint64, p.words)}
	f.k.from = []int64{l.from}
	m := p.sys.MachineOf(l.To)
	f.cells(l.To, 1)
	for event, e := range m.Events {
		if e.Kind == fsm.Receive && slices.Contains(l.Carries, e.Message) {
			f.levels(m, m.States[state].On[event])
		}
	}
	return f
}

// jointConcern is that of a joint transition.
func (p *program) jointConcern(i int) *concern {
	t := p.sys.Joints[i]
	k := newCompiler(p, fsm.OwnInstance)
	k.params = t.Args
	f := &concern{k: k, mask: make([]uint64, p.words)}
	f.expr(t.Guard)
	f.body(t.Body)
	for _, part := range t.Parts {
		k := newCompiler(p, part.Instance)
		k.params = t.Args
		of := &concern{k: k, mask: f.mask}
		of.cells(part.Instance, 1)
		for _, body := range part.Bodies {
			of.body(body)
		}
		f.views = append(f.views, of.views...)
	}
	return f
}

// crashConcern is that of a crash. One that empties links is not remembered.
func (p *program) crashConcern(i int) *concern {
	c := p.crashes[i]
	n := p.nodes[c.node]
	f := &concern{k: newCompiler(p, c.instance), mask: make([]uint64, p.words), views: n.queues}
	f.cells(c.counter, 1)
	f.node(n)
	f.body(p.sys.Crashes[i].Body)
	return f
}

// node adds what a node loses when it goes down.
func (f *concern) node(n *node) {
	for _, i := range n.instances {
		f.cells(i, 1)
	}
	for _, first := range n.forgets {
		f.cells(first.cell, 1)
	}
	for _, timer := range n.timers {
		f.cells(timer, 1)
	}
}

// restartConcern is that of the restart of a node.
func (p *program) restartConcern(i int) *concern {
	n := p.nodes[i]
	f := &concern{mask: make([]uint64, p.words)}
	for _, i := range n.instances {
		m := p.sys.MachineOf(i)
		of := &concern{k: newCompiler(p, i), mask: f.mask}
		of.node(n)
		for _, first := range n.anew {
			of.cells(first.cell, 1)
		}
		of.levels(m, m.Restart)
		of.body(m.Entry)
		f.views = append(f.views, of.views...)
	}
	return f
}

// cells adds n cells from the first on.
func (f *concern) cells(first, n int) {
	for cell := first; cell < first+n; cell++ {
		if at := &f.k.p.at[cell]; at.bits > 0 {
			f.tests(equals(at.at, at.bits, 0))
		}
	}
}

// tests adds the bits that tests are about.
func (f *concern) tests(list []test) {
	for _, t := range list {
		f.mask[t.word] |= t.mask
	}
}

// levels adds the transitions of levels.
func (f *concern) levels(m *fsm.Machine, levels []fsm.Level) {
	for _, level := range levels {
		for _, t := range level {
			f.expr(m.Transitions[t].Guard)
			f.body(m.Transitions[t].Body)
		}
	}
}

// expr adds what an expression looks at. Nil is no expression.
func (f *concern) expr(e *fsm.Expr) {
	if e == nil {
		return
	}
	if _, ok := f.k.constant(e); ok {
		return
	}
	if isCondition(e.Op) {
		if list, ok := f.k.tests(e); ok {
			f.tests(list)
			return
		}
	}
	switch e.Op {
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		t, base := f.k.variable(e)
		f.variable(t, base, e.Args)
		return
	case fsm.OpArmed:
		f.cells(f.k.p.timers+f.k.p.sys.TimerSlot(f.k.instance(e), e.Index), 1)
	case fsm.OpIn:
		f.cells(f.k.instance(e), 1)
	case fsm.OpLinkLen, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
		f.views = append(f.views, e.Links...)
	}
	for _, a := range e.Args {
		f.expr(a)
	}
}

// variable adds the elements of a variable of type t that begins at base which an index may choose.
func (f *concern) variable(t *fsm.Type, base int, index []*fsm.Expr) {
	for _, e := range index {
		f.expr(e)
	}
	if cell, ok := f.k.slotOf(t, base, index); ok {
		f.cells(cell, 1)
		return
	}
	f.cells(base, t.Slots())
}

// body adds what statements look at and change.
func (f *concern) body(stmts []*fsm.Stmt) {
	for _, s := range stmts {
		switch s.Op {
		case fsm.Assign:
			f.assign(s)
		case fsm.Start, fsm.Stop:
			f.cells(f.k.p.timers+f.k.p.sys.TimerSlot(f.k.own, s.Timer), 1)
		}
		f.expr(s.Cond)
		f.expr(s.Element)
		for _, e := range s.Args {
			f.expr(e)
		}
		f.body(s.Then)
		f.body(s.Else)
	}
}

// assign adds what an assignment looks at and changes: of a set to which known elements are added, these only.
func (f *concern) assign(s *fsm.Stmt) {
	if len(s.Targets) == 1 {
		var t text
		if to, kept := f.k.place(s.Targets[0], s); kept && to.fixed >= 0 && f.k.assignKnown(&t, to, s.Values[0]) {
			for _, fix := range t.fixes {
				f.mask[fix.word] |= ^fix.keep
			}
			return
		}
	}
	for i, target := range s.Targets {
		f.expr(s.Values[i])
		v, base := f.k.target(target)
		f.variable(v.Type, base, target.Index)
	}
}
