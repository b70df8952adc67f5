//go:build !unix

package load

// raise knows no limit.
func raise(want uint64) (before, now, most uint64) { return want, want, want }
