package forward

import (
	"context"
	"errors"

	"github.com/dlrgate/dlrgate/journal"
)

// Drop lets go of receipts that were erased from the log while they waited
// here; a POST that runs is not called back.
func (e *Endpoint) Drop(ctx context.Context, ps []journal.Position) error {
	err := e.do(ctx, func(d *dispatcher) {
		for _, p := range ps {
			d.queue.drop(p)
		}
		d.recount(ctx)
	})
	if errors.Is(err, ErrStopped) {
		return nil // then nothing waits here but what the journal holds
	}
	return err
}

// drop finishes a delivery that waits; one that was started is finished where
// its next try would begin.
func (q *queue) drop(p journal.Position) {
	s := q.stream(p.Stream())
	if s == nil || p.Seq() <= s.low || p.Seq() > s.low+uint64(len(s.slots)) {
		return
	}
	x := s.slots[p.Seq()-s.low-1].d
	switch {
	case x == nil:
	case x.started:
		x.erased = true
	default:
		q.finish(x)
	}
}
