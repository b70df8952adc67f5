package looplab_test

import (
	"context"
	"fmt"

	lab "github.com/looplab/fsm"

	"interlock/fsm/looplab"
	"interlock/spec"
)

const doorSpec = `fsm 1
spec door

enum Force { Gentle, Hard }

effect Ring(times 0..3)

machine Door {
	var slams 0..2
	timer creak 5s
	input Open
	input Close(how Force)

	initial state Closed {
		on Open when slams < 2 -> Opened { do Ring(2) }
	}
	state Opened {
		entry { start creak }
		exit { stop creak }
		on Close(how) -> Closed { if how == Hard { slams = slams + 1 } }
		on creak
	}
}
`

// A program that drives a looplab FSM goes on doing so; what happens is in the spec.
func ExampleNew() {
	s, _ := spec.Compile([]spec.Source{{Name: "door.fsm", Text: []byte(doorSpec)}}, nil)
	m, err := looplab.New(s, "Door", looplab.Options{
		Callbacks: lab.Callbacks{
			"enter_Opened": func(_ context.Context, e *lab.Event) { fmt.Println(e.Src, "->", e.Dst) },
		},
		Perform: func(_ context.Context, e looplab.Effect) { fmt.Println(e) },
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	for range 2 {
		fmt.Println(m.Event(ctx, "Open"))
		fmt.Println(m.Event(ctx, "Close", "Hard"))
	}
	err = m.Event(ctx, "Open")
	fmt.Println(m.Current(), looplab.Refused(err), err)

	// Output:
	// do Ring(2)
	// start creak
	// Closed -> Opened
	// <nil>
	// stop creak
	// <nil>
	// do Ring(2)
	// start creak
	// Closed -> Opened
	// <nil>
	// stop creak
	// <nil>
	// Closed true transition canceled with error: fsm: Door in Closed refuses Open: no transition is enabled
}

// What NewFSM is given becomes a spec, which the checker and the generator read.
func ExampleSpec() {
	_, text, err := looplab.Spec("door", "closed", lab.Events{
		{Name: "open", Src: []string{"closed"}, Dst: "open"},
		{Name: "close", Src: []string{"open"}, Dst: "closed"},
	}, nil)
	fmt.Print(string(text), err)

	// Output:
	// fsm 1
	//
	// // Made of tables of github.com/looplab/fsm. Callbacks are effects, in the order in which looplab calls them. One that can
	// // cancel is a guard of the host.
	// spec door
	//
	// // Door is what a table makes.
	// machine Door {
	// 	input open
	// 	input close
	//
	// 	initial state closed {
	// 		on open -> open
	// 	}
	//
	// 	state open {
	// 		on close -> closed
	// 	}
	// }
	//
	// system LoneDoor {
	// 	m Door
	// }
	// <nil>
}
