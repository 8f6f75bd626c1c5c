package journal

import (
	"context"
	"fmt"
	"time"
)

// watchEvery is how often the committer is looked at.
const watchEvery = 100 * time.Millisecond

// watch sees what the committer cannot see while it commits: that the commit
// hangs, and that a lease ends meanwhile.
func (j *Journal) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if j.health.check(now) {
				answer(j.queue.takeAll(), fmt.Errorf("%w: a commit hangs", ErrRefused))
			}
			for _, l := range j.owned() {
				if !l.Until.IsZero() && !now.Before(l.Until) {
					j.lose(l.Stream)
				}
			}
		}
	}
}
