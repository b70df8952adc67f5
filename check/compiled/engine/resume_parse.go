package engine

import (
	"errors"
	"hash/crc32"
	"path/filepath"
	"strings"
)

// parse reads a checkpoint. It is trouble if it is damaged or of another search.
func (d *disk) parse(text string) *record {
	at := filepath.Join(d.dir, checkpointFile)
	body, sum, ok := strings.Cut(text, "\nsum ")
	body += "\n"
	damaged := trouble{errors.New(at + " is damaged: give -dir another folder, or remove this one to begin again")}
	if !ok || sum != itoa(int(crc32.Checksum([]byte(body), castagnoli())))+"\n" {
		panic(damaged)
	}
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(lines) < 2 || lines[0] != edition || lines[1] != "of "+d.digest {
		panic(trouble{errors.New(d.dir + " holds a checkpoint of another search: the spec, what is asked of it, or the version of interlock " +
			"was another; give -dir another folder, or remove this one to begin again")})
	}
	r := &record{}
	for _, line := range lines[2:] {
		if !r.read(strings.Fields(line)) {
			panic(damaged)
		}
	}
	return r
}

// read takes in a line. It fails if that makes no sense.
func (r *record) read(line []string) bool {
	if len(line) == 0 {
		return false
	}
	word, rest, name := line[0], line[1:], ""
	if word == "visited" || word == "gathered" {
		if len(rest) == 0 {
			return false
		}
		name, rest = rest[0], rest[1:]
	}
	n := make([]int, len(rest))
	list, ok := numbers(rest)
	for i, v := range list {
		n[i] = int(v)
	}
	switch {
	case !ok:
		return false
	case name != "" && len(n) == 4:
		return r.readRun(word, name, n)
	case word == "levels":
		r.levels = n
		return true
	}
	return r.readCounts(word, n) || r.readFlags(word, n)
}

func (r *record) readRun(word, name string, n []int) bool {
	s := &run{begin: n[0], end: n[1], count: n[2]}
	if name != "-" {
		s.pile = &pile{name: name, end: int64(n[3])}
	}
	if word == "visited" {
		r.seen = append(r.seen, s)
	} else {
		r.spills = append(r.spills, s)
	}
	return true
}

func (r *record) readCounts(word string, n []int) bool {
	switch {
	case word == "at" && len(n) == 9:
		r.level, r.start, r.count, r.expanded, r.sent, r.loops, r.hits, r.names = n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]
		r.end = int64(n[8])
	case word == "deadlock" && len(n) == 2:
		r.deadlock, r.deadlocks = uint32(n[0]), n[1]
	case word == "cut" && len(n) == 2:
		r.firstCut, r.cuts = uint32(n[0]), n[1]
	case word == "found" && len(n) == 4:
		r.found = append(r.found, finding{site: n[0], parent: uint32(n[1]), asked: n[2] != 0})
		r.own = append(r.own, n[3] != 0)
	case word == "buried" && len(n) == 3 && n[0] < words:
		r.buried[n[0]] = uint64(n[1])<<32 | uint64(n[2])
	case word == "watched" && len(n) == 4 && n[0] < watches:
		r.first[n[0]], r.held[n[0]], r.broken[n[0]] = uint32(n[1]), uint32(n[2]), n[3] != 0
	default:
		return false
	}
	return true
}

func (r *record) readFlags(word string, n []int) bool {
	switch {
	case word == "premises" && len(n) == len(r.premise):
		for i, v := range n {
			r.premise[i] = v != 0
		}
	case word == "spots" && len(n) == len(r.spots):
		for i, v := range n {
			r.spots[i] = v != 0
		}
	case word == "covered" && len(n) == len(r.cover):
		for i, v := range n {
			r.cover[i] = uint64(v)
		}
	case word == "entered" && len(n) == len(r.entered):
		for i, v := range n {
			r.entered[i] = byte(v)
		}
	default:
		return false
	}
	return true
}
