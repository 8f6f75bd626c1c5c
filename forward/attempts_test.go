package forward

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/journal"
)

// TestAttemptsOfWhatIsParkedAreKept has the endpoint refuse a receipt, and then
// more others than attempts of an endpoint are kept.
func TestAttemptsOfWhatIsParkedAreKept(t *testing.T) {
	t.Parallel()
	const others = 2 * journal.KeptAttempts
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if strings.HasPrefix(h.id, "bad") {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, "no "+h.id)
		}
	})
	log := newLog(t, "acme")
	e, _ := running(t, options(hook.URL), log, nil)
	attempts := func(seq uint64) []journal.Attempt {
		all, err := log.Attempts(t.Context(), "app", journal.At(1, seq), 100)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	parked := func(n int) {
		eventually(t, "they are parked", func() bool {
			store(t, log, "acme", receipts(fmt.Sprint("good", len(hook.got()), "-"), 1)...)
			return e.Status().Parked[classRefused] == n
		})
	}
	store(t, log, "acme", receipts("bad-first", 1)...)
	parked(1)
	store(t, log, "acme", receipts("bad-then", others)...)
	parked(1 + others)
	eventually(t, "its attempts are kept", func() bool {
		all := attempts(1)
		return len(all) >= refusedTries && all[0].Status == http.StatusUnprocessableEntity && string(all[0].Answer) == "no bad-first0"
	})
	if n, err := e.BuryParked(t.Context()); err != nil || n == 0 {
		t.Fatalf("%d given up, %v", n, err)
	}
	if n := len(attempts(1)); n < refusedTries {
		t.Errorf("%d attempts are kept of a dead letter, want %d at the least", n, refusedTries)
	}
	dead := deadLetters(t, log)
	if _, err := e.DropDead(t.Context(), []int64{dead[0].ID}); err != nil {
		t.Fatal(err)
	}
	if n := len(attempts(1)); n != 0 {
		t.Errorf("%d attempts are kept of a dead letter that was dropped", n)
	}
}
