package forward

import (
	"net/http"
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
	}
	if left := log.refuse.Load(); left >= 0 {
		t.Errorf("the journal was not asked to write the dead letter again (%d)", left)
	}
}
