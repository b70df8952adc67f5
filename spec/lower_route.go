package spec

import (
	"slices"
	"strings"

	"interlock/fsm"
)

// checkRoutes finds the link of every send, and tells where there is none.
func (s *system) checkRoutes() {
	route := map[carried]int{}
	for i, l := range s.ir.Links {
		for _, m := range l.Carries {
			route[carried{l.From, l.To, m}] = i
		}
	}
	for i, in := range s.ir.Instances {
		in.Routes = nil
		for _, bound := range in.Peers {
			var elements [][]int
			for _, to := range bound {
				links := make([]int, len(s.c.messages.list))
				for m := range links {
					links[m] = -1
					if l, ok := route[carried{i, to, m}]; ok {
						links[m] = l
					}
				}
				elements = append(elements, links)
			}
			in.Routes = append(in.Routes, elements)
		}
	}
	if !s.badLinks {
		s.tellMissing()
	}
}

// tellMissing tells what is sent but not carried, once for two groups of instances.
func (s *system) tellMissing() {
	type direction struct{ from, to string }
	missing := map[direction][]int{}
	var order []direction
	for i, in := range s.ir.Instances {
		for _, x := range s.sends[i] {
			if x.element >= len(in.Peers[x.peer]) || in.Routes[x.peer][x.element][x.message] >= 0 {
				continue
			}
			d := direction{in.Group, s.ir.Instances[in.Peers[x.peer][x.element]].Group}
			if missing[d] == nil {
				order = append(order, d)
			}
			if !slices.Contains(missing[d], x.message) {
				missing[d] = append(missing[d], x.message)
			}
		}
	}
	for _, d := range order {
		from, _ := s.names.find(d.from)
		var names []string
		for _, m := range missing[d] {
			names = append(names, s.c.spec.Messages[m].Name)
		}
		s.c.tellAbout(d.to, Error, "no-link", from.name.Span, "%s sends %s to %s, but no link carries %s", quote(d.from),
			listOf(names), quote(d.to), itOrThem(len(names))).
			help("Declare `link %s -> %s`, or add %s to the `carries` of one.", d.from, d.to, strings.Join(names, ", "))
	}
}

func itOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// makeNodes joins the instances that crash together: those bound by atomic and queue links, and those of a declared node.
func (s *system) makeNodes() {
	parent := make([]int, len(s.ir.Instances))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	join := func(a, b int) {
		a, b = root(a), root(b)
		parent[max(a, b)] = min(a, b)
	}
	for _, l := range s.ir.Links {
		if l.Kind == fsm.Atomic || l.Kind == fsm.Queue {
			join(l.From, l.To)
		}
	}
	declared := make([]*NodeDecl, len(parent))
	for _, member := range s.members {
		d, ok := member.(*NodeDecl)
		if !ok {
			continue
		}
		list := s.nodeMembers(d, declared)
		for _, i := range list {
			join(list[0], i)
		}
	}
	named := map[int]*NodeDecl{}
	for i, d := range declared {
		if d == nil {
			continue
		}
		if other := named[root(i)]; other != nil && other != d {
			s.c.tell("node-overlap", d.Name.Span, "the nodes %s and %s are one: an atomic or queue link binds them", quote(d.Name.Name),
				quote(other.Name.Name)).label(other.Name.Span, "the other node").
				help("Declare one node with all of them, or use a network link.")
		}
		named[root(i)] = d
	}
	s.numberNodes(root, named)
}

// nodeMembers resolves the instances of a declared node.
func (s *system) nodeMembers(d *NodeDecl, declared []*NodeDecl) []int {
	var list []int
	e := s.env("a node")
	for _, r := range d.Members {
		ref := e.instance(r)
		if ref == nil || ref.index != nil {
			continue
		}
		n := 1
		if ref.whole {
			n = ref.group.count
		}
		for k := range n {
			i := ref.first + k
			if first := declared[i]; first != nil {
				s.c.tell("node-overlap", r.Span, "%s stands in a node already", quote(s.ir.Instances[i].Name)).
					label(first.Name.Span, "this one").help("An instance is on one node.")
				continue
			}
			declared[i] = d
			list = append(list, i)
		}
	}
	return list
}

func (s *system) numberNodes(root func(int) int, named map[int]*NodeDecl) {
	index := map[int]int{}
	for i, in := range s.ir.Instances {
		n, seen := index[root(i)]
		if !seen {
			n = len(s.ir.Nodes)
			index[root(i)] = n
			s.ir.Nodes = append(s.ir.Nodes, fsm.Node{})
		}
		in.Node = n
		node := &s.ir.Nodes[n]
		node.Instances = append(node.Instances, i)
		if d := named[root(i)]; d != nil {
			node.Name = d.Name.Name
			continue
		}
		if node.Name != "" {
			node.Name += "+"
		}
		node.Name += in.Name
	}
}
