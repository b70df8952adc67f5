// Package fleet keeps many live joint machines in one process: sessions of one kind, by key.
//
// A [Fleet] is made from the class of a generated joint machine, the variable XClass beside the system X:
//
//	conns, err := fleet.New(&repaired.EmbeddedClass, fleet.Options[ID, Node, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]{
//		Host: perform,
//	})
//
// An event goes to one session ([Fleet.Fire]), to all of an owner ([Fleet.FireOwner]), or to all that match ([Fleet.FireWhere],
// [Fleet.FireState]). Each session takes its events one at a time, in some order; that is the order in which the Host is told of
// its steps, of each exactly once, by whichever goroutine is at it. Sessions do not wait for each other's Host, nor do callers:
// an event for a session whose Host is being told already is taken at once, and told of later. What waits is bounded, and an
// event beyond the bound is refused with [ErrBusy].
//
// A session whose machines are all in final states is removed when the Host has been told so, unless Options.KeepFinal is set.
//
// Sessions are divided among shards, each with a lock that is held for the step of one session, or while a few hundred are looked
// at, and never while the Host, an observer or a function of the Options runs. The page of decisions on the fleet says
// why, and what a session costs.
package fleet
