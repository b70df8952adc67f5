// Package session is the smallest pair of lifecycles that this project is about: the proxy that holds a client's socket, and the
// leader that counts the client as online. What is generated from session.fsm is a machine for each, and [Embedded], the two as one.
package session

//go:generate go tool interlock generate
