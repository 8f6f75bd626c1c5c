// This file joins the standard library's package time when the program for
// TestClock is built: Now adds what a mapped file says.
package time

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

// skewed is by how many seconds the wall clock is off.
var skewed = openSkew()

func openSkew() *int64 {
	name, set := syscall.Getenv("DLRGATE_TEST_CLOCK")
	if !set {
		return new(int64)
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic("DLRGATE_TEST_CLOCK: " + err.Error())
	}
	page, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic("DLRGATE_TEST_CLOCK: " + err.Error())
	}
	return (*int64)(unsafe.Pointer(&page[0]))
}

func skew() int64 { return atomic.LoadInt64(skewed) }
