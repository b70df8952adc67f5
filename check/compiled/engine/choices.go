package engine

// choices are the free choices of a step: answers of extern guards, values of any. A step that makes some is run with every
// combination, the last choice fastest.
type choices struct {
	picks, his []int64 // what is chosen, and the highest value of each
	pos        int     // choices made by this run
	runs       int     // of this step
	answers    []answer
}

// answer is the one answer of an extern guard for these arguments in this run.
type answer struct {
	guard int
	args  [maxArgs]int64
	value bool
}

// begin makes ready for the first run of a step.
func (c *choices) begin() bool {
	c.picks, c.his = c.picks[:0], c.his[:0]
	c.pos, c.answers, c.runs = 0, c.answers[:0], 1
	return true
}

// again makes ready for the next run, or reports that all combinations have been seen.
func (c *choices) again() bool {
	c.pos, c.answers = 0, c.answers[:0]
	for i := len(c.picks) - 1; i >= 0; i-- {
		if c.picks[i] < c.his[i] {
			c.picks[i]++
			c.picks, c.his = c.picks[:i+1], c.his[:i+1]
			return true
		}
	}
	return false
}

// again is [choices.again] of the step at hand, which ends the search where there are too many.
func (x *explorer) again() bool {
	if !x.choices.again() {
		return false
	}
	if x.runs++; x.runs <= x.limit.choices {
		return true
	}
	if x.flush(); x.halted == "" {
		x.halt("choices", 0, x.id)
	}
	return false
}

// pick makes a free choice: what this run is to choose, or the lowest value.
func (c *choices) pick(lo, hi int64) int64 {
	if c.pos == len(c.picks) {
		c.picks, c.his = append(c.picks, lo), append(c.his, hi)
	}
	c.pos++
	return c.picks[c.pos-1]
}

// extern is the answer of an extern guard.
func (c *choices) extern(guard int, args [maxArgs]int64) bool {
	for i := range c.answers {
		if a := &c.answers[i]; a.guard == guard && a.args == args {
			return a.value
		}
	}
	v := c.pick(0, 1) != 0
	c.answers = append(c.answers, answer{guard, args, v})
	return v
}

// outcome is how a part of a step came out.
type outcome uint8

const (
	done     outcome = iota
	refused          // it is no step after all
	violated         // explorer.site says where
)

// packet is a message on its way over an atomic link.
type packet struct {
	link, message int
	args          [maxArgs]int64
}

// cascade is what a step over atomic links is doing: the messages that wait, oldest first, and what has happened.
type cascade struct {
	queue []packet
	taken []int // transitions, as numbered for the coverage
	trail []moment
	site  int
}

// moment is the joint state and the queue at a delivery.
type moment struct {
	state state
	queue []packet
}

const maxDeliveries = 64

// fail ends a step with a violation.
func (c *cascade) fail(site int) outcome {
	c.site = site
	return violated
}

// settle hands over what is on atomic links, oldest first, each to completion.
func (x *explorer) settle(n *state) outcome {
	x.taken, x.trail = x.taken[:0], x.trail[:0]
	for len(x.queue) > 0 {
		next := x.queue[0]
		if len(x.trail) >= maxDeliveries || x.repeats(n) {
			return x.fail(runaway(next.link))
		}
		x.queue = append(x.queue[:0], x.queue[1:]...)
		if r := receive(x, n, &next); r != done {
			return r
		}
	}
	return done
}

// repeats reports whether the joint state and the queue are what they were at an earlier delivery of the step, and keeps them.
func (x *explorer) repeats(n *state) bool {
	for i := range x.trail {
		if t := &x.trail[i]; same(t.state, *n) && samePackets(t.queue, x.queue) {
			return true
		}
	}
	if len(x.trail) == cap(x.trail) {
		x.trail = append(x.trail, moment{})[:len(x.trail)]
	}
	x.trail = x.trail[:len(x.trail)+1]
	last := &x.trail[len(x.trail)-1] // its queue is used again: no step may leave garbage
	last.state, last.queue = *n, append(last.queue[:0], x.queue...)
	return false
}

func samePackets(a, b []packet) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
