// Package repaired holds the connections of a server whose two ends cannot disagree: the repaired design of WuKongIM's
// lifecycle, in one process.
//
// The specs beside it are the design, in the surroundings that it has to bear; the checker proves it. The joint machine
// of its system Embedded is generated, and [Connections] is the hand-written shell round it.
package repaired

//go:generate go tool interlock generate
