//go:build !amd64 && !arm64

package fleet

// prefetch does nothing where it is not known how to ask for memory without reading it.
func prefetch(uintptr) {}
