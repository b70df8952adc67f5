package engine

import (
	"os"
	"time"
)

// next makes the next level of what was gathered. It reports whether there is one.
func (d *disk) next() bool {
	x := d.x
	earlier := d.record()
	d.earlier = earlier
	fresh := d.sift()
	if x.halted != "" { // this level is begun again by who goes on from here
		d.spill()
		earlier.spills = d.spills
		d.checkpoint(earlier)
		d.earlier = nil
		return false
	}
	d.earlier = nil
	d.buffer = d.buffer[:0]
	d.drop(d.spills)
	d.spills = nil
	if x.count == earlier.count {
		return false
	}
	d.start += x.levels[d.level]
	d.level++
	level := d.section(d.level)
	if level.count <= d.light() {
		level.list = fresh
	}
	d.seen = append(d.seen, level)
	d.base = d.record()
	d.compact()
	if time.Since(d.last) >= d.every {
		d.checkpoint(d.record())
	}
	return true
}

// sift stores what was gathered and not yet visited, in order. It returns what is new, if that is little.
func (d *disk) sift() []state {
	x, before := d.x, d.x.count
	d.most = max(d.most, len(d.buffer))
	d.buffer = sorted(d.buffer)
	d.blocks = append(d.blocks, len(d.states.marks))
	all := append(append([]*run{{list: d.buffer}}, d.spills...), d.seen...)
	cursors := d.open(all)
	gathered, visited := cursors[:len(d.spills)+1], cursors[len(d.spills)+1:]
	var fresh []state
	light := d.light()
	ticks := 0
	merge(gathered, func(s *state) bool {
		if ticks++; ticks&(1<<12-1) == 0 {
			if d.ask(); d.stop {
				x.halt("stopped", 0, uint32(x.expanded))
				return false
			}
		}
		for i := range visited {
			if visited[i].has(s) {
				return true
			}
		}
		if x.count >= x.limit.states {
			x.halt("states", 0, uint32(x.expanded))
			return false
		}
		if len(fresh) < light {
			fresh = append(fresh, *s)
		}
		d.store(s)
		return x.halted == ""
	})
	if d.states.flush(); x.halted != "" {
		x.live = 0
	}
	if x.count > before {
		x.levels = append(x.levels, x.count-before)
	} else {
		d.blocks = d.blocks[:len(d.blocks)-1]
	}
	return fresh
}

// store stores a new state, and asks the properties of it.
func (d *disk) store(s *state) {
	x := d.x
	id := uint32(x.count)
	d.states.add(s)
	x.count++
	d.disown()
	watch(x, s, id, id)
	for len(d.own) < len(x.found) {
		d.own = append(d.own, true)
	}
}

// disown notes that what was found so far beyond own is in steps from states.
func (d *disk) disown() {
	for len(d.own) < len(d.x.found) {
		d.own = append(d.own, false)
	}
}

// compact merges runs of visited states, the last ones first, so that there are few.
func (d *disk) compact() {
	for len(d.seen) > maxSeen {
		first := len(d.seen) - 2
		total := d.seen[first].count + d.seen[first+1].count
		for first > 0 && d.seen[first-1].count <= 2*total {
			first--
			total += d.seen[first].count
		}
		runs := d.seen[first:]
		begin, end := runs[0].begin, runs[len(runs)-1].end
		var r *run
		if total <= d.light() {
			r = &run{list: make([]state, 0, total), count: total}
			merge(d.open(runs), func(s *state) bool { r.list = append(r.list, *s); return true })
			d.drop(runs)
		} else {
			r = d.write("visited", runs)
		}
		r.begin, r.end = begin, end
		d.seen = append(d.seen[:first:first], r)
		d.base = d.record() // the files of the others may be gone
	}
}

// remove takes away the files that no checkpoint needs any more.
func (d *disk) remove() {
	kept := d.old[:0]
	for _, p := range d.old {
		if p.known {
			kept = append(kept, p)
			continue
		}
		p.file.Close()
		os.Remove(p.file.Name()) // if it cannot be, it is in nobody's way
	}
	d.old = kept
}

// levelOf is the level of a state and the number of the first state in it.
func (d *disk) levelOf(id uint32) (level, start int) {
	for start+d.x.levels[level] <= int(id) {
		start += d.x.levels[level]
		level++
	}
	return level, start
}

// path lists the states of the shortest run to a state: of those before a state, the one of the lowest number is taken.
func (d *disk) path(id uint32) (states []state, err error) {
	defer d.caught(&err)
	level, start := d.levelOf(id)
	states = make([]state, level+1)
	var c cursor
	c.open(d.section(level))
	c.skip(int(id) - start)
	states[level] = c.now
	for ; level > 0; level-- {
		_, states[level-1] = d.parent(level, &states[level])
	}
	return states, nil
}

// parent finds the first state of the level before that has a step to a state of a level.
func (d *disk) parent(level int, s *state) (uint32, state) {
	x := d.x
	start := 0
	for _, n := range x.levels[:level-1] {
		start += n
	}
	x.tracing, x.live, x.full, x.n, x.every = true, 0, batch, 0, true
	x.target, x.previous = *s, noState
	var c cursor
	for c.open(d.section(level - 1)); !c.over && x.previous == noState; c.next() {
		x.id = uint32(start)
		from := c.now
		successors(x, &from)
		faults(x, &from)
		x.flush()
		start++
		if x.previous != noState {
			return x.previous, from
		}
	}
	panic("a state has no parent") // it was stored as the successor of one
}

// owners looks for the parents of the states in which something was found.
func (d *disk) owners() {
	d.disown()
	for i, own := range d.own {
		if !own {
			continue
		}
		var s state
		level, start := d.levelOf(d.x.found[i].parent)
		var c cursor
		c.open(d.section(level))
		c.skip(int(d.x.found[i].parent) - start)
		s = c.now
		d.x.found[i].parent, _ = d.parent(level, &s)
	}
	clear(d.own)
}

// each calls visit with every state, in the order of their numbers.
func (d *disk) each(visit func(*state)) (err error) {
	defer d.caught(&err)
	for level := range d.x.levels {
		var c cursor
		for c.open(d.section(level)); !c.over; c.next() {
			visit(&c.now)
		}
	}
	return nil
}
