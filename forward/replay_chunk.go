package forward

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"golang.org/x/time/rate"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

const (
	chunkSize = 256  // receipts of a replay that are numbered and stored together
	scanSize  = 4096 // entries looked at in one step, so that live events go on
)

// limitState is a replay's own rate limit; it is not stored.
type limitState struct{ *rate.Limiter }

// begin finds where a search starts and ends.
func (r *replay) begin(ctx context.Context, d *dispatcher) error {
	r.limit.Limiter = limiter(r.Rate, max(1, d.o.BatchEvents))
	if r.Items != nil || r.Dead != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	r.At, r.Heads = map[journal.Stream]journal.Position{}, map[journal.Stream]journal.Position{}
	for s, operator := range d.log.Owned() {
		if r.Operator != "" && r.Operator != operator {
			continue
		}
		from, err := since(ctx, d.log, s, r.Since)
		if err != nil {
			return err
		}
		r.At[s], r.Heads[s] = from, d.log.Head(s)
	}
	return nil
}

// since returns a position of the stream before what was received at t or
// later. received_at rises with the position but for a minute at most.
func since(ctx context.Context, log Log, s journal.Stream, t time.Time) (journal.Position, error) {
	if t.IsZero() {
		return journal.At(s, 0), nil
	}
	t = t.Add(-time.Minute)
	var failed error
	seq := sort.Search(int(log.Head(s).Seq()), func(i int) bool {
		entries, err := log.After(ctx, journal.At(s, uint64(i)), 1, readBytes)
		if err != nil {
			failed = err
		}
		return len(entries) == 0 || !entries[0].ReceivedAt.Before(t)
	})
	return journal.At(s, uint64(seq)), failed
}

// reload makes a stored replay ready to go on with its chunk.
func (r *replay) reload(ctx context.Context, e *Endpoint) error {
	r.limit.Limiter = limiter(r.Rate, max(1, e.o.BatchEvents))
	for i, c := range r.Chunk {
		if c.Done {
			continue
		}
		entry, err := e.log.Get(ctx, c.Position)
		if errors.Is(err, journal.ErrNotFound) {
			r.end([]*delivery{{item: i}}, false)
			continue
		}
		if err != nil {
			return err
		}
		r.pending = append(r.pending, r.delivery(i, entry))
	}
	return nil
}

// delivery is the i-th of the chunk as it is sent.
func (r *replay) delivery(i int, e *journal.Entry) *delivery {
	c := r.Chunk[i]
	x := &delivery{entry: e, id: e.ID, body: e.Event, item: i}
	if c.Item > 0 && r.Items[c.Item-1].Event != nil {
		x.body = r.Items[c.Item-1].Event
	}
	if c.N > 0 {
		x.id, x.body = event.ReplayID(e.ID, c.N), event.WithReplay(x.body, c.N)
	}
	return x
}

// next returns what to send now, nothing for now, or that the replay is done.
func (r *replay) next(ctx context.Context, d *dispatcher, now time.Time) (j *job, done bool, err error) {
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
		r.limit.AllowN(now, len(j.ds))
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
	if len(r.pending) == 0 {
		return nil
	}
	ds := slices.Clone(r.pending[:n])
	r.pending = r.pending[n:]
	return &job{lane: replayLane, ds: ds, replay: r}
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
	case r.Items != nil:
		entries, done, err = next.items(ctx, d)
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

// items takes the next named receipts: of copies of one receipt the first.
func (r *replay) items(ctx context.Context, d *dispatcher) (entries []*journal.Entry, done bool, err error) {
	for ; r.Next < len(r.Items) && len(entries) < chunkSize; r.Next++ {
		copies, err := d.log.ByID(ctx, r.Items[r.Next].ID)
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			return nil, false, err
		}
		if len(copies) == 0 {
			r.Failed++
			continue
		}
		entries = append(entries, copies[0])
		r.Chunk = append(r.Chunk, chunkItem{Position: copies[0].Position, Item: r.Next + 1})
	}
	return entries, len(entries) == 0, nil
}

// search takes the next receipts that are chosen, looking at scanSize entries.
func (r *replay) search(ctx context.Context, d *dispatcher) (entries []*journal.Entry, done bool, err error) {
	looked := 0
	done = true
	for _, s := range slices.Sorted(maps.Keys(r.Heads)) {
		for r.At[s] < r.Heads[s] && looked < scanSize && len(entries) < chunkSize {
			found, err := d.log.After(ctx, r.At[s], chunkSize-len(entries), readBytes)
			if err != nil {
				return nil, false, err
			}
			if len(found) == 0 {
				r.At[s] = r.Heads[s]
			}
			for _, e := range found {
				r.At[s] = e.Position
				if e.Position <= r.Heads[s] && r.chooses(e) && d.o.Filter.wants(e) {
					entries = append(entries, e)
					r.Chunk = append(r.Chunk, chunkItem{Position: e.Position})
				}
			}
			looked += len(found)
		}
		done = done && r.At[s] >= r.Heads[s]
	}
	return entries, done && len(entries) == 0, nil
}

func (r *replay) chooses(e *journal.Entry) bool {
	if !r.Since.IsZero() && e.ReceivedAt.Before(r.Since) || !r.Until.IsZero() && !e.ReceivedAt.Before(r.Until) {
		return false
	}
	s, err := event.DecodeSummary(e.Meta)
	if err != nil {
		return r.Status == ""
	}
	return !s.Duplicate && (r.Status == "" || s.Status.String() == r.Status)
}
