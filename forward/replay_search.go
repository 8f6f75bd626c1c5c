package forward

import (
	"context"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

// scanSize is how many entries are looked at in one step, so that live events go
// on; translating is what takes time, so then it is a part of it.
const (
	scanSize      = 4096
	translateSize = 512
)

// begin finds where a search starts and ends.
func (r *replay) begin(ctx context.Context, d *dispatcher) error {
	r.ready(d.Endpoint)
	if len(r.IDs) > 0 || r.Dead != nil {
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

// search takes the next receipts that are chosen, looking at some entries. What
// is in a stream that is not ours waits.
func (r *replay) search(ctx context.Context, d *dispatcher) (entries []*journal.Entry, done bool, err error) {
	looked, most := 0, scanSize
	if r.Rules != "" {
		most = translateSize
	}
	done, away := true, false
	for _, s := range slices.Sorted(maps.Keys(r.Heads)) {
		if r.At[s] < r.Heads[s] && !d.owns(r.Heads[s]) {
			done, away = false, true
			continue
		}
		for r.At[s] < r.Heads[s] && looked < most && len(entries) < chunkSize {
			found, err := d.log.After(ctx, r.At[s], chunkSize-len(entries), readBytes)
			if err != nil {
				return nil, false, err
			}
			looked += len(found)
			if r.At[s] = r.Heads[s]; len(found) > 0 {
				r.At[s] = found[len(found)-1].Position
			}
			if found, err = r.choose(ctx, d, found); err != nil {
				return nil, false, err
			}
			entries = append(entries, found...)
			for _, e := range found {
				r.Chunk = append(r.Chunk, chunkItem{Position: e.Position})
			}
		}
		done = done && r.At[s] >= r.Heads[s]
	}
	if away && looked == 0 {
		return nil, false, journal.ErrFenced
	}
	return entries, done && len(entries) == 0, nil
}

// choose returns what is to be sent of these entries, as it is to be sent.
func (r *replay) choose(ctx context.Context, d *dispatcher, found []*journal.Entry) ([]*journal.Entry, error) {
	var chosen []*journal.Entry
	wanted := map[journal.Position]bool{}
	for _, e := range found {
		if e.Position > r.Heads[e.Position.Stream()] || !e.Forward || !r.chooses(e) {
			continue
		}
		if wanted[e.Position] = d.o.Filter.wants(e); wanted[e.Position] || r.Rules != "" {
			chosen = append(chosen, e)
		}
	}
	chosen, err := r.translated(ctx, d.Endpoint, chosen)
	return slices.DeleteFunc(chosen, func(e *journal.Entry) bool {
		return !wanted[e.Position] && !d.o.Filter.wants(e)
	}), err
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

// translated returns those of the receipts that the replay's rules change, as
// they are then; without rules all of them.
func (r *replay) translated(ctx context.Context, e *Endpoint, found []*journal.Entry) ([]*journal.Entry, error) {
	if r.Rules == "" || len(found) == 0 {
		return found, nil
	}
	return e.o.Translate(ctx, r.Replay, found)
}
