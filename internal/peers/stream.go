package peers

import (
	"math/rand"
	"slices"
)

// Streams are the events that machines are driven through, by name.
//
//	legal    drawn among the events that the state has a transition for
//	uniform  drawn among all events; most are refused
//	refused  drawn among the events that the first state has no transition for
//	cycle    eight events of a connection's life, again and again: what a processor foresees
type Streams map[string][]int

// Cycle is the life of a connection: dialled, connected, accepted, traffic twice, closed, traffic, timed out.
var Cycle = []int{0, 1, 4, 5, 5, 6, 5, 7}

// NewStreams draws n events each for a contest. The same seed gives the same streams.
func NewStreams(c Contest, n int, seed int64) Streams {
	random := rand.New(rand.NewSource(seed))
	s := Streams{}
	fresh := c.Subjects[0].New
	for m := fresh(); len(s["legal"]) < n; {
		if e := random.Intn(c.Events); m.Step(e) {
			s["legal"] = append(s["legal"], e)
		}
	}
	for range n {
		s["uniform"] = append(s["uniform"], random.Intn(c.Events))
	}
	for m := fresh(); len(s["refused"]) < n; {
		if e := random.Intn(c.Events); m.Step(e) {
			m = fresh()
		} else {
			s["refused"] = append(s["refused"], e)
		}
	}
	if c.Events == 9 {
		s["cycle"] = slices.Repeat(Cycle, n/len(Cycle))
	}
	return s
}

// Length is that of measured streams: more than a branch predictor learns by heart.
const Length = 1 << 16
