package spec

// systemDecl reads "system S { … }".
func (p *parser) systemDecl() any {
	m := p.begin()
	d := &SystemDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the system")
	if p.openBlock("the name of the system") {
		d.Members = members[SystemMember](p, inSystem, "member")
	}
	d.Node = p.node(m)
	return d
}

// systemMember reads a member that begins with a name, which may be a word only here.
func (p *parser) systemMember() any {
	t, n := p.tok(), p.look(1)
	if clauseWord[t.text] {
		return nil
	}
	if !p.looksLikeInstance() && !n.is(":") {
		if v := p.systemWord(t, n); v != nil {
			return v
		}
		named := n.kind == tokName && !n.isName("leads") && !n.isName("has") && !n.isName("expect")
		if named || n.is("->") || n.kind == tokInt {
			if p.mendWord(systemWords, func(*token) bool { return true }) {
				return p.member(inSystem)
			}
		}
		if named && p.look(2).is("(") || named && p.looksLikeInstanceTail(1) {
			return p.instance()
		}
		return p.property()
	}
	if n.is(":") {
		return p.property()
	}
	return p.instance()
}

// looksLikeInstance reports whether "name Machine" or "name[N] Machine" begins here and a member ends with it.
func (p *parser) looksLikeInstance() bool {
	if systemKeyword[p.tok().text] {
		return false
	}
	if p.look(1).is("[") {
		end := p.closing(p.pos + 1)
		t := &p.toks[end]
		return t.is("]") && p.toks[min(end+1, len(p.toks)-1)].kind == tokName && p.looksLikeInstanceTail(end-p.pos+1)
	}
	return p.looksLikeInstanceTail(1)
}

// looksLikeInstanceTail reports whether the token n after the present one is a name with which an instance can end.
func (p *parser) looksLikeInstanceTail(n int) bool {
	if p.look(n).kind != tokName {
		return false
	}
	switch t := p.look(n + 1); {
	case t.kind == tokNewline, t.kind == tokEOF, t.is(";"), t.is("}"):
		return true
	case t.is("("):
		return p.look(n).text != "has" && p.look(n).text != "to"
	case t.kind == tokWord:
		return memberWords[t.text]
	}
	return false
}

// closing is the index of the bracket that closes the one at i, or of where the statement ends without.
func (p *parser) closing(i int) int {
	depth := 0
	for ; i < len(p.toks)-1; i++ {
		switch t := &p.toks[i]; {
		case t.is("[") || t.is("("):
			depth++
		case t.is("]") || t.is(")"):
			if depth--; depth == 0 {
				return i
			}
		case t.kind == tokNewline || t.is("{") || t.is("}") || t.is(";"):
			return i
		}
	}
	return i
}

// clauseWord are the names that go on with a member, perhaps on a new line, and so never begin one.
var clauseWord = wordSet("leads", "expect", "reaches", "carries", "before")

// systemKeyword are the names that always begin a member of a system that is not an instance.
var systemKeyword = wordSet("never", "always", "after", "reachable", "recoverable", "eventually", "infinitely", "initially", "assume",
	"fair", "strong", "scenario", "crash", "deadlock", "unexpected", "overflow", "overlap", "range", "runaway")

// systemWord reads a member that begins with a word that is one only in a system; nil if none does.
func (p *parser) systemWord(t, n *token) any {
	switch t.text {
	case "never", "always", "after", "reachable", "recoverable", "eventually", "infinitely":
		return p.property()
	case "deadlock", "unexpected", "overflow", "overlap", "range", "runaway":
		if n.isName("expect") || n.is("message") || p.atEndAfter(1) {
			return p.property()
		}
	case "initially":
		return p.initially()
	case "assume":
		return p.assume()
	case "fair", "strong":
		return p.fair()
	case "scenario":
		return p.scenario()
	case "crash":
		return p.crash()
	case "node":
		if n.kind == tokName && p.look(2).kind == tokName { // an instance called node would end here
			m := p.begin()
			p.next()
			p.next()
			p.fail(p.here(), "unexpected", "the instances of a node stand in braces", "Write `node "+n.text+" { a, b }`.")
			return &BadDecl{p.node(m)}
		}
		if n.kind == tokName && p.look(2).is("{") {
			return p.nodeDecl()
		}
	case "order":
		if n.kind == tokName {
			return p.order()
		}
	}
	if m := p.begin(); p.strangeProperty(t, n) {
		return &BadDecl{p.node(m)}
	}
	return nil
}

// atEndAfter reports whether a statement ends n tokens from here.
func (p *parser) atEndAfter(n int) bool {
	t := p.look(n)
	return t.kind == tokNewline || t.kind == tokEOF || t.is(";") || t.is("}")
}

// instance reads "name Machine(x = 1)" or "name[N] Machine(…)".
func (p *parser) instance() any {
	m := p.begin()
	d := &Instance{Doc: p.doc(p.pos), Name: p.declared("the instance")}
	if p.at("[") {
		d.Count = p.bracketed("number of instances")
	}
	if !p.quiet {
		d.Machine = p.name("the machine of the instance")
	}
	if p.at("(") && !p.quiet {
		p.list("(", ")", "binding", func() { d.Bindings = append(d.Bindings, p.binding()) })
	}
	d.Node = p.node(m)
	return d
}

// binding reads "name = value".
func (p *parser) binding() Binding {
	m := p.begin()
	b := Binding{Name: p.name("a peer or parameter")}
	if p.at(":") {
		p.tell(Diagnostic{Code: "bad-binding", Span: p.here(), Message: "a binding is written with `=`", Help: "Write `name = value`.",
			Fix: &Fix{Span: p.here(), Text: " ="}})
		p.next()
	} else if !p.quiet && !p.got("=") {
		p.fail(b.Name.Span, "bad-binding", "expected `=` after "+quote(b.Name.Name), "Bind by name: `name = value`.")
	}
	if p.quiet {
		b.Value = p.bad()
	} else {
		b.Value = p.inBrackets(true)
	}
	b.Node = p.node(m)
	return b
}

// linkDecl reads "link a -> b carries M { … }".
func (p *parser) linkDecl() any {
	m := p.begin()
	d := &LinkDecl{Doc: p.doc(p.pos)}
	p.next()
	d.From = p.instanceRef()
	switch {
	case p.quiet:
	case p.got("->"):
	case p.got("<->"):
		d.Both = true
	default:
		p.unexpected("`->` or `<->` between the two ends of the link", "")
	}
	if !p.quiet {
		d.To = p.instanceRef()
	}
	if !p.quiet && p.gotClause("carries") {
		d.Carries = append(d.Carries, p.name("a message"))
		for !p.quiet && p.got(",") {
			d.Carries = append(d.Carries, p.name("a message"))
		}
	}
	p.linkBlock(d)
	d.Node = p.node(m)
	return d
}

// linkBlock reads the options of a link, if there are any.
func (p *parser) linkBlock(d *LinkDecl) {
	if p.quiet {
		p.catchUpHead()
	}
	if t := p.tok(); t.kind == tokName && !p.quiet {
		p.fail(p.here(), "link-braces", "the options of a link stand in braces", "Write `link a -> b { "+t.text+" }`.")
		return
	}
	if !p.at("{") && !(p.tok().kind == tokNewline && p.look(1).is("{")) {
		return
	}
	if p.openBlock("the link") {
		p.block("option", func() { p.linkOption(d) })
	}
}

// linkWords are what an option of a link can begin with.
var linkWords = []string{"atomic", "queue", "keep", "capacity", "may", "fair", "full"}

// linkOption reads one option of a link.
func (p *parser) linkOption(d *LinkDecl) {
	t := p.tok()
	if t.kind == tokName && Nearest(t.text, linkWords) != "" && !wordSet(linkWords...)[t.text] {
		p.mendWord(linkWords, func(*token) bool { return true })
	}
	if p.strangeOption(d) {
		return
	}
	at := p.here()
	switch {
	case t.isName("atomic"), t.isName("queue"), t.isName("keep"):
		kind := map[string]LinkKind{"atomic": AtomicLink, "queue": QueueLink, "keep": KeepLink}[t.text]
		if d.Kind != NetworkLink {
			p.tell(Diagnostic{Code: "said-twice", Span: at, Message: "the kind of the link is said twice", Help: "A link is atomic, a queue, keeps, or is a network.",
				Labels: []Label{{Span: d.KindSpan, Text: "here first"}}})
		}
		d.Kind, d.KindSpan = kind, at
		p.next()
	case t.isName("capacity"):
		p.next()
		if d.Capacity != nil {
			p.tell(Diagnostic{Code: "said-twice", Span: at, Message: "the capacity is said twice", Help: "Once is enough."})
		}
		d.Capacity = p.parseExpr()
	case t.isName("may"):
		p.next()
		p.linkFault(d)
		for !p.quiet && p.got(",") {
			p.linkFault(d)
		}
	case t.isName("fair"):
		p.next()
		p.option(&d.Fair, t)
	case t.isName("full"):
		p.next()
		if !p.tok().isName("blocks") {
			p.unexpected("`blocks` after `full`", "Write `full blocks`: a send into the full link waits.")
			return
		}
		p.next()
		p.option(&d.FullBlocks, t)
	default:
		p.unexpected("an option of a link", "They are atomic, queue, keep, capacity N, may lose, duplicate, reorder, fair, full blocks.")
	}
}

// linkFault reads one of lose, duplicate and reorder.
func (p *parser) linkFault(d *LinkDecl) {
	t := p.tok()
	words := []string{"lose", "duplicate", "reorder"}
	if t.kind == tokName && !wordSet(words...)[t.text] {
		p.mendWord(words, func(*token) bool { return true })
	}
	var o *Option
	switch t.text {
	case "lose":
		o = &d.Lose
	case "duplicate":
		o = &d.Duplicate
	case "reorder":
		o = &d.Reorder
	default:
		p.unexpected("lose, duplicate or reorder", "Separate them with commas.")
		return
	}
	p.next()
	p.option(o, t)
}

// option notes that an option was said.
func (p *parser) option(o *Option, t *token) {
	at := t.span(p.file)
	if o.Said {
		p.tell(Diagnostic{Code: "said-twice", Span: at, Message: quote(t.text) + " is said twice", Help: "Once is enough.",
			Labels: []Label{{Span: o.Span, Text: "here first"}}})
	}
	*o = Option{Said: true, Span: at}
}

// nodeDecl reads "node N { a, b }".
func (p *parser) nodeDecl() any {
	m := p.begin()
	d := &NodeDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the node")
	open := p.tok()
	p.listBlock("instance", func() { d.Members = append(d.Members, p.instanceRef()) })
	open.role = roleListBlock
	d.Node = p.node(m)
	return d
}

// crash reads "crash x at most n".
func (p *parser) crash() any {
	m := p.begin()
	d := &CrashDecl{}
	p.next()
	d.Target = p.instanceRef()
	if p.quiet || !p.tok().isName("at") || !p.look(1).isName("most") {
		if !p.quiet {
			p.unexpected("`at most` and a number", "Write `crash x at most 1`: the number of crashes must be bounded.")
		}
		d.Most = p.bad()
	} else {
		p.next()
		p.next()
		p.continued(m)
		d.Most = p.parseExpr()
	}
	d.Node = p.node(m)
	return d
}

// onCrash reads "on crash x { … }".
func (p *parser) onCrash() any {
	m := p.begin()
	d := &OnCrash{}
	p.next()
	p.next()
	d.Target = p.instanceRef()
	d.Body = p.parseBody("the instance that crashes")
	d.Node = p.node(m)
	return d
}

// joint reads "joint J(n in D) when G { … }".
func (p *parser) joint() any {
	m := p.begin()
	d := &Joint{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the joint transition")
	if p.at("(") && !p.quiet {
		p.list("(", ")", "parameter", func() { d.Params = append(d.Params, p.jointParam()) })
	}
	if !p.quiet && p.gotClause("when") {
		d.Guard = p.parseExpr()
	}
	if p.openBlock("the head of the joint transition") {
		body := p.begin()
		var stmts []Stmt
		p.block("step", func() {
			if p.atMove() {
				d.Moves = append(d.Moves, p.jointMove())
			} else {
				stmts = append(stmts, p.statement())
			}
		})
		if len(stmts) > 0 {
			d.Body = &Body{Node: p.node(body), Stmts: stmts}
		}
	}
	d.Node = p.node(m)
	return d
}

// jointParam reads "n in D".
func (p *parser) jointParam() JointParam {
	m := p.begin()
	j := JointParam{Name: p.declared("the parameter")}
	p.expect("in", "after the name: a parameter of a joint transition ranges over something")
	if p.quiet {
		j.Domain = p.bad()
	} else {
		j.Domain = p.domain()
	}
	j.Node = p.node(m)
	return j
}

// atMove reports whether an instance and a state begin here: "proxy Open" or "node[n] Idle".
func (p *parser) atMove() bool {
	if p.tok().kind != tokName {
		return false
	}
	i := p.pos + 1
	if p.look(1).is("[") {
		i = min(p.closing(i)+1, len(p.toks)-1)
	}
	if p.toks[i].is(".") && i+2 < len(p.toks) {
		return p.toks[i+1].kind == tokName && p.toks[i+2].is("->")
	}
	return p.toks[i].kind == tokName || p.toks[i].is("->")
}

// jointMove reads "instance A, B -> Target { … }".
func (p *parser) jointMove() JointMove {
	m := p.begin()
	j := JointMove{Instance: p.instanceRef()}
	if p.at(".") && !p.quiet {
		p.tell(Diagnostic{Code: "unexpected", Span: p.here(), Message: "no dot stands between an instance and its state",
			Help: "Write `" + j.Instance.Name.Name + " " + p.look(1).text + " -> …`.", Fix: &Fix{Span: p.here(), Text: " "}})
		p.next()
	}
	if p.at("->") {
		p.tell(Diagnostic{Code: "missing-source", Span: p.before(), Message: "expected the state that " + quote(j.Instance.Name.Name) + " is in, before the arrow",
			Help: "Write `" + j.Instance.Name.Name + " From -> To`; several are separated by commas."})
	} else if !p.quiet {
		j.Sources = p.stateRefs("a state")
	}
	if !p.quiet && p.atClause("->") {
		t := &Transition{}
		p.target(t)
		j.Target = t.Target
	}
	if p.quiet {
		p.catchUpHead()
	}
	if p.at("{") {
		j.Body = p.parseBody("the move")
	}
	j.Node = p.node(m)
	return j
}

// initially reads "initially P".
func (p *parser) initially() any {
	m := p.begin()
	p.next()
	p.continued(m)
	d := &Initially{P: p.parseExpr()}
	p.arrowIsImplies()
	d.Node = p.node(m)
	return d
}

// assume reads "assume P".
func (p *parser) assume() any {
	m := p.begin()
	d := &Assume{Doc: p.doc(p.pos)}
	p.next()
	p.continued(m)
	d.P = p.parseExpr()
	p.arrowIsImplies()
	d.Node = p.node(m)
	return d
}

// arrowIsImplies tells of "->" where "=>" was meant.
func (p *parser) arrowIsImplies() {
	if p.at("->") {
		p.tell(Diagnostic{Code: "arrow-in-expression", Span: p.here(), Message: "`->` goes to a state", Help: "Implication is written `=>`.",
			Fix: &Fix{Span: p.here(), Text: "=>"}})
		p.quiet = true
	}
}

// timerRef reads "instance.timer".
func (p *parser) timerRef() TimerRef {
	m := p.begin()
	r := TimerRef{Instance: p.instanceRef()}
	if !p.quiet && p.expect(".", "between the instance and its timer") {
		r.Timer = p.name("a timer")
	}
	r.Span = p.spanFrom(m)
	return r
}

// order reads "order a.t before b.u".
func (p *parser) order() any {
	m := p.begin()
	d := &OrderDecl{Doc: p.doc(p.pos)}
	p.next()
	d.First = p.timerRef()
	if !p.quiet && !p.gotClause("before") {
		p.unexpected("`before`", "Write `order a.t before b.u`.")
	}
	if !p.quiet {
		p.continued(m)
		d.Second = p.timerRef()
	}
	d.Node = p.node(m)
	return d
}

// fair reads "fair a.t, J" or "strong fair …".
func (p *parser) fair() any {
	m := p.begin()
	d := &FairDecl{}
	if p.tok().isName("strong") {
		d.Strong = true
		p.next()
	}
	if !p.tok().isName("fair") {
		p.unexpected("`fair` after `strong`", "")
		d.Node = p.node(m)
		return d
	}
	p.next()
	d.Targets = append(d.Targets, p.fairTarget())
	for !p.quiet && p.got(",") {
		d.Targets = append(d.Targets, p.fairTarget())
	}
	d.Node = p.node(m)
	return d
}

// fairTarget reads "instance.timer" or the name of a joint transition.
func (p *parser) fairTarget() FairTarget {
	m := p.begin()
	if p.at("link") {
		p.fail(p.here(), "reserved-word", "a link is called fair where it is declared", "Write `link a -> b { fair }`.")
	}
	r := p.instanceRef()
	f := FairTarget{Name: r.Name}
	if p.at(".") || r.Index != nil {
		f.Instance = &r
		f.Name = Ident{Span: p.before()}
		if !p.quiet && p.expect(".", "after the instance") {
			f.Name = p.name("a timer or internal event")
		}
	}
	f.Span = p.spanFrom(m)
	return f
}
