package main

import (
	"embed"
	"io/fs"
	"maps"
	"slices"

	"interlock/machines/handshake"
	"interlock/spec"
)

// texts are the specs and their twins in Promela: specs/NAME/NAME.fsm and specs/NAME/NAME.pml. The spec of handshake is that of
// machines/handshake.
//
//go:embed specs
var texts embed.FS

// sources are the texts of the spec.
func sources(name string) ([]spec.Source, error) {
	var files fs.FS = texts
	pattern := "specs/" + name + "/*.fsm"
	if name == "handshake" {
		files, pattern = handshake.Specs, "*.fsm"
	}
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return nil, err
	}
	var list []spec.Source
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		list = append(list, spec.Source{Name: name, Text: text})
	}
	return list, nil
}

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
	tla      = "published: TLA+ examples"
	murphi   = "published: distribution of Murphi"
	formula  = "a sequence: (1+√2)^N, rounded"
	ourCount = "not published; Interlock's reference and SPIN agree"
)

// beforeTheStart: SPIN stores a state in which it is not chosen yet where the system begins.
var beforeTheStart = extra{dfs: 1, bfs: 1}

// entries are the systems, in the order of the tables.
var entries = []*entry{
	{name: "twophase3", spec: "twophase", set: size("3"), states: 288, known: tla, small: true},
	{name: "twophase7", spec: "twophase", set: size("7"), states: 296_448, known: tla},
	{name: "twophase9", spec: "twophase", set: size("9"), states: 10_340_352, known: tla},
	{name: "peterson3", spec: "peterson", set: size("3"), states: 882, known: ourCount, small: true},
	{name: "peterson5", spec: "peterson", set: size("5"), states: 628_868, known: murphi},
	{name: "lamport2", spec: "lamport", set: map[string]string{"N": "2", "MaxClock": "4"}, states: 401, known: ourCount, small: true},
	{name: "lamport3", spec: "lamport", set: map[string]string{"N": "3", "MaxClock": "6"}, states: 724_274, known: tla},
	{name: "german2", spec: "german", set: size("2"), states: 3_390, known: ourCount, extra: beforeTheStart, small: true},
	{name: "german4", spec: "german", set: size("4"), states: 1_105_434, known: murphi + " (1 105 435 with the state before its start)", extra: beforeTheStart},
	{name: "ewd840-3", spec: "ewd840", set: size("3"), states: 302, known: ourCount, extra: beforeTheStart, small: true},
	{name: "ewd840-7", spec: "ewd840", set: size("7"), states: 172_286, known: tla, extra: beforeTheStart},
	{name: "changroberts3", spec: "changroberts", set: size("3"), states: 137, known: ourCount, extra: beforeTheStart, small: true},
	{name: "changroberts6", spec: "changroberts", set: size("6"), states: 40_261, known: ourCount, extra: beforeTheStart},
	{name: "changroberts7", spec: "changroberts", set: size("7"), states: 333_161, known: ourCount, extra: beforeTheStart},
	{name: "dining4", spec: "dining", set: size("4"), states: 34, known: formula, broken: true, small: true},
	{name: "dining16", spec: "dining", set: size("16"), states: 1_331_714, known: formula, broken: true},
	{name: "abp1", spec: "abp", set: wires("1", "2"), states: 366, known: ourCount, small: true},
	{name: "abp2", spec: "abp", set: wires("2", "3"), states: 719_104, known: "848 squared, for there are two wires; " + ourCount},
	{name: "handshake1", spec: "handshake", set: epochs("1"), states: 44_555, known: ourCount, small: true},
	{name: "handshake3", spec: "handshake", set: epochs("3"), states: 1_241_426, known: ourCount},
}

// epochs is how many leaders of the handshake may follow each other.
func epochs(n string) map[string]string { return map[string]string{"EpochsOfCluster": n} }

// wires are the constants of abp: how many wires, and how many messages each link holds.
func wires(n, capacity string) map[string]string {
	return map[string]string{"N": n, "Capacity": capacity, "Values": "3"}
}
