//go:build faultpoints

package faultpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Variable holds NAME:N: the process dies when it comes to the point for the
// Nth time.
const Variable = "DLRGATE_TEST_FAULTPOINT"

// armed is made once, from the environment.
var armed = arm(os.Getenv(Variable))

type bomb struct {
	at   Point
	left atomic.Int64
}

func arm(text string) *bomb {
	name, times, _ := strings.Cut(text, ":")
	n, _ := strconv.ParseInt(times, 10, 64)
	b := &bomb{at: Point(name)}
	b.left.Store(max(n, 1))
	return b
}

// Here ends the process by SIGKILL if this is the point that it was started to
// die at.
func Here(p Point) {
	if p != armed.at || armed.left.Add(-1) != 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "faultpoint %s\n", p)
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	select {} // nothing after the point happens
}
