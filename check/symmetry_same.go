package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// sameness proves that a system stays what it is when the instances of a class of arrays, and every index into them, are
// permuted: each instance, link, crash, joint transition, guard and body must be the image of one that is there.
//
// Texts are compared by a form that does not see the order of what may stand in any order: conjunctions and the like whose
// parts cannot fail, and statements that do not meet ([sameness.commute]). So what a quantifier or a loop was unrolled to is
// its own image, and `r == 0` or `a < b` is not.
type sameness struct {
	x     *indexing
	roots []int
	class int
	perm  []int64
	dead  *deadness // if dead variables are set back, writing one says nothing; nil: they are not
	links []int     // the image of each link
	vars  []fsm.Var // of the machine at hand
}

// generators are permutations of n things that make all others.
func generators(n int) [][]int64 {
	swap, turn := make([]int64, n), make([]int64, n)
	for i := range n {
		swap[i], turn[i] = int64(i), int64((i+1)%n)
	}
	swap[0], swap[1] = 1, 0
	if n == 2 {
		return [][]int64{swap}
	}
	return [][]int64{swap, turn}
}

// prove returns why the permutation changes the system, or an empty string.
func (y *sameness) prove() string {
	sys := y.x.sys
	for _, step := range []func() string{y.sameLinks, y.sameInstances, y.sameOrders, y.sameCrashes, y.sameMachines, y.sameJoints} {
		if why := step(); why != "" {
			return why
		}
	}
	var was, is []string
	y.vars = nil
	for _, e := range sys.Assumes {
		was, is = append(was, y.form(e)), append(is, y.form(y.image(e)))
	}
	if !sameOf(was, is) {
		return "an assume singles out one"
	}
	return ""
}

// sameOf reports whether two lists hold the same texts.
func sameOf(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func (y *sameness) classOf(node int) int { return y.x.class(node, y.roots) }

// permuted reports whether what has a node is an index of the class at hand.
func (y *sameness) permuted(node int) bool { return y.classOf(node) == y.class }

// index is the image of an index; what is beyond the array stays.
func (y *sameness) index(v int64) int64 {
	if v >= 0 && v < int64(len(y.perm)) {
		return y.perm[v]
	}
	return v
}

// value is the image of a value of a type, whose node says whether it is an index.
func (y *sameness) value(v int64, t *fsm.Type, node int) int64 {
	if !y.permuted(node) {
		return v
	}
	if t.Kind != fsm.Set {
		return y.index(v)
	}
	set := int64(0)
	for e := t.Elem.Lo; e <= t.Elem.Hi; e++ {
		if v>>uint(e-t.Elem.Lo)&1 != 0 {
			set |= 1 << uint(y.index(e)-t.Elem.Lo)
		}
	}
	return set
}

// instance is the image of an instance.
func (y *sameness) instance(i int) int {
	if a := y.x.arrayOf(i); a != nil && y.permuted(a.node) {
		return a.first + int(y.perm[i-a.first])
	}
	return i
}

// sameLinks finds the image of each link: from and to the images, and in all else the same.
func (y *sameness) sameLinks() string {
	links := y.x.sys.Links
	y.links = make([]int, len(links))
	for l, link := range links {
		from, to := y.instance(link.From), y.instance(link.To)
		y.links[l] = slices.IndexFunc(links, func(k *fsm.Link) bool {
			return k.From == from && k.To == to && k.Kind == link.Kind && slices.Equal(k.Carries, link.Carries) &&
				k.Capacity == link.Capacity && k.Lose == link.Lose && k.Duplicate == link.Duplicate && k.Reorder == link.Reorder &&
				k.FullBlocks == link.FullBlocks
		})
		if y.links[l] < 0 {
			return "the link " + link.Name + " has no counterpart"
		}
	}
	return ""
}

func (y *sameness) sameInstances() string {
	sys := y.x.sys
	for i, in := range sys.Instances {
		j := y.instance(i)
		to := sys.Instances[j]
		same := in.Machine == to.Machine && slices.Equal(in.Shared, to.Shared)
		for p, param := range sys.MachineOf(i).Params {
			same = same && y.value(in.Args[p], param.Type, y.x.fixed[in.Machine][p]) == to.Args[p]
		}
		for p := range in.Peers {
			for e, bound := range in.Peers[p] {
				at := e
				if y.permuted(y.x.peers[in.Machine][p]) {
					at = int(y.index(int64(e)))
				}
				same = same && to.Peers[p][at] == y.instance(bound)
				for message, l := range in.Routes[p][e] {
					k := to.Routes[p][at][message]
					same = same && (l < 0 && k < 0 || l >= 0 && k == y.links[l])
				}
			}
		}
		var members []int
		for _, k := range sys.Nodes[in.Node].Instances {
			members = append(members, y.instance(k))
		}
		slices.Sort(members)
		others := slices.Sorted(slices.Values(sys.Nodes[to.Node].Instances))
		if !same || !slices.Equal(members, others) {
			return fmt.Sprintf("%s and %s are bound in different ways", in.Name, to.Name)
		}
		if i < j && in.Node == to.Node && sys.MayCrash(i) {
			return fmt.Sprintf("%s and %s come up together, one after the other", in.Name, to.Name)
		}
		if why := y.sameFall(i); why != "" {
			return why
		}
	}
	return ""
}

// sameFall looks at what a crash sets variables to.
func (y *sameness) sameFall(i int) string {
	sys := y.x.sys
	if !sys.MayCrash(i) {
		return ""
	}
	m := sys.Instances[i].Machine
	for v, variable := range sys.MachineOf(i).Vars {
		if variable.Shared || variable.Durable || variable.Ghost || y.dead != nil && y.dead.dead(m, fsm.Down, v) {
			continue
		}
		nodes, first := y.x.varNodes(m, v), variable.Init
		if variable.Any { // until the restart
			first = slices.Repeat([]int64{variable.Type.Scalar().Lo}, variable.Type.Slots())
		}
		image := make([]int64, len(first))
		for slot, value := range first {
			image[y.slot(slot, variable.Type, nodes[1:])] = y.value(value, variable.Type.Scalar(), nodes[0])
		}
		if !slices.Equal(image, first) {
			return fmt.Sprintf("a crash sets %s to one", variable.Name)
		}
	}
	return ""
}

// slot is the image of a slot of a variable of a type, whose dimensions have these nodes.
func (y *sameness) slot(slot int, t *fsm.Type, dims []int) int {
	if t.Kind != fsm.Array {
		return 0
	}
	size := t.Elem.Slots()
	i := slot / size
	if y.permuted(dims[0]) {
		i = int(y.index(int64(i)))
	}
	return i*size + y.slot(slot%size, t.Elem, dims[1:])
}

func (y *sameness) sameOrders() string {
	var was, is []string
	for _, o := range y.x.sys.Orders {
		first, second := o.First, o.Second
		was = append(was, fmt.Sprint(first, second))
		first.Instance, second.Instance = y.instance(first.Instance), y.instance(second.Instance)
		is = append(is, fmt.Sprint(first, second))
	}
	if !sameOf(was, is) {
		return "an order of timers singles out one"
	}
	return ""
}

func (y *sameness) sameCrashes() string {
	var was, is []string
	for _, c := range y.x.sys.Crashes {
		y.vars = y.x.sys.MachineOf(c.Instance).Vars
		was = append(was, fmt.Sprint(c.Instance, c.AtMost, y.bodyForm(c.Body)))
		is = append(is, fmt.Sprint(y.instance(c.Instance), c.AtMost, y.bodyForm(y.bodyImage(c.Body))))
	}
	if !sameOf(was, is) {
		return "a crash singles out one"
	}
	return ""
}

// sameMachines compares what each machine does with its image.
func (y *sameness) sameMachines() string {
	for m, machine := range y.x.sys.Spec.Machines {
		if !slices.ContainsFunc(y.x.sys.Instances, func(in *fsm.Instance) bool { return in.Machine == m }) {
			continue
		}
		y.vars = machine.Vars
		if body := y.lasting(m, machine.Initial, machine.Entry); y.bodyForm(body) != y.bodyForm(y.bodyImage(body)) {
			return fmt.Sprintf("the entry of %s singles out one", machine.Name)
		}
		for _, t := range machine.Transitions {
			target := t.Target
			if target == fsm.Stay {
				target = t.State
			}
			body := y.lasting(m, target, t.Body)
			if t.Guard != nil && y.form(t.Guard) != y.form(y.image(t.Guard)) || y.bodyForm(body) != y.bodyForm(y.bodyImage(body)) {
				return fmt.Sprintf("the transition at %s singles out one", t.Span)
			}
		}
	}
	return ""
}

// sameJoints finds for each joint transition the one that is its image.
func (y *sameness) sameJoints() string {
	sys := y.x.sys
	forms := map[string]bool{}
	for _, j := range sys.Joints {
		forms[y.jointForm(j)] = true
	}
	for _, j := range sys.Joints {
		if !forms[y.jointForm(y.jointImage(j))] {
			return fmt.Sprintf("the joint transition %s singles out one", j.Name+fsm.FormatArgs(j.Params, j.Args))
		}
	}
	return ""
}

func (y *sameness) jointImage(j *fsm.JointTransition) *fsm.JointTransition {
	image := *j
	image.Args = nil
	for i, a := range j.Args {
		image.Args = append(image.Args, y.value(a, j.Params[i].Type, y.x.jointParams(j)[i]))
	}
	image.Guard, image.Body, image.Parts = y.image(j.Guard), y.bodyImage(j.Body), nil
	for _, p := range j.Parts {
		part := p
		part.Instance, part.Bodies = y.instance(p.Instance), nil
		for _, body := range p.Bodies {
			part.Bodies = append(part.Bodies, y.bodyImage(body))
		}
		image.Parts = append(image.Parts, part)
	}
	return &image
}

func (y *sameness) jointForm(j *fsm.JointTransition) string {
	var b strings.Builder
	y.vars = nil
	fmt.Fprint(&b, j.Name, j.Span, j.Args, y.form(j.Guard), y.bodyForm(j.Body))
	for _, p := range j.Parts {
		m := y.x.sys.Instances[p.Instance].Machine
		y.vars = y.x.sys.Spec.Machines[m].Vars
		fmt.Fprint(&b, p.Instance, p.From, p.Targets)
		for at, body := range p.Bodies {
			target := p.Targets[at]
			if target == fsm.Stay {
				target = p.From[at]
			}
			fmt.Fprint(&b, y.bodyForm(y.lasting(m, target, body)))
		}
	}
	return b.String()
}

// lasting leaves out of a body, behind which a machine is in the given leaf state, what only writes variables that are dead
// there.
func (y *sameness) lasting(m, target int, body []*fsm.Stmt) []*fsm.Stmt {
	if y.dead == nil {
		return body
	}
	live := make([]bool, len(y.vars))
	for v, variable := range y.x.sys.Spec.Machines[m].Vars {
		live[v] = variable.Shared || !y.dead.dead(m, target, v)
	}
	return y.withoutStores(m, body, live)
}

func (y *sameness) withoutStores(m int, body []*fsm.Stmt, live []bool) []*fsm.Stmt {
	vars := y.x.sys.Spec.Machines[m].Vars
	var kept []*fsm.Stmt
	for _, s := range slices.Backward(body) {
		idle := s.Op == fsm.Assign
		for i, t := range s.Targets {
			idle = idle && !t.System && len(t.Index) == 0 && !live[t.Var] && y.dead.harmless(s.Values[i], vars[t.Var].Type, vars)
		}
		if idle {
			continue
		}
		if s.Op == fsm.If {
			image := *s
			image.Then, image.Else = y.withoutStores(m, s.Then, live), y.withoutStores(m, s.Else, live)
			s = &image
		}
		y.dead.before([]*fsm.Stmt{s}, live, vars)
		kept = append(kept, s)
	}
	slices.Reverse(kept)
	return kept
}
