package main

import (
	"fmt"
	"io"
	"math/rand"
	"path/filepath"
	"strconv"

	"interlock/fsm"
	"interlock/fsm/fleet"
	lines "interlock/fsm/record"
	"interlock/machines/wukongim/repaired"
)

// The files of a child.
const (
	recording = "lines.jsonl"
	snapshot  = "snapshot"
)

// workers is how many goroutines of a child fire events.
const workers = 4

// record works in a folder until the process is killed. It returns only when something fails.
func record(dir string, round int, said io.Writer) error {
	options := lines.Options{MaxBytes: 200_000}
	if round%2 == 0 {
		options.Sync = lines.SyncEvery
	}
	r, err := lines.Open(filepath.Join(dir, recording), options)
	if err != nil {
		return err
	}
	failed := make(chan error, workers+2)
	fsm.Observe(func(o fsm.Observation) {
		n, err := r.Write(o)
		if err != nil {
			failed <- err
			return
		}
		fmt.Fprintf(said, "line %d %d %s\n", n, o.Seq, o.Session)
	})
	f, err := newFleet()
	if err != nil {
		return err
	}
	for w := range workers {
		go func() {
			failed <- live(f, fmt.Sprintf("%d.%d", round, w), rand.New(rand.NewSource(int64(round*workers+w))))
		}()
	}
	if round%2 == 1 {
		go func() { failed <- flush(r, said) }()
	}
	go func() { failed <- store(f, filepath.Join(dir, snapshot), round, said) }()
	return <-failed
}

// conns is the fleet of a child.
type conns = fleet.Fleet[string, int, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]

func newFleet() (*conns, error) {
	return fleet.New(&repaired.EmbeddedClass, fleet.Options[string, int, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]{})
}

// live fires events at sessions of its own, and begins others.
func live(f *conns, name string, random *rand.Rand) error {
	const kinds = int(repaired.EmbeddedOnLeaderFireLease) + 1
	for i := 0; ; i++ {
		key := name + "." + strconv.Itoa(i)
		if err := f.Add(key, 0); err != nil {
			return err
		}
		if err := f.Fire(key, repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}); err != nil {
			return err
		}
		for range random.Intn(20) {
			event := repaired.EmbeddedEvent{Kind: repaired.EmbeddedEventKind(random.Intn(kinds)), Why: repaired.Reason(random.Intn(5))}
			_ = f.Fire(key, event) // a refusal is as good
		}
	}
}

// flush forces lines to the disk over and over.
func flush(r *lines.Recorder, said io.Writer) error {
	for {
		n, err := r.Flush()
		if err != nil {
			return err
		}
		fmt.Fprintf(said, "flushed %d\n", n)
	}
}

// mark begins the key of a session that says which snapshot it is in.
const mark = "snapshot."

// store saves the fleet over and over.
func store(f *conns, path string, round int, said io.Writer) error {
	before := ""
	for i := uint64(1); ; i++ {
		number := uint64(round)<<32 | i
		key := mark + strconv.FormatUint(number, 10)
		if err := f.Add(key, 0); err != nil {
			return err
		}
		if before != "" {
			if err := f.Remove(before); err != nil {
				return err
			}
		}
		if _, err := f.Save(path); err != nil {
			return err
		}
		fmt.Fprintf(said, "snapshot %d\n", number)
		before = key
	}
}
