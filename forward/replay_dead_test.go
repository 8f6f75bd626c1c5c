package forward

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// TestRetriedRangeKeepsWhatIsRefusedAgain sends a dead range again of which the
// endpoint refuses one receipt, while the journal cannot be written for a moment:
// the range goes, and that one stays a dead letter.
func TestRetriedRangeKeepsWhatIsRefusedAgain(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	log := &balky{Journal: newLog(t, "acme")}
	e, _ := running(t, options(hook.URL), log, nil)
	store(t, log.Journal, "acme", receipts("a", 4)...)
	hook.untilN(t, 4)
	lost := journal.Dead{Endpoint: "app", Class: classUnreachable, From: journal.At(1, 1), To: journal.At(1, 4), Count: 4, At: time.Now()}
	if err := log.Journal.Bury(t.Context(), []journal.Dead{lost}, nil); err != nil {
		t.Fatal(err)
	}
	letters := func() []journal.Dead {
		all, err := log.ListDead(t.Context(), "app", 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	hook.become(func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "a1" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	log.refuse.Store(1)
	if _, err := e.RetryDead(t.Context(), []int64{letters()[0].ID}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replay is over", func() bool {
		list, err := e.Replays(t.Context())
		return err == nil && len(list) == 0
	})
	if all := letters(); len(all) != 1 || all[0].From != journal.At(1, 2) || all[0].To != all[0].From {
		t.Errorf("dead letters: %+v, want the refused receipt alone", all)
	} else if want := "answered 422, when it was sent again"; all[0].Reason != want || all[0].Class != classRefused {
		t.Errorf("%s: %q, want what the endpoint answered, %q", all[0].Class, all[0].Reason, want)
	}
	if left := log.refuse.Load(); left >= 0 {
		t.Errorf("the journal was not asked to write the dead letter again (%d)", left)
	}
}

// deadLetters returns the endpoint's.
func deadLetters(t *testing.T, log *journal.Journal) []journal.Dead {
	t.Helper()
	all, err := log.ListDead(t.Context(), "app", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// retryAll has all dead letters sent again.
func retryAll(t *testing.T, e *Endpoint, log *journal.Journal) {
	t.Helper()
	var ids []int64
	for _, dead := range deadLetters(t, log) {
		ids = append(ids, dead.ID)
	}
	if _, err := e.RetryDead(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
}

func noReplays(t *testing.T, e *Endpoint) {
	t.Helper()
	eventually(t, "the replays are over", func() bool {
		list, err := e.Replays(t.Context())
		return err == nil && len(list) == 0
	})
}

// TestRetriedRangeGoesOnAfterItsFirstIsRefused: a dead letter in the place of the
// range's first receipt takes the place of the range, too.
func TestRetriedRangeGoesOnAfterItsFirstIsRefused(t *testing.T) {
	t.Parallel()
	const n = chunkSize + 50
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("a", n)...)
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "a0" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	o := options(hook.URL)
	o.StartOldest = false
	e, _ := running(t, o, log, nil)
	lost := journal.Dead{Endpoint: "app", Class: classUnreachable, From: journal.At(1, 1), To: journal.At(1, n), Count: n, At: time.Now()}
	if err := log.Bury(t.Context(), []journal.Dead{lost}, nil); err != nil {
		t.Fatal(err)
	}
	retryAll(t, e, log)
	noReplays(t, e)
	got := map[string]bool{}
	for _, id := range hook.ids() {
		got[id] = true
	}
	if len(got) != n {
		t.Errorf("%d receipts were sent again, want %d", len(got), n)
	}
	if all := deadLetters(t, log); len(all) != 1 || all[0].From != journal.At(1, 1) || all[0].To != all[0].From {
		t.Errorf("dead letters: %+v, want the refused receipt alone", all)
	}
}

// TestSingleDeadLettersAreSentTogether: no POST waits for another one's end.
func TestSingleDeadLettersAreSentTogether(t *testing.T) {
	t.Parallel()
	const n = 20
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("a", n)...)
	both := make(chan struct{})
	hook := newReceiver(t, func(k int, h hit, w http.ResponseWriter) {
		if k == 2 {
			close(both)
		}
		select {
		case <-both:
		case <-time.After(5 * time.Second):
			t.Error("the first POST was left alone")
		}
		if h.id == "a3" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	o := options(hook.URL)
	o.StartOldest = false
	e, _ := running(t, o, log, nil)
	var dead []journal.Dead
	for seq := uint64(1); seq <= n; seq++ {
		dead = append(dead, journal.Dead{Endpoint: "app", Class: classRefused, From: journal.At(1, seq), To: journal.At(1, seq), Count: 1, At: time.Now()})
	}
	if err := log.Bury(t.Context(), dead, nil); err != nil {
		t.Fatal(err)
	}
	retryAll(t, e, log)
	noReplays(t, e)
	if all := deadLetters(t, log); len(all) != 1 || all[0].From != journal.At(1, 4) {
		t.Errorf("dead letters: %+v, want the refused one", all)
	}
	eventually(t, "the figure is right", func() bool { return e.Status().Dead[classRefused] == 1 })
}

// steps counts how much of the log is read between two saves of a replay.
type steps struct {
	*journal.Journal
	reads, most atomic.Int32
}

func (s *steps) After(ctx context.Context, p journal.Position, limit, octets int) ([]*journal.Entry, error) {
	s.reads.Add(1)
	return s.Journal.After(ctx, p, limit, octets)
}

func (s *steps) Swap(ctx context.Context, w journal.Swap) error {
	if w.Kind == ReplayKind {
		s.most.Store(max(s.most.Load(), s.reads.Swap(0)))
	}
	return s.Journal.Swap(ctx, w)
}

// TestRetriedRangeIsGoneThroughInSteps: a range of which the endpoint wants
// nothing any more does not hold up live events while it is read.
func TestRetriedRangeIsGoneThroughInSteps(t *testing.T) {
	t.Parallel()
	const n = 2*scanSize + 1
	log := &steps{Journal: newLog(t, "acme")}
	store(t, log.Journal, "acme", receipts("a", n)...)
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.StartOldest, o.Filter = false, Filter{Operators: []string{"other"}}
	e, _ := running(t, o, log, nil)
	lost := journal.Dead{Endpoint: "app", Class: classUnreachable, From: journal.At(1, 1), To: journal.At(1, n), Count: n, At: time.Now()}
	if err := log.Bury(t.Context(), []journal.Dead{lost}, nil); err != nil {
		t.Fatal(err)
	}
	retryAll(t, e, log.Journal)
	noReplays(t, e)
	if all := deadLetters(t, log.Journal); len(all) != 0 {
		t.Errorf("dead letters: %+v", all)
	}
	if most := max(log.most.Load(), log.reads.Load()); most > scanSize/chunkSize {
		t.Errorf("%d reads in one step", most)
	}
}
