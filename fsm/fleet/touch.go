//go:build amd64 || arm64

package fleet

// prefetch asks for the line of memory at an address and the one behind it, and waits for neither. It reads nothing: any number will do.
//
//go:noescape
func prefetch(address uintptr)
