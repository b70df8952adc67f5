package engine

import (
	"runtime"
	"syscall"
	"unsafe"
)

const hugePage = 2 << 20

// newSlots allocates empty slots. Many lie in huge pages, if the system has some to give: nearly every lookup is in another
// page, and of small pages there are so many that it takes the memory another read to find one.
func newSlots(n int) []uint32 {
	if 4*n < 2*hugePage {
		return make([]uint32, n)
	}
	memory, err := syscall.Mmap(-1, 0, 4*n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]uint32, n)
	}
	const advice = 14 // MADV_HUGEPAGE; where it is not heard, the pages are small
	syscall.Madvise(memory, advice)
	mapped = memory
	return unsafe.Slice((*uint32)(unsafe.Pointer(&memory[0])), n)
}

// mapped is the memory of the slots that newSlots has last made, if it is no memory of the runtime.
var mapped []byte

// freeSlots gives back the memory of what newSlots has last made.
func freeSlots([]uint32) {
	if mapped != nil {
		syscall.Munmap(mapped)
		mapped = nil
		return
	}
	runtime.GC()
}
