package peers_test

import (
	"testing"

	"interlock/internal/peers"
)

// length of a stream: more than a branch predictor learns by heart.
const length = 1 << 16

// BenchmarkConnection measures an event of the machine with five states and nine events, by everybody.
func BenchmarkConnection(b *testing.B) {
	subjects := peers.Connections()
	streams := peers.NewStreams(subjects[0].New, 9, length, 1)
	for _, stream := range []struct {
		name   string
		events []int
	}{{"legal", streams.Legal}, {"uniform", streams.Uniform}, {"refused", streams.Refused}} {
		for _, s := range subjects {
			b.Run(stream.name+"/"+s.Name, func(b *testing.B) {
				run := s.Drive(stream.events)
				b.ReportAllocs()
				for b.Loop() {
					run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/length, "ns/event")
			})
		}
	}
}
