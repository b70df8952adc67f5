package check

// A system whose variables begin with any value may have as many starts as other joint states. Several workers make them as they expand
// states: what takes the place of a state is a choice of these first values.

// choicesOfStart are the choices of first values: those of variables, which are made before anything is done and do not depend on each other.
type choicesOfStart struct {
	lows, highs []int64
	n           int // how many there are
}

// choicesOfStart lists the variables that begin with any value; n is 0 if they are more than anybody waits for.
func (p *program) choicesOfStart() (c choicesOfStart) {
	c.n = 1
	for _, f := range p.inits {
		if f.any {
			c.lows, c.highs = append(c.lows, f.lo), append(c.highs, f.hi)
			size := f.hi - f.lo + 1
			if size > 1<<30/int64(c.n) {
				c.n = 0
				return c
			}
			c.n *= int(size)
		}
	}
	return c
}

// startsOf calls visit for the starts of one choice, in the order of [exec.starts], which is that of the choices.
func (x *exec) startsOf(c *choicesOfStart, choice int, visit func(step)) {
	clear(x.base)
	x.reset()
	if x.tick != nil && x.tick() {
		return
	}
	for i := range c.lows {
		x.picks, x.his = append(x.picks, 0), append(x.his, c.highs[i])
	}
	for i := len(c.lows) - 1; i >= 0; i-- {
		size := int(c.highs[i] - c.lows[i] + 1)
		x.picks[i] = c.lows[i] + int64(choice%size)
		choice /= size
	}
	s := step{kind: beginning}
	x.runOnce(s, visit)
	for !x.halted && x.nextPicks() && len(x.picks) > len(c.lows) {
		if x.tick != nil && x.tick() {
			x.halted = true
			return
		}
		x.runOnce(s, visit)
	}
}

// noteStart notes a finding of the start at hand. What was found before it counts before it.
func (s *search) noteStart(f *finding) {
	if s.places[f.site.spot()] == nil {
		if s.hand != nil {
			s.flush() // which leaves the exec as it is
		}
		s.note(f)
	}
}

// takeStart takes a start that the exec of a worker has made.
func (h *hand) takeStart(step) {
	if h.begins() && h.batch.push(h.x.stored(), noState) {
		h.flush()
	}
}

// beginAll stores the starts.
func (s *search) beginAll() {
	c := s.p.choicesOfStart()
	if s.opts.Workers < 2 || s.opts.Soon || c.n < 4*s.shared { // few choices are starts, perhaps
		s.x.starts(s.begin)
		return
	}
	for at := 0; at < c.n && s.reason == ""; {
		n, ok := 0, false
		if s.st.n > 0 && s.hires(c.n-at) {
			s.crew.starts = true
			n, ok = s.crew.block(at, c.n, func(h *hand, choice int) { h.x.startsOf(&c, choice, h.takeStart) })
			s.crew.starts = false
		}
		if at += n; !ok {
			s.x.startsOf(&c, at, s.begin)
			at++
		}
	}
	if s.crew != nil {
		s.crew.alone = 0
	}
}
