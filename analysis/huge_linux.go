package analysis

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// inHugePages asks the kernel to back a large slice that is not yet written
// with huge pages: searches jump about in it, and with small pages half of
// their time goes into finding out where a page is. Refused, nothing changes
// but the speed.
func inHugePages[T any](s []T) []T {
	const huge = 2 << 20
	size := uintptr(len(s)) * unsafe.Sizeof(*new(T))
	if size < 2*huge {
		return s
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	skip := (huge - start%huge) % huge
	whole := (size - skip) / huge * huge
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), skip)), whole), unix.MADV_HUGEPAGE)
	return s
}
