package spec

import (
	"slices"
	"strings"

	"interlock/fsm"
)

// carried is a message that goes from one instance to another.
type carried struct{ from, to, message int }

// sending is something that an instance may send: a message to an element of a peer.
type sending struct{ peer, element, message int }

// findSends works out what each instance may send. A body that the index or the parameters of the instance switch off sends
// nothing, so that nothing needs a link that no run uses.
func (s *system) findSends() {
	s.sends = make([][]sending, len(s.ir.Instances))
	var finders []*sendFinder
	for _, g := range s.groups {
		if g.machine == nil {
			continue
		}
		for i := range g.count {
			in := s.ir.Instances[g.first+i]
			f := &sendFinder{in: in, index: g.first + i, m: g.machine, found: map[sending]bool{}}
			f.walkState(g.machine.root)
			f.walkHolder(&g.machine.restart)
			f.joints(s, g)
			s.sends[f.index] = f.list
			finders = append(finders, f)
		}
	}
	for again := true; again; { // an answer may make another answer possible; what is possible only grows
		again = false
		for _, f := range finders {
			again = f.answer(s) || again
		}
	}
}

// reply is a send to the sender of the message at hand.
type reply struct{ peer, message, handled int }

// anyMessage is the message that a wildcard handles.
const anyMessage = -1

// answer adds the replies to what is sent to the instance as far as is known; it reports whether there are new ones.
func (f *sendFinder) answer(s *system) bool {
	before := len(f.list)
	for _, r := range f.replies {
		for from, list := range s.sends {
			for _, x := range list {
				bound := s.ir.Instances[from].Peers[x.peer]
				if (x.message != r.handled && r.handled != anyMessage) || x.element >= len(bound) || bound[x.element] != f.index {
					continue
				}
				if i := s.ir.Instances[from].Index; i < f.m.peers[r.peer].n {
					f.add(sending{r.peer, i, r.message})
				}
			}
		}
	}
	s.sends[f.index] = f.list
	return len(f.list) > before
}

// sendFinder collects the sends of one instance.
type sendFinder struct {
	in      *fsm.Instance
	index   int // of the instance
	m       *machine
	found   map[sending]bool
	list    []sending
	handled eventKey // what the body at hand answers
	wild    bool     // it is for other messages
	replies []reply
}

func (f *sendFinder) walkState(s *state) {
	f.handled, f.wild = eventKey{kind: fsm.Internal}, false
	f.walk(s.entry)
	f.walk(s.exit)
	f.walkHolder(&s.holder)
	for _, child := range s.children {
		f.walkState(child)
	}
}

func (f *sendFinder) walkHolder(h *holder) {
	for _, key := range h.keys {
		f.handled = key
		for _, group := range ranks(h.on[key]) {
			if f.walkHandlers(group) {
				break
			}
		}
	}
	f.wild = true
	f.walkHandlers(h.wild)
	f.wild = false
}

// walkHandlers walks answers of one rank; final says that one of them is always given, so that no later rank is asked.
func (f *sendFinder) walkHandlers(group []*handler) (final bool) {
	for _, x := range group {
		v, known := int64(1), true
		if x.guard != nil {
			v, known = f.known(x.guard)
		}
		if x.never || known && v == 0 {
			continue
		}
		final = final || known
		f.walk(x.body)
	}
	return final
}

func (f *sendFinder) walk(stmts []*fsm.Stmt) {
	for _, st := range stmts {
		switch st.Op {
		case fsm.If:
			v, known := f.known(st.Cond)
			if !known || v != 0 {
				f.walk(st.Then)
			}
			if !known || v == 0 {
				f.walk(st.Else)
			}
		case fsm.Send:
			if f.isReply(st) {
				continue
			}
			lo, hi := int64(0), int64(0)
			if st.Element != nil {
				lo, hi = max(st.Element.Type.Lo, 0), min(st.Element.Type.Hi, int64(f.m.peers[st.Peer].n-1))
				if v, known := f.known(st.Element); known {
					lo, hi = max(v, lo), min(v, hi)
				}
			}
			for i := lo; i <= hi; i++ {
				f.add(sending{st.Peer, int(i), st.Message})
			}
		}
	}
}

// isReply notes a send to the sender of the message at hand, whose index is worked out when all sends are known.
func (f *sendFinder) isReply(st *fsm.Stmt) bool {
	if st.Element == nil || st.Element.Op != fsm.OpFrom || f.handled.kind != fsm.Receive && !f.wild {
		return false
	}
	r := reply{st.Peer, st.Message, f.handled.index}
	if f.wild {
		r.handled = anyMessage
	}
	if !slices.Contains(f.replies, r) {
		f.replies = append(f.replies, r)
	}
	return true
}

func (f *sendFinder) add(x sending) {
	if !f.found[x] {
		f.found[x] = true
		f.list = append(f.list, x)
	}
}

// joints adds what the instance may send in its parts of joint transitions, whose bodies are lowered later.
func (f *sendFinder) joints(s *system, g *group) {
	s.jointSends(g, func(peer, message int) {
		for i := range max(f.m.peers[peer].n, 1) {
			f.add(sending{peer, i, message})
		}
	})
}

// known evaluates an expression that depends on nothing but the index and the parameters of the instance.
func (f *sendFinder) known(x *fsm.Expr) (v int64, ok bool) {
	switch x.Op {
	case fsm.OpConst:
		return x.Value, true
	case fsm.OpSelf:
		return int64(f.in.Index), true
	case fsm.OpMachineParam:
		if x.Index < len(f.in.Args) {
			return f.in.Args[x.Index], true
		}
		return 0, false
	case fsm.OpNot, fsm.OpNeg:
		v, ok = f.known(x.Args[0])
		if x.Op == fsm.OpNeg {
			return -v, ok
		}
		return 1 - v, ok
	case fsm.OpAnd, fsm.OpOr:
		return f.knownJunction(x)
	}
	if x.Op < fsm.OpEq || x.Op > fsm.OpShr || len(x.Args) != 2 {
		return 0, false
	}
	a, aKnown := f.known(x.Args[0])
	b, bKnown := f.known(x.Args[1])
	if !aKnown || !bKnown {
		return 0, false
	}
	return fold(x.Op, a, b)
}

func (f *sendFinder) knownJunction(x *fsm.Expr) (v int64, ok bool) {
	decides := int64(0)
	if x.Op == fsm.OpOr {
		decides = 1
	}
	all := true
	for _, a := range x.Args {
		v, ok := f.known(a)
		if ok && v == decides {
			return decides, true
		}
		all = all && ok
	}
	return 1 - decides, all
}

// goes lists the messages that may go from one instance to another, ascending.
func (s *system) goes(from, to int) []int {
	var list []int
	for _, x := range s.sends[from] {
		if bound := s.ir.Instances[from].Peers[x.peer]; x.element < len(bound) && bound[x.element] == to {
			list = append(list, x.message)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// lowerLinks makes a link for every pair of instances between which a declared one carries something.
func (s *system) lowerLinks() {
	for _, member := range s.members {
		if d, ok := member.(*LinkDecl); ok {
			s.lowerLink(d)
		}
	}
	s.linked = true
	for _, list := range s.sortedBetween() {
		for _, l := range list {
			link := s.ir.Links[l]
			link.Name = s.ir.Instances[link.From].Name + " -> " + s.ir.Instances[link.To].Name
			if len(list) > 1 {
				link.Name += " carries " + s.messageNames(link.Carries)
			}
		}
	}
}

// sortedBetween lists the links by pair.
func (s *system) sortedBetween() [][]int {
	var list [][]int
	seen := map[[2]int]bool{}
	for _, l := range s.ir.Links {
		if pair := [2]int{l.From, l.To}; !seen[pair] {
			seen[pair] = true
			list = append(list, s.between[pair])
		}
	}
	return list
}

func (s *system) messageNames(messages []int) string {
	var names []string
	for _, m := range messages {
		names = append(names, s.c.spec.Messages[m].Name)
	}
	return strings.Join(names, ", ")
}

// ends resolves the two sides of a link to their instances.
func (s *system) ends(d *LinkDecl) (from, to []int) {
	e := s.env("a link")
	for i, side := range []InstanceRef{d.From, d.To} {
		ref := e.instance(side)
		if ref == nil {
			continue
		}
		if ref.index != nil {
			s.c.tell("not-constant", side.Index.Pos(), "a link must be known beforehand")
			continue
		}
		n := 1
		if ref.whole {
			n = ref.group.count
		}
		for k := range n {
			if i == 0 {
				from = append(from, ref.first+k)
			} else {
				to = append(to, ref.first+k)
			}
		}
	}
	return from, to
}

func (s *system) lowerLink(d *LinkDecl) {
	from, to := s.ends(d)
	model, ok := s.linkOptions(d)
	carries, known := s.carries(d)
	if len(from) == 0 || len(to) == 0 || !ok || !known {
		s.badLinks = true
		return
	}
	made, peers := 0, false
	used := map[int]bool{}
	join := func(a, b int) {
		peers = peers || s.arePeers(a, b)
		for _, m := range s.goes(a, b) {
			used[m] = true
		}
		if s.makeLink(d, model, carries, a, b) {
			made++
		}
	}
	for _, a := range from {
		for _, b := range to {
			join(a, b)
			if d.Both && a != b {
				join(b, a)
			}
		}
	}
	s.judgeLink(d, made, peers, used)
}

// judgeLink tells of a link that carries nothing, or not what it says.
func (s *system) judgeLink(d *LinkDecl, made int, peers bool, used map[int]bool) {
	arrow := " -> "
	if d.Both {
		arrow = " <-> "
	}
	at := cover(d.From.Span, d.To.Span)
	if !peers {
		s.badLinks = true
		s.c.tell("not-peers", at, "%s is not a peer of %s: no message goes that way", quote(d.To.Name.Name), quote(d.From.Name.Name)).
			help("Declare `peer %s …` in its machine, or take the link away.", d.To.Name.Name)
		return
	}
	for _, name := range d.Carries {
		if m, ok := s.c.messages.find(name.Name); ok && !used[m.index] {
			s.c.warning("carries-unsent", name.Span, "nothing sends %s from %s to %s", quote(name.Name), d.From.Name.Name, d.To.Name.Name).
				help("Take it out of `carries`.")
			return
		}
	}
	if made == 0 && len(used) == 0 {
		s.c.later = append(s.c.later, func() {
			s.c.warning("link-unused", at, "no message goes along %s%s%s", d.From.Name.Name, arrow, d.To.Name.Name).
				help("Take the link away.")
		})
	}
}

// arePeers reports whether b is a peer of a. Where that is not known because of a mistake, it says yes.
func (s *system) arePeers(a, b int) bool {
	in := s.ir.Instances[a]
	for _, bound := range in.Peers {
		if bound == nil || slices.Contains(bound, b) {
			return true
		}
	}
	return len(in.Peers) == 0 && s.c.machines.list[in.Machine].hidden
}

// carries resolves the messages of a link; empty means everything.
func (s *system) carries(d *LinkDecl) (list []int, ok bool) {
	ok = true
	seen := map[string]fsm.Span{}
	for _, name := range d.Carries {
		m := s.c.findMessage(name)
		if m == nil {
			ok = false
			continue
		}
		if first, twice := seen[name.Name]; twice {
			s.c.duplicate(name, "message", first)
			continue
		}
		seen[name.Name] = name.Span
		list = append(list, m.index)
	}
	return list, ok
}

// makeLink makes the link of one pair, unless it would carry nothing.
func (s *system) makeLink(d *LinkDecl, model fsm.Link, carries []int, from, to int) bool {
	var list []int
	for _, m := range s.goes(from, to) {
		if len(d.Carries) > 0 && !slices.Contains(carries, m) {
			continue
		}
		key := carried{from, to, m}
		if first := s.carrier[key]; first != nil {
			if first != d { // an array that is linked with itself meets each pair twice
				s.carriedTwice(d, first, m)
			}
			continue
		}
		s.carrier[key] = d
		list = append(list, m)
	}
	if len(list) == 0 {
		return false
	}
	if len(s.ir.Links) >= maxLinks {
		s.badLinks = true
		s.c.tell("limit", d.From.Span, "system %s has more than %d links, counted for each pair of instances",
			quote(s.decl.Name.Name), maxLinks)
		return false
	}
	link := model
	link.From, link.To, link.Carries = from, to, list
	pair := [2]int{from, to}
	s.between[pair] = append(s.between[pair], len(s.ir.Links))
	s.ir.Links = append(s.ir.Links, &link)
	return true
}

func (s *system) carriedTwice(d, first *LinkDecl, message int) {
	s.badLinks = true
	at := cover(d.From.Span, d.To.Span)
	name := s.c.spec.Messages[message].Name
	for _, c := range d.Carries {
		if c.Name == name {
			at = c.Span
		}
	}
	s.c.tell("carries-conflict", at, "%s is carried by two links that go the same way", quote(name)).
		label(cover(first.From.Span, first.To.Span), "the other one").
		help("Say with `carries` which link takes what.")
}

// linkOptions lowers what is said of a link.
func (s *system) linkOptions(d *LinkDecl) (link fsm.Link, ok bool) {
	link = fsm.Link{Capacity: 1, Lose: d.Lose.Said, Duplicate: d.Duplicate.Said, Reorder: d.Reorder.Said,
		FullBlocks: d.FullBlocks.Said, Fair: d.Fair.Said, Span: cover(d.From.Span, d.To.Span)}
	link.Kind = [...]fsm.LinkKind{NetworkLink: fsm.Network, AtomicLink: fsm.Atomic, QueueLink: fsm.Queue, KeepLink: fsm.Keep}[d.Kind]
	e := s.env("the capacity of a link")
	ok = true
	if d.Capacity != nil {
		v := e.constant(d.Capacity, anyInt)
		if v == nil {
			return link, false
		}
		if v.Value < 1 || v.Value > maxCapacity {
			t := s.c.tell("limit", d.Capacity.Pos(), "a link holds 1 to %d messages, not %d", maxCapacity, v.Value)
			if v.Value == 0 {
				t.help("A link that hands over within the step is `atomic`: `link a -> b { atomic }`.")
			}
			return link, false
		}
		link.Capacity = int(v.Value)
	}
	forbid := func(o Option, kind, why string) {
		if o.Said {
			ok = false
			s.c.tell("link-option", o.Span, "a link of kind `%s` %s", kind, why).help("Take the word away, or make it a network link.")
		}
	}
	switch d.Kind {
	case AtomicLink, QueueLink:
		kind := "atomic"
		if d.Kind == QueueLink {
			kind = "queue"
		}
		forbid(d.Lose, kind, "loses nothing")
		forbid(d.Duplicate, kind, "doubles nothing")
		forbid(d.Reorder, kind, "keeps its order")
		if d.Kind == AtomicLink {
			forbid(d.FullBlocks, kind, "is never full")
			if d.Capacity != nil {
				forbid(Option{true, d.Capacity.Pos()}, kind, "holds no message, so that it has no capacity")
			}
		}
	case KeepLink:
		forbid(d.Duplicate, "keep", "holds a message once: doubling changes nothing")
		forbid(d.Reorder, "keep", "has no order")
	}
	if d.Lose.Said && d.FullBlocks.Said {
		ok = false
		s.c.tell("link-option", d.FullBlocks.Span, "a send into this full link is lost, so that it cannot block").
			label(d.Lose.Span, "because of this")
	}
	return link, ok
}
