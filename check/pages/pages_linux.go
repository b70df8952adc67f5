package pages

import (
	"syscall"
	"unsafe"
)

const size = 2 << 20

// Huge asks for huge pages where the slots lie. Nearly every lookup is in another page, and of small pages there are so many that
// it takes the memory another read to find one.
func Huge(slots []uint32) {
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(slots)))
	from, to := (begin+size-1)&^(size-1), (begin+uintptr(4*len(slots)))&^(size-1)
	if from < to {
		const advice = 14 // MADV_HUGEPAGE
		syscall.Syscall(syscall.SYS_MADVISE, from, to-from, advice)
	}
}
