package engine

import "syscall"

const (
	hugePage = 2 << 20
	advice   = 14 // MADV_HUGEPAGE; where it is not heard, the pages are small
)

// pages allocates memory in huge pages, if the system has some to give: nearly every lookup is in another page, and of small
// pages there are so many that it takes the memory another read to find one. It is nil where there is none.
func pages(n int) []byte {
	memory, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil
	}
	syscall.Madvise(memory, advice)
	return memory
}

// freePages gives back the pages of slots that nobody uses any more.
func freePages(memory []byte) {
	if memory != nil {
		syscall.Munmap(memory)
	}
}

// forgetPages gives back the memory of pages that nobody reads any more.
func forgetPages(memory []byte) {
	const forget = 4 // MADV_DONTNEED
	syscall.Madvise(memory, forget)
}
