//go:build unix

package load

import "syscall"

// raise asks for so many open files. It says how many there might be before and are now, and the hard limit, which only the privileged
// can raise.
func raise(want uint64) (before, now, most uint64) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, 0, 0
	}
	before, most = l.Cur, l.Max
	if l.Cur >= want {
		return before, l.Cur, most
	}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: want, Max: max(want, l.Max)}) != nil {
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: l.Max, Max: l.Max}) // or it stays as it is
	}
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return before, before, most
	}
	return before, l.Cur, most
}
