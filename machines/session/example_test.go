package session_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"interlock/fsm"
	"interlock/machines/session"
)

// Both ends of a connection in one process: a step changes both or neither, and says what the host has to do.
func Example() {
	both, _, err := session.NewEmbedded()
	if err != nil {
		panic(err)
	}
	for kind := range both.EnabledKinds() {
		fmt.Println("possible:", kind)
	}
	if _, err := both.ProxyAccept(); err != nil {
		panic(err)
	}
	fmt.Println(both.Proxy(), both.Leader())

	effects, err := both.ProxyHangup(session.ReasonKick)
	for effect := range effects.All() {
		switch effect.Kind {
		case session.EmbeddedProxyDoCloseSocket:
			fmt.Println("close the socket:", effect.Why)
		case session.EmbeddedProxyStartRetry:
			fmt.Println("start the timer:", effect.Kind.Duration())
		case session.EmbeddedProxyStopRetry:
			fmt.Println("stop the timer")
		}
	}
	fmt.Println(both.Proxy(), both.Leader(), both.State().IsFinal(), err)

	_, err = both.ProxyHangup(session.ReasonGone)
	fmt.Println(err)
	fmt.Println(errors.Is(err, fsm.ErrRefused))
	// Output:
	// possible: proxy.Accept
	// Open Open
	// close the socket: Kick
	// start the timer: 500ms
	// stop the timer
	// Closed Gone true <nil>
	// fsm: Embedded in ProxyClosedLeaderGone refuses proxy.Hangup: no transition is enabled
	// true
}

// One end by itself, for two nodes: what it sends to the other end is an effect, and what comes from there is delivered.
func ExampleProxy() {
	proxy := session.NewProxy()
	for _, event := range []session.ProxyEvent{
		{Kind: session.ProxyOnAccept},
		{Kind: session.ProxyOnHangup, Why: session.ReasonIdle},
		{Kind: session.ProxyOnRegistered}, // late
		{Kind: session.ProxyOnRetry},
		{Kind: session.ProxyOnRemoved},
	} {
		effects, err := proxy.Step(event)
		fmt.Println(event.Kind, effects.Delivery(), proxy.State(), err)
		for effect := range effects.All() {
			fmt.Println("  ", effect.Kind)
		}
	}
	// Output:
	// Accept taken Opening <nil>
	//    send leader Register
	// Hangup taken Closing <nil>
	//    do CloseSocket
	//    send leader Remove
	//    start retry
	// Registered ignored Closing <nil>
	// retry taken Closing <nil>
	//    send leader Remove
	//    start retry
	// Removed taken Closed <nil>
	//    stop retry
}

// A snapshot says which spec it belongs to, so that other code does not take it for one of its own.
func ExampleEmbedded_UnmarshalBinary() {
	both, _, err := session.NewEmbedded()
	if err != nil {
		panic(err)
	}
	if _, err := both.ProxyAccept(); err != nil {
		panic(err)
	}
	stored, err := both.MarshalBinary()
	fmt.Println(len(stored), "bytes", err)

	var restored session.Embedded
	fmt.Println(restored.UnmarshalBinary(stored), restored == both)

	stored[1]++ // the spec's digest begins here
	err = restored.UnmarshalBinary(stored)
	fmt.Println(errors.Is(err, fsm.ErrSpecChanged), restored == both)

	text, err := json.Marshal(both)
	var readable struct {
		Machine string
		Steps   int
		Values  map[string]any
	}
	fmt.Println(errors.Join(err, json.Unmarshal(text, &readable)), readable)
	// Output:
	// 12 bytes <nil>
	// <nil> true
	// true true
	// <nil> {Embedded 1 map[leader:Open proxy:Open proxy.retry.armed:false]}
}
