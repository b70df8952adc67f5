// Package handshake holds the machines of a close handshake between nodes: when the proxy reports that a session is closed, no
// leader of it has an effect any more, whatever the network does and whoever dies.
//
// The specs beside it are the design, with its rules, and slips.fsm has a switch that breaks each. What is generated from
// them are the machines [Proxy] and [Leader], one step a call. Their shared variables are the record in the store: a
// host reads it, hands it to the machine, takes the event, and compares and swaps what the machine made of it; if somebody
// else was faster, it throws the step away and begins again. The example shows how.
package handshake

import "embed"

//go:generate go tool interlock generate

// Specs are the texts that the package is generated from, for who wants to search them.
//
//go:embed *.fsm
var Specs embed.FS
