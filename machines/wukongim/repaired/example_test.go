package repaired_test

import (
	"fmt"

	"interlock/machines/wukongim/repaired"
)

// printer is a host that says what it is told.
type printer struct{}

func (printer) CloseSocket(id repaired.ID, why repaired.Reason) {
	fmt.Printf("%d: close the socket: %s\n", id, why)
}
func (printer) WriteSocket(id repaired.ID, data []byte) { fmt.Printf("%d: write %s\n", id, data) }
func (printer) Online(id repaired.ID, user string)      { fmt.Printf("%d: %s is online\n", id, user) }
func (printer) Offline(id repaired.ID, user string)     { fmt.Printf("%d: %s is offline\n", id, user) }

// Whichever end a connection is closed at, the other closes in the same step.
func Example() {
	connections := repaired.NewConnections(printer{}, nil, 1000)
	phone, _ := connections.Open("ann")
	laptop, _ := connections.Open("ann")
	_ = connections.Push(phone, []byte("hello"))

	_ = connections.Hangup(phone, repaired.ReasonEOF) // the proxy's end
	for view := range connections.All() {
		fmt.Println(view.ID, view.User, view.Proxy, view.Leader)
	}
	_ = connections.Kick(laptop) // the leader's end
	fmt.Println("online:", connections.Online("ann"), "consistent:", connections.Check() == nil)
	// Output:
	// 1: ann is online
	// 2: ann is online
	// 1: write hello
	// 1: close the socket: EOF
	// 1: ann is offline
	// 2 ann Live.Open Open
	// 2: ann is offline
	// 2: close the socket: Kicked
	// online: 0 consistent: true
}
