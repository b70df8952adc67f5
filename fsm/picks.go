package fsm

// picks answers the free choices of one run: first with the given values, then with the lowest of each domain. What was
// asked is kept, so that the next combination can be found.
type picks struct {
	given []int64
	made  []int64
	his   []int64 // the highest value of each choice made
}

func (p *picks) next(lo, hi int64) int64 {
	v := lo
	if len(p.made) < len(p.given) {
		v = p.given[len(p.made)]
		if v < lo || v > hi {
			panic(errNotEnabled)
		}
	}
	p.made = append(p.made, v)
	p.his = append(p.his, hi)
	return v
}

// after returns the picks that follow, the last choice fastest, or false when all combinations have been seen. It does
// not know in advance what will be asked: each run tells.
func (p *picks) after() ([]int64, bool) {
	for i := len(p.made) - 1; i >= 0; i-- {
		if p.made[i] < p.his[i] {
			return append(append([]int64{}, p.made[:i]...), p.made[i]+1), true
		}
	}
	return nil, false
}

// combinations calls visit with every run of a step, in the order of picks. A run that ends in an error has still told
// what it asked before it ended.
func combinations(sys *System, j *Joint, step func(*run), visit func(r *run, err error)) {
	for given, more := []int64(nil), true; more; {
		r, err := attempt(sys, j, given, step)
		visit(r, err)
		given, more = r.picks.after()
	}
}

// Sure reports whether a step can be taken whatever its picks are: then no answer of the host stands in its way, and
// fairness may ask for it. The picks of c do not matter. A message that overtakes others must be sure to be let by.
func Sure(sys *System, j *Joint, c Choice) bool {
	if c.fits(sys, j) != nil {
		return false
	}
	sure := true
	combinations(sys, j, func(r *run) { r.step(c) }, func(r *run, err error) {
		_, violated := err.(*Violation)
		sure = sure && (violated || err == nil && !idle(sys, j, c, r))
	})
	if l := c.Link; sure && c.Kind == Deliver && !sys.Links[l].Bag() {
		for _, p := range j.Links[l][:c.Position] {
			_, always := canDefer(sys, j, sys.Links[l], p)
			sure = sure && always
		}
	}
	return sure
}
