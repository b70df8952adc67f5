// Package load opens many connections to a gateway of its own, in one process and over loopback, ends them in every way at once, and
// counts what is left over: orphans in the gateway's books, clients whose end nobody told them, goroutines, descriptors, memory.
package load
