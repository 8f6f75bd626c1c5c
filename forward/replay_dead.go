package forward

import (
	"context"
	"errors"
	"slices"

	"github.com/dlrgate/dlrgate/journal"
)

// deadLetters takes the next receipts of the dead letters that are sent again.
// A range may hold unwanted ones; each range is gone through by At.
func (r *replay) deadLetters(ctx context.Context, d *dispatcher) (entries []*journal.Entry, done bool, err error) {
	for r.Next < len(r.Dead) && len(entries) == 0 {
		dead, err := d.log.GetDead(ctx, r.Dead[r.Next])
		if errors.Is(err, journal.ErrNotFound) { // dropped meanwhile
			r.Next, r.At = r.Next+1, nil
			continue
		}
		if err != nil {
			return nil, false, err
		}
		entries, err = r.inside(ctx, d, dead)
		if err != nil {
			return nil, false, err
		}
		if len(entries) == 0 { // its end
			if err := r.dropEnded(ctx, d, dead); err != nil {
				return nil, false, err
			}
			r.Next, r.At = r.Next+1, nil
		}
	}
	return entries, len(entries) == 0, nil
}

// inside returns the next wanted entries of a dead letter.
func (r *replay) inside(ctx context.Context, d *dispatcher, dead journal.Dead) ([]*journal.Entry, error) {
	s := dead.From.Stream()
	at := r.At[s]
	if at == 0 {
		at = dead.From - 1
	}
	var entries []*journal.Entry
	for at < dead.To && len(entries) == 0 {
		found, err := d.log.After(ctx, at, chunkSize, readBytes)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			at = dead.To
		}
		for _, e := range found {
			at = e.Position
			if at <= dead.To && (dead.From == dead.To || d.o.Filter.wants(e)) {
				entries = append(entries, e)
				r.Chunk = append(r.Chunk, chunkItem{Position: e.Position, Dead: dead.ID})
			}
		}
	}
	r.At = map[journal.Stream]journal.Position{s: min(at, dead.To)}
	return entries, nil
}

// settleDead writes those of a range that failed again as dead letters of their
// own, so that the range can go.
func (r *replay) settleDead(ctx context.Context, d *dispatcher) error {
	if r.Dead == nil || !slices.ContainsFunc(r.Chunk, func(c chunkItem) bool { return c.Failed }) {
		return nil
	}
	dead, err := d.log.GetDead(ctx, r.Chunk[0].Dead)
	if errors.Is(err, journal.ErrNotFound) || err == nil && dead.From == dead.To {
		return nil // a single one stays as it is
	}
	if err != nil {
		return err
	}
	var again []journal.Dead
	for _, c := range r.Chunk {
		if c.Failed {
			again = append(again, journal.Dead{
				Endpoint: d.o.Name, Class: classRefused, From: c.Position, To: c.Position, Count: 1,
				At: d.target.wall().UTC(), Reason: "not taken when its range was sent again",
			})
		}
	}
	if err := d.log.Bury(ctx, again, nil); err != nil {
		return err
	}
	for i := range r.Chunk { // only now: what is not written is written again
		r.Chunk[i].Failed = false
	}
	return nil
}

// dropEnded removes a dead letter that was gone through, unless it is a single
// one that failed again.
func (r *replay) dropEnded(ctx context.Context, d *dispatcher, dead journal.Dead) error {
	if dead.From == dead.To && r.failedAgain == dead.ID {
		return nil
	}
	if err := d.log.TakeDead(ctx, &dead, d.target.wall().UTC()); err != nil {
		return err
	}
	d.recount(ctx)
	return nil
}
