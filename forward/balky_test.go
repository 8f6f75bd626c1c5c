package forward

import (
	"context"
	"fmt"
	"net/http"
	"strings"
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

// TestParkedInDoubtIsNotSentAgainOnceTaken: the write of its row ended after the
// endpoint had stopped to wait for it.
func TestParkedInDoubtIsNotSentAgainOnceTaken(t *testing.T) {
	t.Parallel()
	log := &doubtful{Journal: newLog(t, "acme")}
	log.refuse.Store(1)
	var tries atomic.Int32
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "a1" && tries.Add(1) <= refusedTries {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	e, _ := running(t, options(hook.URL), log, nil)
	for _, r := range receipts("a", 5) {
		store(t, log.Journal, "acme", r)
	}
	more := 0
	eventually(t, "all are taken, and none is parked", func() bool {
		if more++; log.refuse.Load() == 1 { // a second try is charged when others are taken
			store(t, log.Journal, "acme", receipts(fmt.Sprint("more", more), 1)...)
		}
		left, err := log.ListParked(t.Context(), "app", 10)
		return err == nil && len(left) == 0 && tries.Load() == refusedTries+1 && e.Status().Lag == 0
	})
}

// TestErasedWhileTheyWaitForAWorkerAreNotCounted: those that are left are.
func TestErasedWhileTheyWaitForAWorkerAreNotCounted(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hook := newReceiver(t, func(int, hit, http.ResponseWriter) {
		select {
		case <-release:
		case <-time.After(patience):
		}
	})
	e, log := parkedAtStart(t, 5, hook)
	if n, err := e.RetryParked(t.Context()); n != 5 || err != nil {
		t.Fatalf("%d made due, %v", n, err)
	}
	hook.untilN(t, 2) // as many as may be under way
	gone := []journal.Position{journal.At(1, 4), journal.At(1, 5)}
	if _, err := log.Erase(t.Context(), gone, true); err != nil {
		t.Fatal(err)
	}
	if err := e.Drop(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	close(release)
	hook.untilN(t, 3)
	eventually(t, "all are taken", func() bool {
		left, err := log.ListParked(t.Context(), "app", 10)
		return err == nil && len(left) == 0
	})
	eventually(t, "none is counted", func() bool { return e.Status().Parked[classRefused] == 0 })
	err := e.do(t.Context(), func(d *dispatcher) {
		if n := d.parked.total(); n != 0 {
			t.Errorf("%d are counted", n)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFlagsAreSavedOnceTheJournalTakesThem: nothing else happens at an endpoint
// that was disabled while the journal could not be written.
func TestFlagsAreSavedOnceTheJournalTakesThem(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	e, _ := running(t, options(newReceiver(t, nil).URL), log, nil)
	if err := e.do(t.Context(), func(d *dispatcher) { d.state.Disabled, d.state.dirty = true, true }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is stored", func() bool {
		all, err := log.State(t.Context(), StateKind)
		return err == nil && strings.Contains(string(all["app"]), `"disabled":true`)
	})
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

// TestBacklogIsGivenUpAfterWhatWaitsToBeWritten: a delivery in it that failed again
// is not parked beside the dead range that holds it.
func TestBacklogIsGivenUpAfterWhatWaitsToBeWritten(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) })
	log := &parkless{Journal: newLog(t, "acme")}
	store(t, log.Journal, "acme", receipts("a", 3)...)
	row := journal.Parked{
		Endpoint: "app", Position: journal.At(1, 2), ID: "a1", Class: classRefused,
		Since: time.Now(), NextTry: time.Now().Add(time.Hour),
	}
	if err := log.Journal.Park(t.Context(), []journal.Parked{row}, nil); err != nil {
		t.Fatal(err)
	}
	o := options(hook.URL)
	o.Retry.Max = time.Hour
	e, _ := running(t, o, log, nil)
	hook.untilN(t, 1)
	log.refuse.Store(3)
	err := e.do(t.Context(), func(d *dispatcher) {
		d.parked.again, d.expired = []journal.Parked{row}, d.heads()
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is written", func() bool {
		written := false
		err := e.do(t.Context(), func(d *dispatcher) { written = d.expired == nil && d.parked.unwritten() == 0 })
		return err == nil && written
	})
	dead, err := log.ListDead(t.Context(), "app", 0, 10)
	if err != nil || len(dead) != 1 || dead[0].To != journal.At(1, 3) {
		t.Errorf("dead letters %+v, %v: want the whole backlog", dead, err)
	}
	if parked, err := log.ListParked(t.Context(), "app", 10); err != nil || len(parked) != 0 {
		t.Errorf("parked beside it: %+v, %v", parked, err)
	}
}
