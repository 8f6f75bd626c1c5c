//go:build !linux

package journal

import "time"

// pauseFor sleeps for about d.
func pauseFor(d time.Duration) { <-time.After(d) }
