package journal

import "time"

// Bounds of one group.
const (
	minGroup       = 256
	maxGroup       = 1000
	maxGroupOctets = 1 << 20
)

const (
	// rowTime is about what a receipt adds to a commit: minGroup adds 5 ms, and
	// whoever comes next waits for that. ADR 12 has the measurements.
	rowTime = 20 * time.Microsecond
	// lone is the largest group that tells what a commit costs by itself.
	lone = 16
	// loneEvery is how often a group is kept that small to learn it.
	loneEvery = 100
)

// groupSize says how many receipts a commit takes at the most: as many as add 5 ms
// to it, or as much as it costs by itself where that is more, so that a slow disk
// is not asked more often than it pays.
type groupSize struct {
	fixed time.Duration // the median of what a commit costs by itself
	since int           // commits since it was learnt
}

// rows is the size of the next group.
func (g *groupSize) rows() int {
	if g.since >= loneEvery {
		return lone
	}
	return min(max(int(g.fixed/rowTime), minGroup), maxGroup)
}

// learn takes what a commit of that many rows took. Every step is the same, so
// that a stall counts no more than anything else.
func (g *groupSize) learn(rows int, took time.Duration) {
	g.since++
	if rows > lone {
		return
	}
	g.since = 0
	step := g.fixed/8 + 10*time.Microsecond
	if took < g.fixed {
		step = -step
	}
	g.fixed += step
}
