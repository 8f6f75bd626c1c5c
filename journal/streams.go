package journal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"
)

// stream is one that is owned.
type stream struct {
	lease Lease // its Last is the last committed position
	// first is the lowest position that is kept, or the one after the end;
	// pruned is up to where pruning has looked.
	first, pruned Position
	// came is the last position when the stream came to us.
	came Position
	// since is when the lease was given, by the clock of this process.
	since time.Time
}

// acquire tries to own the operators' streams; endpoints that are attached get
// a cursor in each. Only the committer calls it, or Open before it.
func (j *Journal) acquire(ctx context.Context, operators []string) error {
	now := time.Now()
	leases, err := j.engine.Acquire(ctx, operators)
	if err != nil {
		return fmt.Errorf("journal: own the operators' streams: %w", err)
	}
	firsts := make([]Position, len(leases))
	for i, l := range leases {
		if firsts[i], err = j.firstKept(ctx, l); err != nil {
			return fmt.Errorf("journal: stream of operator %q: %w", l.Operator, err)
		}
	}
	// Before anything can be stored in them: what is stored is owed.
	if err := j.adopt(ctx, leases); err != nil {
		return err
	}
	for i, l := range leases {
		j.own(l, firsts[i], now)
	}
	j.tellTaken(leases, now)
	return nil
}

// tellTaken writes a line about each member from which streams were taken over.
func (j *Journal) tellTaken(leases []Lease, began time.Time) {
	from := map[string][]Lease{}
	for _, l := range leases {
		if l.From != "" {
			from[l.From] = append(from[l.From], l)
		}
	}
	for name, taken := range from {
		operators, silent := make([]string, len(taken)), time.Duration(0)
		for i, l := range taken {
			operators[i], silent = l.Operator, max(silent, l.Silent)
		}
		j.log.Warn("took over the operators of a gateway that was heard of no more",
			zap.String("gateway", name), zap.Strings("names", operators), zap.Duration("silent_for", silent.Round(time.Millisecond)),
			zap.Duration("took", time.Since(began).Round(time.Millisecond)))
	}
}

// own publishes a stream that came to us.
func (j *Journal) own(l Lease, first Position, now time.Time) {
	j.mu.Lock()
	old, had := j.streams[l.Stream]
	came := l.Last
	if had {
		came = old.came
	}
	l.New = false // only now
	j.streams[l.Stream] = &stream{lease: l, first: first, pruned: first - 1, came: came, since: now}
	j.byName[l.Operator], j.names[l.Stream] = l.Stream, l.Operator
	j.recent.touch(l.Stream)
	j.nameOwned()
	j.mu.Unlock()
	if had {
		return
	}
	j.erasures.stale.Store(true) // another may have noted some in it
	j.o.Observer.owned(l.Operator, true)
}

// firstKept finds the lowest position that the log holds of the stream, the
// one after its end when it holds none.
func (j *Journal) firstKept(ctx context.Context, l Lease) (Position, error) {
	kept, err := j.engine.Entries(ctx, Span{After: At(l.Stream, 0), Upto: l.Last, Max: 1, MaxBytes: 1})
	if err != nil || len(kept) == 0 {
		return l.Last + 1, err
	}
	return kept[0].Position, nil
}

// SetOperators owns the streams of exactly these operators: new names get a
// stream, and every attached endpoint a cursor in it, before it returns, so
// that binds may open; streams of operators that are gone are released. When it
// fails before that, what was owned stays so.
func (j *Journal) SetOperators(ctx context.Context, operators []string) error {
	done, err := j.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	return j.inCommitter(ctx, func(ctx context.Context) error {
		// What leaves with its stream must be saved before.
		unsaved := j.cursors.due(time.Now(), 0)
		if err := j.engine.Write(ctx, &Batch{Leases: j.owned(), Cursors: unsaved}); err != nil {
			return err
		}
		j.cursors.saved(unsaved)
		if err := j.acquire(ctx, operators); err != nil {
			return err
		}
		j.mu.Lock()
		j.wanted = slices.Clone(operators)
		var gone []Lease
		for s, st := range j.streams {
			if !slices.Contains(operators, st.lease.Operator) {
				gone = append(gone, st.lease)
				delete(j.streams, s)
				delete(j.byName, st.lease.Operator)
			}
		}
		j.nameOwned()
		j.mu.Unlock()
		for _, l := range gone {
			j.cursors.release(l.Stream)
		}
		return j.engine.Release(ctx, gone)
	})
}

// idle tells whether no stream is owned.
func (j *Journal) idle() bool {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return len(j.streams) == 0
}

// StreamOf returns the operator's stream, if it is owned here.
func (j *Journal) StreamOf(operator string) (Stream, bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	s, owned := j.byName[operator]
	return s, owned
}

// Holds tells whether the stream's lease lasts now, and its epoch. A machine that was
// stopped may not have heard yet that it has ended: the wall clock is asked, too.
func (j *Journal) Holds(s Stream) (epoch uint64, holds bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	st := j.streams[s]
	if st == nil {
		return 0, false
	}
	now, until := time.Now(), st.lease.Until
	return st.lease.Epoch, until.IsZero() || now.Before(until) && now.Round(0).Before(until.Round(0))
}

// Operators returns the names of the streams that are, or were, owned here.
func (j *Journal) Operators() map[Stream]string {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return maps.Clone(j.names)
}

// Stored returns the operators of all streams that the journal holds, owned here
// or not.
func (j *Journal) Stored(ctx context.Context) ([]string, error) {
	return j.engine.Operators(ctx)
}

// Owned returns the names of the streams that are owned here now. It is shared:
// read only.
func (j *Journal) Owned() map[Stream]string {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.owners
}

// nameOwned makes what Owned returns anew. The caller holds mu.
func (j *Journal) nameOwned() {
	j.owners = make(map[Stream]string, len(j.streams))
	for s, st := range j.streams {
		j.owners[s] = st.lease.Operator
	}
}

// Head returns the last committed position of the stream, At(s, 0) when there
// is none.
func (j *Journal) Head(s Stream) Position {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if st := j.streams[s]; st != nil {
		return st.lease.Last
	}
	return At(s, 0)
}

// came returns where the stream ended when it came to us.
func (j *Journal) came(s Stream) (p Position) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if st := j.streams[s]; st != nil {
		p = st.came
	}
	return p
}

// owned returns the leases of the streams that are owned, in the streams' order.
func (j *Journal) owned() []Lease {
	j.mu.RLock()
	defer j.mu.RUnlock()
	leases := make([]Lease, 0, len(j.streams))
	for _, s := range slices.Sorted(maps.Keys(j.streams)) {
		leases = append(leases, j.streams[s].lease)
	}
	return leases
}

// bounds returns the first kept and the last position of the stream.
func (j *Journal) bounds(s Stream) (first, last Position, owned bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	st := j.streams[s]
	if st == nil {
		return 0, 0, false
	}
	return st.first, st.lease.Last, true
}
