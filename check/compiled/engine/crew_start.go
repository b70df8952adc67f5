package engine

// beginTogether is [explorer.beginAll] by several workers. What takes the place of a state is a choice of the values that may be any
// to begin with.
func (x *explorer) beginTogether(workers, least int) {
	x.id = noState
	for at := 0; at < startChoices && x.halted == ""; {
		n, well := 0, false
		if x.crew == nil && x.count > 0 {
			x.crew = newCrew(x, workers, least)
		}
		if x.crew != nil {
			x.crew.starts = true
			n, well = x.crew.block(at, startChoices, func(h *hand, choice int) {
				h.id = noState
				startOf(h.explorer, choice)
			})
			x.crew.starts = false
		}
		if at += n; well || !x.onward() {
			continue
		}
		startOf(x, at)
		if at++; x.count == 0 {
			x.flush()
		}
	}
	x.flush()
	x.sent, x.begun, x.hits, x.expanded = 0, 0, 0, 0
	if x.crew != nil {
		x.crew.alone = 0
	}
}
