package main

import (
	"embed"
	"maps"
	"slices"
)

// texts are the specs and their twins in Promela: specs/NAME/NAME.fsm and specs/NAME/NAME.pml.
//
//go:embed specs
var texts embed.FS

// entry is one system of the benchmark at one size.
type entry struct {
	name   string
	spec   string            // its folder in specs
	set    map[string]string // constants of the spec, which are macros of the Promela text too
	states int               // joint states that a search must find
	known  string            // where that number comes from
	extra  extra             // what SPIN stores beyond that
	broken bool              // the spec expects something to be violated
	small  bool              // for a first look and for tests, not for the table
}

// extra is how many more states SPIN stores than there are joint states, because a first state of its own chooses where to begin.
type extra struct{ dfs, bfs int }

// defines are the macros of the Promela text, in a fixed order.
func (e *entry) defines() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e.set)) {
		list = append(list, "-D"+name+"="+e.set[name])
	}
	return list
}

// size is the value of the constant N, which most specs have.
func size(n string) map[string]string { return map[string]string{"N": n} }

const (
	commit   = "published: Gray and Lamport's protocol in the TLA+ examples"
	filter   = "published: distribution of Murphi"
	ourCount = "no published number: reference, checker and SPIN agree"
)

// entries are the systems, in the order of the tables.
var entries = []*entry{
	{name: "twophase3", spec: "twophase", set: size("3"), states: 288, known: commit, small: true},
	{name: "twophase7", spec: "twophase", set: size("7"), states: 296_448, known: commit},
	{name: "twophase9", spec: "twophase", set: size("9"), states: 10_340_352, known: commit},
	{name: "peterson3", spec: "peterson", set: size("3"), states: 882, known: ourCount, small: true},
	{name: "peterson5", spec: "peterson", set: size("5"), states: 628_868, known: filter},
}
