package journal

import (
	"context"
	"time"
)

// Tail calls fn with the newest entries of the owned streams, about max in
// all, each stream's oldest first, one stream after the other, without Raw and
// Event. It is for rebuilding what is known of recent messages, before Append
// is called.
func (j *Journal) Tail(ctx context.Context, max int, fn func(*Entry) error) error {
	own := j.owned()
	from, err := j.tailStarts(ctx, own, max)
	if err != nil {
		return err
	}
	for _, l := range own {
		if p, holds := from[l.Stream]; holds {
			if err := j.walk(ctx, p, l.Last, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// TailOf is Tail for one operator whose stream came to us later. Of max it is
// given as large a part as its stream is of all that are owned: what is known of
// the others is not forgotten for it.
func (j *Journal) TailOf(ctx context.Context, operator string, max int, fn func(*Entry) error) error {
	var last Position
	n, total := 0, 0
	for _, l := range j.owned() {
		first, end, _ := j.bounds(l.Stream)
		kept := int(end + 1 - min(first, end+1))
		total += kept
		if l.Operator == operator {
			n, last = kept, end
		}
	}
	if total > max {
		n = int(float64(n) / float64(total) * float64(max))
	}
	return j.walk(ctx, last-Position(n), last, fn)
}

// walk calls fn with the entries of one stream after p, up to and with last.
func (j *Journal) walk(ctx context.Context, p, last Position, fn func(*Entry) error) error {
	for p < last {
		entries, err := j.entries(ctx, Span{After: p, Upto: last, Max: readRows, MaxBytes: readOctets, Brief: true})
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break // the rest was erased
		}
		for _, e := range entries {
			if err := fn(e); err != nil {
				return err
			}
			p = e.Position
		}
	}
	return nil
}

// tailGrain is how exactly the beginning of the tail is found.
const tailGrain = 10 * time.Millisecond

// kept is the part of a stream that the log holds.
type kept struct{ first, last Position }

// tailStarts finds, for each stream, the position after which its share of the
// newest max entries begins: all shares begin at the same time.
func (j *Journal) tailStarts(ctx context.Context, own []Lease, max int) (map[Stream]Position, error) {
	var all []kept
	total := 0
	for _, l := range own {
		if first, last, owned := j.bounds(l.Stream); owned && first <= last {
			all = append(all, kept{first, last})
			total += int(last - first + 1)
		}
	}
	starts := map[Stream]Position{}
	if total <= max {
		for _, k := range all {
			starts[k.first.Stream()] = k.first - 1
		}
		return starts, nil
	}
	since, err := j.tailSince(ctx, all, max)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		start, err := j.positionAt(ctx, k.first, k.last, since)
		if err != nil {
			return nil, err
		}
		starts[k.first.Stream()] = start - 1
	}
	return starts, nil
}

// tailSince finds the time since which about max entries came, and not more,
// by halving the time between the oldest entry and now.
func (j *Journal) tailSince(ctx context.Context, all []kept, max int) (time.Time, error) {
	to := time.Now()
	from := to
	for _, k := range all {
		at, err := j.receivedAt(ctx, k.first, k.last)
		if err != nil {
			return to, err
		}
		if at.Before(from) {
			from = at
		}
	}
	for to.Sub(from) > tailGrain {
		middle := from.Add(to.Sub(from) / 2)
		total := 0
		for _, k := range all {
			start, err := j.positionAt(ctx, k.first, k.last, middle)
			if err != nil {
				return to, err
			}
			total += int(k.last + 1 - start)
		}
		if total > max {
			from = middle
		} else {
			to = middle
		}
	}
	return to, nil
}
