package journal

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dlrgate/dlrgate/faultpoint"
)

const (
	// pruneEvery is how often space and age are looked at.
	pruneEvery = time.Second
	// pruneRows are removed at once: 50,000 in one transaction were measured
	// to stall commits for 130 ms.
	pruneRows = 256
	// prunePause, half of it when space is short, leaves the commits in between
	// undisturbed; what it lets through is still twice what is taken in.
	prunePause = 8 * time.Millisecond
	// pruneBurst is how many removals come before space is looked at again when it
	// is short: some 4 MiB, by which more may go than has to. agedBurst is as many
	// as take about pruneEvery, when only their age makes receipts go.
	pruneBurst = 8
	agedBurst  = 128
	// maxHolds bounds the parked and dead deliveries of one removal.
	maxHolds = 1 << 20
)

// pruner is what others tell the prune loop.
type pruner struct {
	begun    atomic.Bool // endpoints have had their time to attach
	released atomic.Bool // a parked or dead delivery was let go
	// spent: space was short and all that no endpoint needs has gone. It belongs
	// to the prune loop.
	spent bool
	early early // of the prune loop, too
}

func (p *pruner) begin() {
	if !p.begun.Load() {
		p.begun.Store(true)
	}
}

func (p *pruner) again() { p.released.Store(true) }

// pruneLoop looks after age and space.
func (j *Journal) pruneLoop(ctx context.Context) {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	failed := grumble{log: j.log, what: "space and retention cannot be looked after, tried again every second"}
	var syncs int64
	for {
		more, err := j.tidy(ctx, &syncs)
		if err != nil && ctx.Err() == nil {
			failed.about(err, time.Now())
		}
		j.pruner.early.tell(j.log, time.Now())
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tidy looks at the space and removes what may go; more: it did not come to an
// end, and the space is to be looked at again.
func (j *Journal) tidy(ctx context.Context, syncs *int64) (more bool, err error) {
	short, err := j.lookAtSpace(ctx, syncs)
	if err != nil || !j.pruner.begun.Load() {
		return false, err
	}
	if err := j.lookElsewhere(ctx); err != nil {
		return false, err
	}
	if j.pruner.released.Swap(false) {
		j.sweepAgain()
	}
	more, err = j.prune(ctx, short)
	j.pruner.spent = short && !more && err == nil
	return more && err == nil, errors.Join(err, j.eraseFreed(ctx))
}

// prunable tells whether some receipt is needed by no endpoint.
func (j *Journal) prunable() bool {
	for _, l := range j.owned() {
		if from, end := j.prunableSpan(l.Stream); from < end {
			return true
		}
	}
	return false
}

// prunableSpan returns the part of the stream that every endpoint has passed
// and that has not been looked through yet.
func (j *Journal) prunableSpan(s Stream) (after, upto Position) {
	low, held := j.lowest(s)
	j.mu.RLock()
	defer j.mu.RUnlock()
	st := j.streams[s]
	if st == nil || !held {
		return 0, 0
	}
	return st.pruned, min(low, st.lease.Last)
}

// sweepAgain begins again at the oldest receipts that were kept.
func (j *Journal) sweepAgain() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, st := range j.streams {
		st.pruned = st.first - 1
	}
}

// prune removes what is old enough, and when space is short the oldest that is
// not needed, until there is nothing to remove, or there is more and it is time
// to look at the space again.
func (j *Journal) prune(ctx context.Context, short bool) (more bool, err error) {
	burst, pause := agedBurst, prunePause
	if short {
		burst, pause = pruneBurst, prunePause/2
	}
	for range burst {
		s, before, err := j.oldest(ctx, short)
		if err != nil || s == 0 {
			return false, err
		}
		if err := j.pruneSome(ctx, s, before); err != nil {
			return false, err
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-time.After(pause):
		}
	}
	return true, nil
}

// oldest picks the stream whose oldest unneeded receipt is the oldest of all,
// and the time before which its receipts may go; no stream when none may.
func (j *Journal) oldest(ctx context.Context, short bool) (s Stream, before time.Time, err error) {
	before = time.Now().Add(time.Hour) // short: whatever its time
	if !short {
		if j.o.Retention == 0 {
			return 0, before, nil
		}
		before = time.Now().Add(-j.o.Retention)
	}
	oldest := before
	for _, l := range j.owned() {
		after, upto := j.prunableSpan(l.Stream)
		if after >= upto {
			continue
		}
		at, err := j.receivedAt(ctx, after+1, upto)
		if err != nil {
			return 0, before, err
		}
		if at.Before(oldest) {
			s, oldest = l.Stream, at
		}
	}
	return s, before, nil
}

// pruneSome removes the next receipts of the stream that came before the time,
// but for those that are parked or dead somewhere.
func (j *Journal) pruneSome(ctx context.Context, s Stream, before time.Time) error {
	after, upto := j.prunableSpan(s)
	kept, err := j.entries(ctx, Span{After: after, Upto: upto, Max: 1, MaxBytes: 1})
	if err != nil {
		return err
	}
	if len(kept) == 0 {
		return j.pruned(ctx, s, upto)
	}
	after = kept[0].Position - 1
	upto = min(upto, after+pruneRows)
	newest, err := j.receivedAt(ctx, upto, upto)
	if err != nil {
		return err
	}
	if !newest.Before(before) { // only some of them are old enough
		next, err := j.positionAt(ctx, after+1, upto, before)
		if err != nil {
			return err
		}
		upto = next - 1
	}
	spans, err := j.unheld(ctx, Span{After: after, Upto: upto})
	if err != nil {
		return err
	}
	if len(spans) > 0 {
		if err := j.change(ctx, Batch{Prune: spans}); err != nil {
			return err
		}
		faultpoint.Here(faultpoint.AfterPruning)
		j.pruner.early.note(spans, newest, time.Now().Add(-j.o.Retention))
	}
	return j.pruned(ctx, s, upto)
}

// pruned notes how far the stream has been looked through, and what it holds first.
func (j *Journal) pruned(ctx context.Context, s Stream, upto Position) error {
	j.mu.RLock()
	st := j.streams[s]
	if st == nil {
		j.mu.RUnlock()
		return nil
	}
	lease := st.lease // commits raise its end meanwhile
	j.mu.RUnlock()
	first, err := j.firstKept(ctx, lease)
	if err != nil {
		return err
	}
	j.mu.Lock()
	st.first, st.pruned = first, max(st.pruned, upto)
	firsts := map[Stream]Position{}
	for s, st := range j.streams {
		firsts[s] = st.first
	}
	j.mu.Unlock()
	return j.engine.Index().Trim(ctx, firsts)
}

// unheld returns the parts of a span that no parked or dead delivery holds.
func (j *Journal) unheld(ctx context.Context, s Span) ([]Span, error) {
	parked, err := j.engine.Parked(ctx, ParkedQuery{After: s.After, Upto: s.Upto, Limit: maxHolds})
	if err != nil {
		return nil, err
	}
	dead, err := j.engine.Dead(ctx, DeadQuery{After: s.After, Upto: s.Upto, Limit: maxHolds})
	if err != nil {
		return nil, err
	}
	var spans []Span
	for _, held := range unfinished(s.After, parked, dead, pruneRows) {
		if held > s.Upto {
			break
		}
		if held-1 > s.After {
			spans = append(spans, Span{After: s.After, Upto: held - 1})
		}
		s.After = held
	}
	if s.After < s.Upto {
		spans = append(spans, s)
	}
	return spans, nil
}

// unfinished returns the positions above after that are parked or dead, in
// order, each once, at most limit.
func unfinished(after Position, parked []Parked, dead []Dead, limit int) []Position {
	var all []Position
	for _, p := range parked {
		all = append(all, p.Position)
	}
	for _, d := range dead {
		for p, n := max(d.From, after+1), 0; p <= d.To && n < limit; p, n = p+1, n+1 {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), limit)]
}
