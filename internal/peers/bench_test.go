package peers_test

import (
	"testing"

	"interlock/internal/peers"
)

// BenchmarkStep measures an event, by everybody.
func BenchmarkStep(b *testing.B) {
	for _, c := range peers.Contests() {
		streams := peers.NewStreams(c, peers.Length, 1)
		for _, stream := range c.Streams {
			for _, s := range c.Subjects {
				run := s.Drive(streams[stream])
				if run == nil {
					continue
				}
				b.Run(c.Name+"/"+stream+"/"+s.Name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						run()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/peers.Length, "ns/event")
				})
			}
		}
	}
}

// BenchmarkNew measures how machines are made.
func BenchmarkNew(b *testing.B) {
	for _, c := range peers.Contests() {
		for _, s := range c.Subjects {
			if s.New == nil {
				continue
			}
			b.Run(c.Name+"/"+s.Name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s.New()
				}
			})
		}
	}
}
