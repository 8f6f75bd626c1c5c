package forward

import (
	"context"
	"errors"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// deadLetters takes the next receipts of the dead letters that are sent again: of
// single ones as many as are found in namedTime, or the next of a range. A range
// is gone through by At, which is nil for single ones.
func (r *replay) deadLetters(ctx context.Context, d *dispatcher) (entries []*journal.Entry, done bool, err error) {
	for began := time.Now(); r.Next < len(r.Dead) && len(entries) < chunkSize && time.Since(began) < namedTime; {
		dead, err := d.log.GetDead(ctx, r.Dead[r.Next])
		switch {
		case errors.Is(err, journal.ErrNotFound): // dropped meanwhile
			r.Next, r.At, r.First = r.Next+1, nil, nil
		case err != nil:
			return nil, false, err
		case r.At == nil && !d.owns(dead.From): // it stays as it is
			r.Next, r.Failed = r.Next+1, r.Failed+dead.Count
		case dead.From == dead.To:
			if entries, err = r.single(ctx, d, &dead, entries); err != nil {
				return nil, false, err
			}
		case len(entries) > 0: // a range after single ones
			return entries, false, nil
		default:
			entries, err = r.inside(ctx, d, dead)
			return entries, false, err
		}
	}
	return entries, r.Next == len(r.Dead) && len(entries) == 0, nil
}

// single appends the receipt of a dead letter.
func (r *replay) single(ctx context.Context, d *dispatcher, dead *journal.Dead, entries []*journal.Entry) ([]*journal.Entry, error) {
	e, err := d.log.Get(ctx, dead.From)
	if errors.Is(err, journal.ErrNotFound) {
		_, err = d.log.DropDead(ctx, []int64{dead.ID})
		r.Next, r.Failed = r.Next+1, r.Failed+1
		return entries, err
	}
	if err != nil {
		return entries, err
	}
	r.Next++
	r.Chunk = append(r.Chunk, chunkItem{Position: e.Position, Dead: dead.ID})
	return append(entries, e), nil
}

// inside returns the next wanted entries of a dead range, looking at some; at its
// end the range goes.
func (r *replay) inside(ctx context.Context, d *dispatcher, dead journal.Dead) ([]*journal.Entry, error) {
	s := dead.From.Stream()
	at := r.At[s]
	if at == 0 {
		at = dead.From - 1
	}
	if at >= dead.To {
		return nil, r.endRange(ctx, d, dead)
	}
	var entries []*journal.Entry
	for looked := 0; at < dead.To && len(entries) == 0 && looked < scanSize; {
		found, err := d.log.After(ctx, at, chunkSize, readBytes)
		if err != nil {
			return nil, err
		}
		looked += len(found)
		if len(found) == 0 {
			at = dead.To
		}
		for _, e := range found {
			at = e.Position
			if at <= dead.To && d.o.Filter.wants(e) {
				entries = append(entries, e)
				r.Chunk = append(r.Chunk, chunkItem{Position: e.Position, Dead: dead.ID})
			}
		}
	}
	r.At = map[journal.Stream]journal.Position{s: min(at, dead.To)}
	return entries, nil
}

// endRange removes a range that was gone through. If its first receipt was not
// taken again, that becomes a dead letter of its own now: while the range was
// there it would have replaced it.
func (r *replay) endRange(ctx context.Context, d *dispatcher, dead journal.Dead) error {
	var again []journal.Dead
	if r.First != nil {
		again = append(again, failedAgain(d, r.First))
	}
	if err := d.log.TakeDead(ctx, []journal.Dead{dead}, again, d.target.wall().UTC()); err != nil {
		return err
	}
	r.Next, r.At, r.First = r.Next+1, nil, nil
	d.recount(ctx)
	return nil
}

// failedAgain is the dead letter of a receipt of a range: why is what its webhook
// said this time.
func failedAgain(d *dispatcher, c *chunkItem) journal.Dead {
	return journal.Dead{
		Endpoint: d.o.Name, Class: c.Class, From: c.Position, To: c.Position, Count: 1,
		At: d.target.wall().UTC(), Reason: c.Reason + ", when it was sent again",
	}
}

// settleDead writes what became of the dead letters of the chunk.
func (r *replay) settleDead(ctx context.Context, d *dispatcher) error {
	switch {
	case r.Dead == nil:
		return nil
	case r.At == nil:
		return r.takeLetters(ctx, d)
	}
	return r.keepFailed(ctx, d)
}

// takeLetters removes the single dead letters of the chunk that were taken; the
// others stay as they are.
func (r *replay) takeLetters(ctx context.Context, d *dispatcher) error {
	if r.Dead == nil || r.At != nil {
		return nil
	}
	var taken []journal.Dead
	for _, c := range r.Chunk {
		if !c.Done || c.Failed {
			continue
		}
		dead, err := d.log.GetDead(ctx, c.Dead)
		if errors.Is(err, journal.ErrNotFound) { // dropped meanwhile, or taken
			continue
		}
		if err != nil {
			return err
		}
		taken = append(taken, dead)
	}
	if len(taken) == 0 {
		return nil
	}
	if err := d.log.TakeDead(ctx, taken, nil, d.target.wall().UTC()); err != nil {
		return err
	}
	d.recount(ctx)
	return nil
}

// keepFailed writes those of a range that failed again as dead letters of their
// own, so that the range can go.
func (r *replay) keepFailed(ctx context.Context, d *dispatcher) error {
	var again []journal.Dead
	var failed []*chunkItem
	for i := range r.Chunk {
		if c := &r.Chunk[i]; c.Failed {
			failed, again = append(failed, c), append(again, failedAgain(d, c))
		}
	}
	if len(again) == 0 {
		return nil
	}
	dead, err := d.log.GetDead(ctx, r.Chunk[0].Dead)
	if errors.Is(err, journal.ErrNotFound) { // dropped meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	if again[0].From == dead.From { // see endRange
		first := *failed[0]
		r.First, again = &first, again[1:]
	}
	if err := d.log.Bury(ctx, again, nil); err != nil {
		return err
	}
	for i := range r.Chunk { // only now: what is not written is written again
		r.Chunk[i].Failed = false
	}
	return nil
}
