// Package fleet keeps many live joint machines in one process: sessions of one kind, by key.
//
// A [Fleet] is made from the class of a generated joint machine, the variable XClass beside the system X:
//
//	conns, err := fleet.New(&repaired.EmbeddedClass, fleet.Options[ID, Node, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]{
//		Host: perform,
//	})
//
// An event goes to one session ([Fleet.Fire]), to all of an owner ([Fleet.FireOwner]), or to all that match ([Fleet.FireWhere],
// [Fleet.FireState]); many events for a session each, which a server has that reads many packets at once, are a batch
// ([Fleet.FireBatch]). Each session takes its events one at a time, in some order; that is the order in which the Host is told of
// its steps, of each exactly once, by whichever goroutine is at it. Sessions do not wait for each other's Host, nor do callers:
// an event for a session whose Host is being told already is taken at once, and told of later. What waits is bounded, and an
// event beyond the bound is refused with [ErrBusy].
//
// Timers run by themselves: what a step starts and stops, for as long as the spec says or Options.Durations do, the fleet fires, never
// early and at most a tick late. One that its session refuses, because of a guard or an order, is tried again after the session's next
// step, and every Options.Again. A timer that was stopped or started again cannot fire: its deadline is the session's own, looked
// at under the lock under which it fires. A Host that takes long holds up the timers of the sessions that have the same driver, though not
// their events: it hands long work on, or there are more drivers (Options.Drivers).
//
// A session whose machines are all in final states is removed when the Host has been told so, unless Options.KeepFinal is set.
//
// [Fleet.Count] and [Fleet.Counts] cost the same however many sessions there are; [Fleet.All] and [Fleet.Where] go through them while
// events go on. [Fleet.Watch] and [Fleet.WatchOne] give steps to whoever wants to see them, and count those that he is too slow for.
// [Fleet.Save] and [Fleet.Load] keep a fleet over a restart of the program, the rest of each timer included.
//
// Sessions are divided among shards, each with a lock that is held for the step of one session, or while a few hundred are looked
// at, and never while the Host, an observer or a function of the Options runs. The page of decisions on the fleet says
// why, and what a session costs.
package fleet
