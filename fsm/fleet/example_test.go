package fleet_test

import (
	"errors"
	"fmt"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/machines/wukongim/repaired"
)

// The connections of a server, by number, each owned by the node that its client came through.
type (
	conns = fleet.Fleet[int, string, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]
	opts  = fleet.Options[int, string, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]
	step  = fleet.Step[int, string, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]
)

func Example() {
	var f *conns
	f, err := fleet.New(&repaired.EmbeddedClass, opts{Host: func(s step) {
		for effect := range s.Effects.All() {
			fmt.Println(s.Key, effect)
		}
	}})
	if err != nil {
		panic(err)
	}
	defer f.Close()

	accept := repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}
	for key, node := range []string{"north", "south"} {
		if err := errors.Join(f.Add(key, node), f.Fire(key, accept)); err != nil {
			panic(err)
		}
	}
	fmt.Println(f.Count(int(repaired.EmbeddedProxyLiveOpenLeaderOpen)), "open")

	err = f.Fire(0, accept)
	fmt.Println(err, errors.Is(err, fsm.ErrRefused))

	fmt.Println("north is gone:", f.FireOwner("north", repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyHangup, Why: repaired.ReasonBroken}))
	for v := range f.All() {
		fmt.Println(v.Key, v.Owner, v.State.State())
	}
	// Output:
	// 0 leader: do Online(0, 1)
	// 1 leader: do Online(0, 1)
	// 2 open
	// fsm: Embedded in ProxyLiveOpenLeaderOpen refuses proxy.Accept: no transition is enabled true
	// 0 proxy: stop beat
	// 0 proxy: do CloseSocket(Broken)
	// 0 proxy: start retry
	// 0 leader: stop lease
	// 0 leader: do Offline(0, 1)
	// 0 proxy: stop retry
	// north is gone: {1 0 0}
	// 1 south ProxyLiveOpenLeaderOpen
}
