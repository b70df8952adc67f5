package peers

import "math/rand"

// Streams are the events that a machine is driven through.
type Streams struct {
	// Legal are events that are drawn among those that the state has a transition for.
	Legal []int
	// Uniform are drawn among all events; most are refused.
	Uniform []int
	// Refused are drawn among those that the first state has no transition for.
	Refused []int
}

// NewStreams draws n events each, of a machine with that many events. The same seed gives the same streams.
func NewStreams(fresh func() Machine, events, n int, seed int64) Streams {
	random := rand.New(rand.NewSource(seed))
	var s Streams
	for m := fresh(); len(s.Legal) < n; {
		if e := random.Intn(events); m.Step(e) {
			s.Legal = append(s.Legal, e)
		}
	}
	for range n {
		s.Uniform = append(s.Uniform, random.Intn(events))
	}
	for m := fresh(); len(s.Refused) < n; {
		if e := random.Intn(events); m.Step(e) {
			m = fresh()
		} else {
			s.Refused = append(s.Refused, e)
		}
	}
	return s
}
