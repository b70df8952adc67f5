package record

import (
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"interlock/fsm"
	"interlock/fsm/slogger"
	"interlock/machines/wukongim/repaired"
)

// BenchmarkObserved is a step of a joint machine for many goroutines (a push: one message, one effect), by who observes it.
func BenchmarkObserved(b *testing.B) {
	off := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError}))
	text := slog.New(slog.NewTextHandler(io.Discard, nil))
	b.Run("nobody", push)
	observed(b, "deaf", func(fsm.Observation) {})
	observed(b, "slog-off", slogger.Observer(off, slogger.Options{}))
	observed(b, "slog-text", slogger.Observer(text, slogger.Options{}))
	recorded(b, "record", Options{})
	recorded(b, "record-sync", Options{Sync: SyncEvery})
}

func observed(b *testing.B, name string, observer func(fsm.Observation)) {
	b.Run(name, func(b *testing.B) {
		defer fsm.Observe(observer)()
		push(b)
	})
}

func recorded(b *testing.B, name string, o Options) {
	b.Run(name, func(b *testing.B) {
		r, err := Open(filepath.Join(b.TempDir(), "lines.jsonl"), o)
		if err != nil {
			b.Fatal(err)
		}
		defer fsm.Observe(r.Observe)()
		push(b)
		if err := r.Close(); err != nil || r.Stats().Lost > 0 {
			b.Fatal(err, r.Stats())
		}
	})
}

func push(b *testing.B) {
	start, _, err := repaired.NewEmbedded()
	if err != nil {
		b.Fatal(err)
	}
	var cell repaired.EmbeddedCell
	cell.Store(start)
	if _, err := cell.ProxyAccept(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cell.LeaderPush(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSharedSync is a line on the disk, when 64 goroutines want that at once.
func BenchmarkSharedSync(b *testing.B) {
	r, err := Open(filepath.Join(b.TempDir(), "lines.jsonl"), Options{Sync: SyncEvery})
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(32)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := r.Write(fsm.Observation{Machine: "Embedded", Session: "7", Event: "proxy.Accept"}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
}
