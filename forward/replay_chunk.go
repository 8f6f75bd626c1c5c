package forward

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

const (
	// chunkSize is how many receipts of a replay are numbered and stored together.
	chunkSize = 256
	// namedTime bounds the search for named receipts in one step: live events
	// wait meanwhile.
	namedTime = 50 * time.Millisecond
)

// limitState is a replay's own rate limit; it is not stored.
type limitState struct{ *rate.Limiter }

// reload makes a stored replay ready to go on with its chunk.
func (r *replay) reload(ctx context.Context, e *Endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	var found []*journal.Entry
	for _, c := range r.Chunk {
		if c.Done {
			continue
		}
		entry, err := e.log.Get(ctx, c.Position)
		switch {
		case err == nil:
			found = append(found, entry)
		case !errors.Is(err, journal.ErrNotFound):
			return err
		}
	}
	found, err := r.translated(ctx, e, found)
	if err != nil {
		return err
	}
	r.ready(e)
	for i, c := range r.Chunk {
		at := slices.IndexFunc(found, func(e *journal.Entry) bool { return e.Position == c.Position })
		switch {
		case c.Done:
		case at < 0: // pruned or erased
			r.giveUp([]*delivery{{item: i}}, classRefused, "no longer stored")
		default:
			r.pending = append(r.pending, r.delivery(i, found[at]))
		}
	}
	return nil
}

// ready begins what is not stored.
func (r *replay) ready(e *Endpoint) {
	r.limit.Limiter, r.loaded = limiter(r.Rate, max(1, e.o.BatchEvents)), true
	r.busy = map[[16]byte]bool{}
}

// delivery is the i-th of the chunk as it is sent.
func (r *replay) delivery(i int, e *journal.Entry) *delivery {
	x := &delivery{entry: e, id: e.ID, body: e.Event, item: i}
	if n := r.Chunk[i].N; n > 0 {
		x.id, x.body = event.ReplayID(e.ID, n), event.WithReplay(x.body, n)
	}
	return x
}

// next returns what to send now, nothing for now, or that the replay is done.
func (r *replay) next(ctx context.Context, d *dispatcher, now time.Time) (j *job, done bool, err error) {
	if !r.loaded {
		if err := r.reload(ctx, d.Endpoint); err != nil {
			return nil, false, err
		}
	}
	if now.Sub(r.savedAt) >= tick && len(r.Chunk) > 0 {
		if err := r.save(ctx, d.Endpoint); err != nil {
			return nil, false, err
		}
	}
	if len(r.pending)+len(r.again)+r.running == 0 {
		done, err := r.advance(ctx, d)
		if done || err != nil {
			return nil, done, err
		}
		if len(r.pending) == 0 {
			d.wakeAt(now) // there is more to search
			return nil, false, nil
		}
	}
	n := max(1, min(d.o.BatchEvents, len(r.pending)))
	if wait := r.limit.wait(now, n); wait > 0 {
		d.wakeAt(now.Add(wait))
		return nil, false, nil
	}
	if j = r.pick(d, now, n); j != nil {
		r.limit.ReserveN(now, len(j.ds))
		r.running++
	}
	return j, false, nil
}

func (l limitState) wait(now time.Time, n int) time.Duration {
	r := l.ReserveN(now, n)
	defer r.CancelAt(now)
	return r.DelayFrom(now)
}

func (r *replay) pick(d *dispatcher, now time.Time, n int) *job {
	if len(r.again) > 0 {
		if due := r.again[0].due; now.Before(due) && !d.breaker.probing() {
			d.wakeAt(due)
		} else {
			return r.again.pop()
		}
	}
	if ds := r.cut(n); len(ds) > 0 {
		return &job{lane: replayLane, ds: ds, replay: r}
	}
	return nil
}

// cut takes the next deliveries, at most n, to start them: of a message one after
// the other.
func (r *replay) cut(n int) []*delivery {
	var ds []*delivery
	for i := 0; i < len(r.pending) && len(ds) < n; {
		x := r.pending[i]
		if r.busy[x.entry.Message] {
			i++
			continue
		}
		r.busy[x.entry.Message] = true
		ds = append(ds, x)
		r.pending = slices.Delete(r.pending, i, i+1)
	}
	return ds
}

// advance ends the chunk and prepares the next one; done: there is none.
func (r *replay) advance(ctx context.Context, d *dispatcher) (done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	if err := r.settleDead(ctx, d); err != nil {
		return false, err
	}
	next := *r // taken over only when it is stored
	next.Chunk, next.At = nil, maps.Clone(r.At)
	var entries []*journal.Entry
	switch {
	case len(r.IDs) > 0:
		entries, done, err = next.named(ctx, d)
	case r.Dead != nil:
		entries, done, err = next.deadLetters(ctx, d)
	default:
		entries, done, err = next.search(ctx, d)
	}
	if err != nil || done {
		return done, err
	}
	if r.Dead == nil {
		if err := next.number(ctx, d, entries); err != nil {
			return false, err
		}
	}
	if err := next.save(ctx, d.Endpoint); err != nil {
		return false, err
	}
	*r = next
	r.pending = make([]*delivery, len(entries))
	for i, e := range entries {
		r.pending[i] = r.delivery(i, e)
	}
	return false, nil
}

// number gives each of the chunk its replay number.
func (r *replay) number(ctx context.Context, d *dispatcher, entries []*journal.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	numbers, err := d.log.NextReplay(ctx, d.o.Name, ids)
	if err != nil {
		return err
	}
	if len(numbers) != len(ids) {
		return fmt.Errorf("%d replay numbers for %d receipts", len(numbers), len(ids))
	}
	for i := range r.Chunk {
		r.Chunk[i].N = numbers[i]
	}
	return nil
}

// named takes the next named receipts, as many as are found in namedTime: of
// copies of one receipt the first.
func (r *replay) named(ctx context.Context, d *dispatcher) (entries []*journal.Entry, done bool, err error) {
	began := time.Now()
	for ; r.Next < len(r.IDs) && len(entries) < chunkSize && time.Since(began) < namedTime; r.Next++ {
		copies, err := d.log.ByID(ctx, r.IDs[r.Next])
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			return nil, false, err
		}
		if len(copies) == 0 {
			r.Failed++
			continue
		}
		entries = append(entries, copies[0])
		r.Chunk = append(r.Chunk, chunkItem{Position: copies[0].Position})
	}
	return entries, r.Next == len(r.IDs) && len(entries) == 0, nil
}
