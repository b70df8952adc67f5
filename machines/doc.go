// Package machines holds real machines, a folder each: specs, and where a spec is generated, its Go code with the
// hand-written shell around it.
//
//	session             the example of the README
//	wukongim/before     a cluster's connection lifecycle with its bug,
//	wukongim/after      with its fix, which is not enough,
//	wukongim/v3         rewritten, with new holes,
//	wukongim/repaired   and as it has to be; with a connection table on top of the generated code
//	handshake           how the ends of a connection on different nodes close together, through a record in a store
//
// The package itself is empty. Its tests check every spec here on every run: the verdicts, the numbers of joint states, the
// stories of the known defects, and that each slip that can be switched on in repaired and in handshake is found.
package machines
