package fsm_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// observe collects what is told until the test ends.
func observe(t *testing.T) (told *[]fsm.Observation, remove func()) {
	told = new([]fsm.Observation)
	remove = fsm.Observe(func(o fsm.Observation) { *told = append(*told, o) })
	t.Cleanup(remove)
	return told, remove
}

func TestObserversAreToldOnlyWhileSet(t *testing.T) {
	fsm.Tell(fsm.Observation{Event: "lost"})
	require.False(t, fsm.Observed())
	require.EqualValues(t, 0, fsm.Watched)
	first, removeFirst := observe(t)
	second, removeSecond := observe(t)
	require.True(t, fsm.Observed())
	require.EqualValues(t, 255, fsm.Watched)
	fsm.Tell(fsm.Observation{Event: "Hangup"})
	removeFirst()
	removeFirst() // a second time harms nobody
	fsm.Tell(fsm.Observation{Event: "Kick", Refused: fsm.CauseState})
	require.True(t, fsm.Observed())
	require.EqualValues(t, 255, fsm.Watched)
	removeSecond()
	require.False(t, fsm.Observed())
	require.EqualValues(t, 0, fsm.Watched)
	removeSecond()
	fsm.Tell(fsm.Observation{Event: "lost"})
	require.Equal(t, []fsm.Observation{{Event: "Hangup"}}, *first)
	require.Equal(t, []fsm.Observation{{Event: "Hangup"}, {Event: "Kick", Refused: fsm.CauseState}}, *second)
	require.Panics(t, func() { fsm.Observe(nil) })
}

// A panic ends at the observer: those behind it are told, the caller goes on, and the next event finds it gone.
func TestObserverThatPanicsIsRemoved(t *testing.T) {
	before := len(fsm.ObserverErrors())
	calls := 0
	remove := fsm.Observe(func(fsm.Observation) {
		calls++
		panic("a map that is nil")
	})
	defer remove()
	told, removeTold := observe(t)
	fsm.Tell(fsm.Observation{Event: "Accept"})
	fsm.Tell(fsm.Observation{Event: "Hangup"})
	require.Equal(t, 1, calls)
	require.Equal(t, []fsm.Observation{{Event: "Accept"}, {Event: "Hangup"}}, *told)
	errs := fsm.ObserverErrors()
	require.Len(t, errs, before+1)
	require.ErrorContains(t, errs[before], "a map that is nil")
	require.ErrorContains(t, errs[before], "observe_test.go", "the stack says where")
	removeTold()
	require.False(t, fsm.Observed())
}

// Observers come and go while many goroutines tell; one that stays misses nothing.
func TestObserversFromManyGoroutines(t *testing.T) {
	var lock sync.Mutex
	seen := 0
	defer fsm.Observe(func(fsm.Observation) {
		lock.Lock()
		defer lock.Unlock()
		seen++
	})()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				fsm.Tell(fsm.Observation{})
				fsm.Observe(func(fsm.Observation) {})()
			}
		})
	}
	wait.Wait()
	require.Equal(t, 1600, seen)
}

func TestTellOutcomeKnowsRefusals(t *testing.T) {
	told, _ := observe(t)
	refusals := fsm.NewRefusals("Proxy", []string{"Idle", "Open"}, []string{"Accept"})
	fsm.TellOutcome(fsm.Observation{Event: "Accept", From: "Idle", To: "Open", Delivery: fsm.DeliveryTaken}, nil)
	fsm.TellOutcome(fsm.Observation{Event: "Accept"}, refusals.Refuse(1, 0, fsm.CauseTimer))
	require.Equal(t, []fsm.Observation{
		{Event: "Accept", From: "Idle", To: "Open", Delivery: fsm.DeliveryTaken},
		{Event: "Accept", From: "Open", To: "Open", Refused: fsm.CauseTimer},
	}, *told)
}

func TestSetText(t *testing.T) {
	require.Equal(t, "{3, 5}", fsm.SetText(0b101, 3))
	require.Equal(t, "{Gone, Kick}", fsm.SetText(0b101, 0, "Gone", "Idle", "Kick"))
	require.Equal(t, "{}", fsm.SetText(0, 0, "Gone"))
}

// Causes and deliveries have names that come back as what they were; a new one without a name is found here.
func TestNamesOfOutcomes(t *testing.T) {
	seen := map[string]bool{}
	for c := fsm.CauseNone; c <= fsm.CauseContention; c++ {
		text, err := c.MarshalText()
		require.NoError(t, err)
		require.Equal(t, c.Name(), string(text))
		require.False(t, seen[c.Name()])
		seen[c.Name()] = true
		back := fsm.Cause(77)
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, c, back)
	}
	for d := fsm.DeliveryRefused; d <= fsm.DeliveryDeferred; d++ {
		text, err := d.MarshalText()
		require.NoError(t, err)
		require.Equal(t, d.String(), string(text))
		back := fsm.Delivery(77)
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, d, back)
	}
	cause, delivery := fsm.CauseTimer, fsm.DeliveryTaken
	require.Error(t, cause.UnmarshalText([]byte("?")))
	require.Error(t, delivery.UnmarshalText([]byte("")))
	require.Equal(t, fsm.CauseTimer, cause)
	require.Equal(t, fsm.DeliveryTaken, delivery)
	_, err := (fsm.CauseContention + 1).MarshalText()
	require.Error(t, err)
	_, err = (fsm.DeliveryDeferred + 1).MarshalText()
	require.Error(t, err)
}
