package engine

import "syscall"

// newBytes makes empty bytes: many, outside of the heap and in huge pages if there are some.
func newBytes(n int) []byte {
	if n < hugePage {
		return make([]byte, n)
	}
	memory, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]byte, n)
	}
	const advice = 14 // MADV_HUGEPAGE
	syscall.Madvise(memory, advice)
	return memory
}

// dropBytes gives the memory of bytes back that are at the beginning of what newBytes has made. What they hold is lost.
func dropBytes(b []byte) {
	if whole := len(b) / hugePage * hugePage; whole > 0 {
		syscall.Madvise(b[:whole], syscall.MADV_DONTNEED) // where it fails, the memory comes back later
	}
}

// freeBytes gives back what newBytes has made.
func freeBytes(b []byte) {
	if len(b) >= hugePage {
		syscall.Munmap(b) // it refuses what it has not mapped
	}
}
