package forward

import (
	"context"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// count charges the endpoint's budget for the time since the last tick, if it
// was seen failing.
func (d *dispatcher) count(ctx context.Context, now time.Time) {
	if !d.breaker.failing() || d.state.Disabled || d.state.paused() || d.o.Retry.GiveUpAfter <= 0 {
		return
	}
	b := &d.state.Budget
	if b.due(d.o.Retry.GiveUpAfter) {
		b.mark(d.heads())
	}
	b.add(now.Sub(d.lastTick))
	if heads := b.expired(d.o.Retry.GiveUpAfter); heads != nil {
		d.expired = heads
		d.state.dirty = true
	}
	if d.state.dirty || now.Sub(d.state.savedAt) >= 10*time.Second {
		d.report.journal(d.keep(ctx))
	}
}

// heads returns the ends of the streams in which something waits.
func (d *dispatcher) heads() map[journal.Stream]journal.Position {
	heads := map[journal.Stream]journal.Position{}
	for _, s := range d.queue.streams {
		if head := d.log.Head(s.id); head.Seq() > s.low {
			heads[s.id] = head
		}
	}
	return heads
}

// giveUp writes one dead range for each stream whose backlog has waited through
// give_up_after of failing. Nothing runs meanwhile.
func (d *dispatcher) giveUp(ctx context.Context) {
	if d.parked.flush(ctx, d); d.parked.unwritten() > 0 {
		return // what is written after a range of its place would be parked beside it
	}
	for _, s := range d.queue.streams {
		to := d.expired[s.id]
		if to.Seq() <= s.low {
			continue
		}
		if err := d.bury(ctx, s, to); err != nil {
			d.report.journal(err)
			return // d.expired stays: tried again
		}
	}
	d.expired = nil
	d.report.tellGivenUp(&d.o, time.Now())
	d.parked.forgetFetched() // the ranges hold what was parked within them
	d.recount(ctx)
}

func (d *dispatcher) bury(ctx context.Context, s *stream, to journal.Position) error {
	ctx, cancel := context.WithTimeout(ctx, 30*logTimeout) // it may have to count millions
	defer cancel()
	count, err := d.wanted(ctx, s, to)
	if err != nil {
		return err
	}
	if count > 0 {
		dead := journal.Dead{
			Endpoint: d.o.Name, Class: classUnreachable, Count: count, At: d.target.wall().UTC(),
			From: journal.At(s.id, s.low+1), To: to,
			Reason: seenFailing(&d.o),
		}
		if err := d.log.Bury(ctx, []journal.Dead{dead}, []journal.Cursor{{Endpoint: d.o.Name, Position: to}}); err != nil {
			return err
		}
		d.obs.DeadLettered(classUnreachable, count)
		d.report.gaveUp(count, d.log.Owned()[s.id])
	}
	for _, j := range d.retries {
		d.hold(j, slices.DeleteFunc(slices.Clone(j.ds), func(x *delivery) bool {
			return x.done || x.entry.Position.Stream() != s.id || x.entry.Position > to
		}))
	}
	d.queue.dropThrough(s, to)
	return nil
}

// wanted counts the deliveries of a stream up to p that the endpoint wants and
// that are not finished.
func (d *dispatcher) wanted(ctx context.Context, s *stream, p journal.Position) (int, error) {
	n := s.unfinished(p)
	for at := s.read(); at < p; {
		entries, err := d.log.After(ctx, at, readChunk, readBytes)
		if err != nil || len(entries) == 0 {
			return n, err
		}
		for _, e := range entries {
			if e.Position <= p && !s.skip[e.Position] && d.o.Filter.wants(e) {
				n++
			}
		}
		at = entries[len(entries)-1].Position
	}
	return n, nil
}
