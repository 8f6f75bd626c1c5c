package journal

import (
	"context"
	"time"

	"github.com/dlrgate/dlrgate/faultpoint"
)

const (
	// indexEvery is between passes of the indexer, so that its batches grow.
	indexEvery = 100 * time.Millisecond
	// indexRows is how many receipts go into the projection at once.
	indexRows = 4 * readRows
	// indexRetry is the pause after a failure.
	indexRetry = time.Second
)

// indexLoop keeps the search projection close behind the log.
func (j *Journal) indexLoop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failed := grumble{log: j.log, what: "the search projection falls behind, tried again every second"}
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		changed := j.Changed()
		wait := indexEvery
		if err := j.indexAll(ctx); err != nil && ctx.Err() == nil {
			failed.about(err, time.Now())
			wait = indexRetry
		} else {
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
		timer.Reset(wait)
	}
}

// indexAll brings the projection up to the ends of the streams, some of each
// stream in turn, so that a stream that is rebuilt does not hold up the others.
func (j *Journal) indexAll(ctx context.Context) error {
	for behind := true; behind; {
		behind = false
		lag := 0
		for _, l := range j.owned() {
			left, err := j.indexSome(ctx, l.Stream)
			if err != nil {
				return err
			}
			lag += left
			behind = behind || left > 0
		}
		if f := j.o.Observer.SearchLag; f != nil {
			f(lag)
		}
	}
	return nil
}

// indexSome adds a batch of the stream and returns how many receipts are left.
func (j *Journal) indexSome(ctx context.Context, s Stream) (left int, err error) {
	j.erasures.mu.Lock()
	defer j.erasures.mu.Unlock()
	first, last, owned := j.bounds(s)
	if !owned {
		return 0, nil
	}
	from, err := j.engine.Index().Indexed(ctx, first)
	if err != nil {
		return 0, err
	}
	b := IndexBatch{After: from, Upto: from, At: time.Now()}
	for b.Upto < last && int(b.Upto-from) < indexRows {
		entries, err := j.After(ctx, b.Upto, readRows, readOctets)
		if err != nil {
			return 0, err
		}
		if len(entries) == 0 { // the rest was erased
			b.Upto = last
			break
		}
		if b.Upto == from {
			b.At = entries[0].ReceivedAt
		}
		for _, e := range entries {
			b.Rows = append(b.Rows, j.rows(e)...)
			b.Upto = e.Position
		}
	}
	if b.Upto == from {
		return 0, nil
	}
	if err := j.engine.Index().Add(ctx, b); err != nil {
		return 0, err
	}
	faultpoint.Here(faultpoint.AfterProjection)
	return int(max(last, b.Upto) - b.Upto), nil // more may have come meanwhile
}

// rows returns what the projection holds of an entry.
func (j *Journal) rows(e *Entry) []IndexRow {
	rows := []IndexRow{{Term{KindID, e.ID}, e.Position}}
	for _, t := range j.terms(e) {
		rows = append(rows, IndexRow{t, e.Position})
	}
	return rows
}

// terms returns the keys that find an entry besides its id.
func (j *Journal) terms(e *Entry) []Term {
	if j.o.Terms == nil {
		return nil
	}
	return j.o.Terms(e)
}
