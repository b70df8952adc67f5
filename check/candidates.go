package check

import "interlock/fsm"

// series is joint transitions that follow one another in the system and whose first part is one of the same instance. In a
// joint state only those are tried that begin in the leaf state of that instance, so that a system of hundreds of them, as
// readers of other languages make, costs no more than its machines would. The series are in the order of the system, and so
// is what each lists: the order of fsm.Choices.
type series struct {
	instance int     // of the first part; -1: there is one joint transition, and it has no part
	byState  [][]int // by its leaf state: numbers of joint transitions, ascending; of -1 one list
}

// findSeries makes the series of the joint transitions.
func (p *program) findSeries() {
	for i, j := range p.joints {
		if len(j.parts) == 0 {
			p.series = append(p.series, series{instance: -1, byState: [][]int{{i}}})
			continue
		}
		first := &j.parts[0]
		if n := len(p.series); n == 0 || p.series[n-1].instance != first.instance {
			p.series = append(p.series, series{instance: first.instance, byState: make([][]int, len(first.byState))})
		}
		last := &p.series[len(p.series)-1]
		for state, at := range first.byState {
			if at >= 0 {
				last.byState[state] = append(last.byState[state], i)
			}
		}
	}
}

// candidates are the joint transitions of a series whose first part can step in the joint state w.
func (s *series) candidates(l *layout, w []uint64) []int {
	if s.instance < 0 {
		return s.byState[0]
	}
	if state := l.state(w, s.instance); state != fsm.Down {
		return s.byState[state]
	}
	return nil
}

// inPlace reports whether every part of a joint transition can step in the joint state w.
func (j *joint) inPlace(l *layout, w []uint64) bool {
	for i := range j.parts {
		p := &j.parts[i]
		if s := l.state(w, p.instance); s == fsm.Down || p.byState[s] < 0 {
			return false
		}
	}
	return true
}
