package journal

import (
	"errors"
	"syscall"
	"time"
)

// pauseFor sleeps for less than some ms exactly. The runtime's timers cannot:
// its poller waits in whole ms, so that 0.2 ms become 1.2 when nothing else
// runs, and a commit of 0.8 ms would begin every 2 ms instead of every 1.
func pauseFor(d time.Duration) {
	left := syscall.NsecToTimespec(d.Nanoseconds())
	for {
		now := left
		if err := syscall.Nanosleep(&now, &left); !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}
