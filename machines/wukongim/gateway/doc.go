// Package gateway is a server for clients that hold a connection open: a TCP listener, a book of the sockets (the proxy's), a book of
// the users that can be reached (the leader's), and an admin page on loopback. The two ends of a connection are one joint machine,
// generated from gateway.fsm, and live in a fleet; what is written by hand here does what the machines order, and nothing else.
//
// cmd/gateway runs it, and cmd/load opens as many connections as the computer allows, ends them in every way at once, and counts
// what is left over.
package gateway

//go:generate go tool interlock generate
