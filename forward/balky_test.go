package forward

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// balky is a journal that refuses the next dead letters, or what was taken.
type balky struct {
	*journal.Journal
	refuse  atomic.Int32
	largest atomic.Int32 // rows of one call
}

func (b *balky) refuses(rows int) bool {
	b.largest.Store(max(b.largest.Load(), int32(rows)))
	return b.refuse.Add(-1) >= 0
}

func (b *balky) Bury(ctx context.Context, dead []journal.Dead, cursors []journal.Cursor) error {
	if b.refuses(len(dead)) {
		return journal.ErrRefused
	}
	return b.Journal.Bury(ctx, dead, cursors)
}

func (b *balky) Park(ctx context.Context, parked []journal.Parked, cursors []journal.Cursor) error {
	if b.refuses(len(parked)) {
		return journal.ErrRefused
	}
	return b.Journal.Park(ctx, parked, cursors)
}

func (b *balky) Take(ctx context.Context, endpoint string, all []journal.Taken) error {
	if b.refuses(len(all)) {
		return journal.ErrRefused
	}
	return b.Journal.Take(ctx, endpoint, all)
}

// parkedAtStart runs an endpoint of which n deliveries are parked for an hour.
func parkedAtStart(t *testing.T, n int, hook *receiver) (*Endpoint, *balky) {
	t.Helper()
	log := &balky{Journal: newLog(t, "acme")}
	store(t, log.Journal, "acme", receipts("a", n)...)
	rows := make([]journal.Parked, n)
	for i := range rows {
		rows[i] = journal.Parked{
			Endpoint: "app", Position: journal.At(1, uint64(i+1)), ID: fmt.Sprint("a", i), Class: classRefused,
			Since: time.Now(), NextTry: time.Now().Add(time.Hour),
		}
	}
	if err := log.Journal.Park(t.Context(), rows, nil); err != nil {
		t.Fatal(err)
	}
	o := options(hook.URL)
	o.StartOldest, o.Retry.Max = false, time.Hour
	e, _ := running(t, o, log, nil)
	eventually(t, "the parked ones are known", func() bool { return e.Status().Parked[classRefused] == n })
	return e, log
}

// TestParkedActsLetCommitsBetween: many parked deliveries are changed in many
// transactions, as those of receipts wait for them.
func TestParkedActsLetCommitsBetween(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	e, log := parkedAtStart(t, 2*actRows+1, hook)
	if n, err := e.BuryParked(t.Context()); n != 2*actRows+1 || err != nil {
		t.Errorf("%d given up, %v", n, err)
	}
	if n := log.largest.Load(); n != actRows {
		t.Errorf("%d rows in one transaction, want %d", n, actRows)
	}
	e, log = parkedAtStart(t, 2*actRows+1, hook)
	if n, err := e.RetryParked(t.Context()); n != 2*actRows+1 || err != nil {
		t.Errorf("%d made due, %v", n, err)
	}
	if n := log.largest.Load(); n != actRows {
		t.Errorf("%d rows in one transaction, want %d", n, actRows)
	}
}

// TestWhatTheJournalDidNotTakeIsWrittenLater: nothing else happens at the
// endpoint that would bring it to write again.
func TestWhatTheJournalDidNotTakeIsWrittenLater(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	e, log := parkedAtStart(t, 1, hook)
	if n, err := e.RetryParked(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d made due, %v", n, err)
	}
	log.refuse.Store(1)
	hook.untilN(t, 1)
	eventually(t, "its row is gone", func() bool {
		left, err := log.ListParked(t.Context(), "app", 10)
		return err == nil && len(left) == 0
	})
}
