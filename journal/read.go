package journal

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// Bounds of one read of the log, which keep it well under 100 ms.
const (
	readRows   = 1000
	readOctets = 4 << 20
)

// Changed returns a channel that is closed at the next commit of receipts.
// Take it before After, so that nothing is missed between the two.
func (j *Journal) Changed() <-chan struct{} {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.changed
}

// ChangedSince returns the streams that came or grew after a version of the log, 0
// being the beginning, and the version now.
func (j *Journal) ChangedSince(version uint64) (changed []Stream, now uint64) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.recent.since(version), j.recent.version
}

// After returns committed entries of p's stream after p, in order: at most max
// of them and maxBytes octets, but one if there is one; each at most 1,000 and
// 4 MiB. None: there are no more yet. Entries are shared: read only.
func (j *Journal) After(ctx context.Context, p Position, max, maxBytes int) ([]*Entry, error) {
	max, maxBytes = min(max, readRows), min(maxBytes, readOctets)
	j.mu.RLock()
	st := j.streams[p.Stream()]
	if st == nil {
		j.mu.RUnlock()
		return nil, ErrFenced
	}
	last := st.lease.Last
	entries := j.ring.after(p, max, maxBytes)
	j.mu.RUnlock()
	if len(entries) > 0 || p >= last {
		return entries, nil
	}
	return j.entries(ctx, Span{After: p, Upto: last, Max: max, MaxBytes: maxBytes})
}

// entries reads the log.
func (j *Journal) entries(ctx context.Context, s Span) ([]*Entry, error) {
	found, err := j.engine.Entries(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("journal: read the log: %w", err)
	}
	return found, nil
}

// Get returns the entry at p, or ErrNotFound.
func (j *Journal) Get(ctx context.Context, p Position) (*Entry, error) {
	if p.Seq() == 0 {
		return nil, ErrNotFound
	}
	j.mu.RLock()
	found := j.ring.after(p-1, 1, readOctets)
	j.mu.RUnlock()
	if len(found) == 0 {
		var err error
		if found, err = j.entries(ctx, Span{After: p - 1, Upto: p, Max: 1, MaxBytes: readOctets}); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	return found[0], nil
}

// positionAt returns the lowest position between first and last whose entry,
// or the next one that is kept, was received at t or later; last+1 if none was.
// Receipts are stored in about the order in which they were received.
func (j *Journal) positionAt(ctx context.Context, first, last Position, t time.Time) (Position, error) {
	var failed error
	n := sort.Search(int(last-first+1), func(i int) bool {
		at, err := j.receivedAt(ctx, first+Position(i), last)
		if err != nil {
			failed = err
		}
		return !at.Before(t)
	})
	return first + Position(n), failed
}

// receivedAt returns when the entry at p, or the next one up to last, came.
func (j *Journal) receivedAt(ctx context.Context, p, last Position) (time.Time, error) {
	found, err := j.entries(ctx, Span{After: p - 1, Upto: last, Max: 1, MaxBytes: 1})
	if err != nil || len(found) == 0 {
		return time.Now(), err
	}
	return found[0].ReceivedAt, nil
}
