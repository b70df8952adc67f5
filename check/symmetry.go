package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// indexing finds out which numbers of a system are indices into an array of instances: `self` of such a machine, what is
// compared with it, stored of it, sent, or used to choose an instance or an element. A number that is ordered, calculated
// with, or stands where the type has no room for every index, is no index.
//
// It is a unification: every variable, dimension, field and parameter has a node, and what stands on two sides of an
// equality or an assignment becomes one. A constant is whatever it is used as. What this finds is a proposal: whether
// exchanging the instances and everything that is an index really changes nothing is proved by [sameness].
type indexing struct {
	sys    *fsm.System
	parent []int
	why    []string // by root: why it is no index; empty: it may be one
	arrays []array
	node   map[*fsm.Expr]int // of constants, and of the first arguments of selections

	vars, system [][]int   // by machine, or for the system, and by variable: its scalar, then its dimensions
	fields       [][]int   // by message
	params       [][][]int // by machine and event
	fixed        [][]int   // by machine: parameters of the machine
	externs      [][]int
	peers        [][]int          // by machine and peer
	joints       map[string][]int // parameters of joint transitions, by what tells families apart
	needs        []need
}

// array is an array of instances.
type array struct {
	name        string
	first, size int
	node        int
}

// need is a type or dimension that must have room for every index if its node is one: lo..hi.
type need struct {
	node   int
	lo, hi int64
	what   string
}

// plainNode is the node of what can be no index: a condition, a value of an enum.
const plainNode = -1

func newIndexing(sys *fsm.System) *indexing {
	x := &indexing{sys: sys, node: map[*fsm.Expr]int{}, joints: map[string][]int{}}
	x.findArrays()
	x.declare()
	x.bind()
	return x
}

// findArrays lists the arrays of instances.
func (x *indexing) findArrays() {
	for i, in := range x.sys.Instances {
		if !in.Array {
			continue
		}
		if in.Index == 0 {
			x.arrays = append(x.arrays, array{name: in.Group, first: i, node: x.fresh()})
		}
		x.arrays[len(x.arrays)-1].size++
	}
}

// arrayOf finds the array of an instance, or nil.
func (x *indexing) arrayOf(instance int) *array {
	for i := range x.arrays {
		if a := &x.arrays[i]; instance >= a.first && instance < a.first+a.size {
			return a
		}
	}
	return nil
}

func (x *indexing) fresh() int {
	x.parent = append(x.parent, len(x.parent))
	x.why = append(x.why, "")
	return len(x.parent) - 1
}

func (x *indexing) root(n int) int {
	for x.parent[n] != n {
		x.parent[n] = x.parent[x.parent[n]]
		n = x.parent[n]
	}
	return n
}

// unify makes two nodes one. What is plain is unified with nothing but plain: then there is nothing to do.
func (x *indexing) unify(a, b int) {
	if a == plainNode || b == plainNode {
		return
	}
	a, b = x.root(a), x.root(b)
	if a == b {
		return
	}
	x.parent[b] = a
	if x.why[a] == "" {
		x.why[a] = x.why[b]
	}
}

// number says that a node is no index, and why.
func (x *indexing) number(n int, format string, args ...any) {
	if n == plainNode {
		return
	}
	if n = x.root(n); x.why[n] == "" {
		x.why[n] = fmt.Sprintf(format, args...)
	}
}

// typed makes the node of what has a type, and remembers what room that has.
func (x *indexing) typed(t *fsm.Type, what string) int {
	t = t.Scalar()
	elem := t
	if t.Kind == fsm.Set {
		elem = t.Elem
	}
	if elem.Kind != fsm.Int {
		return plainNode
	}
	n := x.fresh()
	x.needs = append(x.needs, need{n, elem.Lo, elem.Hi, what})
	return n
}

func (x *indexing) variable(v fsm.Var, owner string) []int {
	nodes := []int{x.typed(v.Type, owner+v.Name)}
	for t := v.Type; t.Kind == fsm.Array; t = t.Elem {
		n := x.fresh()
		x.needs = append(x.needs, need{n, 0, int64(t.Len - 1), owner + v.Name})
		nodes = append(nodes, n)
	}
	return nodes
}

func (x *indexing) paramNodes(params []fsm.Param, owner string) []int {
	var nodes []int
	for _, p := range params {
		nodes = append(nodes, x.typed(p.Type, owner+p.Name))
	}
	return nodes
}

// declare makes the nodes of everything that is declared.
func (x *indexing) declare() {
	spec := x.sys.Spec
	for _, v := range x.sys.Vars {
		x.system = append(x.system, x.variable(v, ""))
	}
	for _, m := range spec.Messages {
		x.fields = append(x.fields, x.paramNodes(m.Fields, m.Name+"."))
	}
	for _, e := range spec.Externs {
		x.externs = append(x.externs, x.paramNodes(e.Params, e.Name+"."))
	}
	for _, m := range spec.Machines {
		var vars, params [][]int
		for _, v := range m.Vars {
			vars = append(vars, x.variable(v, m.Name+"."))
		}
		for _, e := range m.Events {
			if e.Kind == fsm.Receive {
				params = append(params, x.fields[e.Message])
			} else {
				params = append(params, x.paramNodes(e.Params, m.Name+"."+e.Name+"."))
			}
		}
		x.vars = append(x.vars, vars...)
		x.params = append(x.params, params)
		x.fixed = append(x.fixed, x.paramNodes(m.Params, m.Name+"."))
		var peers []int
		for range m.Peers {
			peers = append(peers, x.fresh())
		}
		x.peers = append(x.peers, peers)
	}
}

// varNodes are the nodes of a variable of a machine.
func (x *indexing) varNodes(m, v int) []int {
	for _, machine := range x.sys.Spec.Machines[:m] {
		v += len(machine.Vars)
	}
	return x.vars[v]
}

// bind unifies what instances are bound to.
func (x *indexing) bind() {
	for i, in := range x.sys.Instances {
		m := x.sys.MachineOf(i)
		for v, variable := range m.Vars {
			if variable.Shared {
				for d, n := range x.varNodes(in.Machine, v) {
					x.unify(n, x.system[in.Shared[v]][d])
				}
			}
		}
		for p := range m.Peers {
			x.bindPeer(i, p)
		}
	}
	for _, l := range x.sys.Links {
		x.sideBySide(l.From, l.To)
	}
	for _, n := range x.sys.Nodes {
		for _, i := range n.Instances[1:] {
			x.sideBySide(n.Instances[0], i)
		}
	}
}

// bindPeer looks at what one peer of an instance is: an array of instances, in order, or the element beside it.
func (x *indexing) bindPeer(i, p int) {
	in := x.sys.Instances[i]
	bound, node := in.Peers[p], x.peers[in.Machine][p]
	if x.sys.MachineOf(i).Peers[p].Len == 0 {
		x.sideBySide(i, bound[0])
		return
	}
	a := x.arrayOf(bound[0])
	whole := a != nil && a.size == len(bound)
	for at, to := range bound {
		whole = whole && to == a.first+at
	}
	if whole {
		x.unify(node, a.node)
	} else {
		x.number(node, "%s.%s is not a whole array", in.Name, x.sys.MachineOf(i).Peers[p].Name)
	}
}

// sideBySide unifies two arrays of one size whose elements belong together pair by pair: here two elements of one index do.
// Whether all do, the proof will tell; links from each to each join nothing.
func (x *indexing) sideBySide(i, j int) {
	a, b := x.arrayOf(i), x.arrayOf(j)
	if a == nil || b == nil || a == b || a.size != b.size || i-a.first != j-b.first {
		return
	}
	for _, l := range x.sys.Links {
		if x.arrayOf(l.From) == a && x.arrayOf(l.To) == b && l.From-a.first != l.To-b.first {
			return
		}
	}
	x.unify(a.node, b.node)
}

// standing is where an expression stands.
type standing struct {
	machine int   // -1: the system
	params  []int // nodes of the parameters of the event
	message int   // that is received, where one is
}

// run infers what every expression of the system says about indices; asked are the properties that count.
func (x *indexing) run(asked []*fsm.Property) {
	for m := range x.sys.Spec.Machines {
		x.machine(m)
	}
	system := standing{machine: -1}
	for _, j := range x.sys.Joints {
		at := system
		at.params = x.jointParams(j)
		x.expr(j.Guard, at)
		x.body(j.Body, at)
		for _, p := range j.Parts {
			part := standing{machine: x.sys.Instances[p.Instance].Machine, params: at.params}
			for _, body := range p.Bodies {
				x.body(body, part)
			}
		}
	}
	for _, c := range x.sys.Crashes {
		x.body(c.Body, standing{machine: x.sys.Instances[c.Instance].Machine})
	}
	for _, e := range x.sys.Assumes {
		x.expr(e, system)
	}
	for _, p := range asked {
		x.expr(p.P, system)
		x.expr(p.Q, system)
	}
}

// jointParams are the nodes of the parameters of a joint transition: those of one text share them. A parameter that is the
// index of the instance of a part is one of its array.
func (x *indexing) jointParams(j *fsm.JointTransition) []int {
	key := j.Name + j.Span.String()
	nodes, known := x.joints[key]
	if !known {
		nodes = x.paramNodes(j.Params, j.Name+".")
		x.joints[key] = nodes
	}
	for i, part := range j.Parts {
		a := x.arrayOf(part.Instance)
		for p := range j.Args {
			if a != nil && x.follows(j, i, p) {
				x.unify(nodes[p], a.node)
			}
		}
	}
	return nodes
}

// follows reports whether the instance of a part is the one that a parameter names, in every joint transition of the text.
func (x *indexing) follows(j *fsm.JointTransition, part, param int) bool {
	differ := false
	for _, k := range x.sys.Joints {
		if k.Name != j.Name || k.Span != j.Span {
			continue
		}
		a := x.arrayOf(k.Parts[part].Instance)
		if a == nil || a != x.arrayOf(j.Parts[part].Instance) || int64(k.Parts[part].Instance-a.first) != k.Args[param] {
			return false
		}
		differ = differ || k.Args[param] != j.Args[param]
	}
	return differ
}

// selfOf is the node of `self` in a machine: of its arrays. A machine that also stands alone has none that is an index.
func (x *indexing) selfOf(m int) int {
	node := plainNode
	for i, in := range x.sys.Instances {
		if in.Machine != m {
			continue
		}
		a := x.arrayOf(i)
		switch {
		case a == nil:
			if node == plainNode {
				node = x.fresh()
			}
			x.number(node, "%s stands alone", in.Name)
		case node == plainNode:
			node = a.node
		default:
			x.unify(node, a.node)
		}
	}
	return node
}

// fromOf is the node of `from` where a machine receives a message.
func (x *indexing) fromOf(m, message int) int {
	node := x.fresh()
	for _, l := range x.sys.Links {
		if x.sys.Instances[l.To].Machine != m || !slices.Contains(l.Carries, message) {
			continue
		}
		if a := x.arrayOf(l.From); a != nil {
			x.unify(node, a.node)
		} else {
			x.number(node, "%s sends it, too", x.sys.Instances[l.From].Name)
		}
	}
	return node
}

func (x *indexing) machine(m int) {
	machine := x.sys.Spec.Machines[m]
	if !slices.ContainsFunc(x.sys.Instances, func(in *fsm.Instance) bool { return in.Machine == m }) {
		return
	}
	x.body(machine.Entry, standing{machine: m})
	for _, t := range machine.Transitions {
		at := standing{machine: m}
		if t.Event >= 0 {
			at.params, at.message = x.params[m][t.Event], machine.Events[t.Event].Message
		}
		x.expr(t.Guard, at)
		x.body(t.Body, at)
	}
}

func (x *indexing) body(body []*fsm.Stmt, at standing) {
	for _, s := range body {
		x.expr(s.Cond, at)
		for i, t := range s.Targets {
			nodes := x.target(t, at)
			for d, e := range t.Index {
				x.unify(x.expr(e, at), nodes[d+1])
			}
			x.unify(x.expr(s.Values[i], at), nodes[0])
		}
		x.body(s.Then, at)
		x.body(s.Else, at)
		switch s.Op {
		case fsm.Send:
			if s.Element != nil {
				x.unify(x.expr(s.Element, at), x.peers[at.machine][s.Peer])
			}
			for i, e := range s.Args {
				x.unify(x.expr(e, at), x.fields[s.Message][i])
			}
		case fsm.Do:
			for i, e := range s.Args {
				p := x.sys.Spec.Effects[s.Effect].Params[i]
				x.unify(x.expr(e, at), x.typed(p.Type, "the effect's "+p.Name))
			}
		}
	}
}

func (x *indexing) target(t fsm.Target, at standing) []int {
	if t.System {
		return x.system[t.Var]
	}
	return x.varNodes(at.machine, t.Var)
}

// classes lists the roots that hold arrays and may be indices, and why the other arrays are not.
func (x *indexing) classes() (roots []int, refused []string) {
	for i := range x.arrays {
		a := &x.arrays[i]
		r := x.root(a.node)
		if a.size < 2 || slices.Contains(roots, r) {
			continue
		}
		if why := x.unfit(r, a); why != "" {
			refused = append(refused, a.name+": "+why)
		} else {
			roots = append(roots, r)
		}
	}
	return roots, refused
}

// unfit says why a root with an array is no class of indices.
func (x *indexing) unfit(r int, a *array) string {
	if x.why[r] != "" {
		return x.why[r]
	}
	for _, b := range x.arrays {
		if x.root(b.node) == r && b.size != a.size {
			return b.name + " has another size"
		}
	}
	for _, n := range x.needs {
		if x.root(n.node) == r && (n.lo > 0 || n.hi < int64(a.size-1)) {
			return fmt.Sprintf("%s has no room for every index", n.what)
		}
	}
	return ""
}

// names joins the names of the arrays of a root.
func (x *indexing) names(r int) string {
	var names []string
	for _, a := range x.arrays {
		if x.root(a.node) == r {
			names = append(names, a.name)
		}
	}
	return strings.Join(names, " and ")
}
