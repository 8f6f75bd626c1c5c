package forward

import (
	"net/http"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// TestGapWiderThanTheWindowIsPassed: an old receipt is still kept, as somebody's
// dead letter is, and all after it are gone but the newest.
func TestGapWiderThanTheWindowIsPassed(t *testing.T) {
	if testing.Short() {
		t.Skip("long: fills a window")
	}
	t.Parallel()
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("a", windowSize+10)...)
	var gone []journal.Position
	for seq := uint64(2); seq <= windowSize+5; seq++ {
		gone = append(gone, journal.At(1, seq))
	}
	if _, err := log.Erase(t.Context(), gone, true); err != nil {
		t.Fatal(err)
	}
	hook := newReceiver(t, nil)
	e, _ := running(t, options(hook.URL), log, nil)
	hook.untilN(t, 6)
	eventually(t, "nothing waits", func() bool { return e.Status().Lag == 0 })
}

// TestFullWindowHoldsNoOtherOperator: one operator's receipts wait for a POST that
// hangs, another's are sent as they come.
func TestFullWindowHoldsNoOtherOperator(t *testing.T) {
	if testing.Short() {
		t.Skip("long: fills a window")
	}
	t.Parallel()
	log := newLog(t, "acme", "beta")
	release := make(chan struct{})
	hook := newReceiver(t, func(_ int, h hit, _ http.ResponseWriter) {
		if h.id == "a0" {
			select {
			case <-release:
			case <-time.After(patience):
			}
		}
	})
	o := options(hook.URL)
	o.Timeout = patience
	e, _ := running(t, o, log, nil)
	defer close(release)
	store(t, log, "acme", receipts("a", windowSize+10)...)
	hook.untilN(t, windowSize)
	eventually(t, "only the one runs", func() bool { return e.Status().InFlight == 1 })
	err := e.do(t.Context(), func(d *dispatcher) {
		if d.behind {
			t.Error("new receipts are not looked for until something ends")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	store(t, log, "beta", receipts("b", 1)...)
	hook.untilN(t, windowSize+1)
}
