package journal

import (
	"time"

	"go.uber.org/zap"
)

// grumbleEvery is the shortest time between two lines about the same work that
// fails: it is tried every second, and a database can be away for hours.
const grumbleEvery = time.Minute

// grumble writes about work of one kind that fails, at once and then once a
// minute. It belongs to the goroutine that does the work.
type grumble struct {
	log     *zap.Logger
	what    string // the line
	said    time.Time
	skipped int // since said
}

// about notes a failure, which came now.
func (g *grumble) about(err error, now time.Time) {
	if !g.said.IsZero() && now.Sub(g.said) < grumbleEvery {
		g.skipped++
		return
	}
	g.log.Warn(g.what, zap.Error(err), zap.Int("repeated", g.skipped))
	g.said, g.skipped = now, 0
}
