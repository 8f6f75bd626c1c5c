package forward

import (
	"context"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// slowIndex is a journal that finds each receipt after a second.
type slowIndex struct{ *journal.Journal }

func (s slowIndex) ByID(ctx context.Context, id string) ([]*journal.Entry, error) {
	<-time.After(time.Second)
	return s.Journal.ByID(ctx, id)
}

// TestNamedReplayLetsLiveEventsPass: finding what is named takes long when much is
// stored.
func TestNamedReplayLetsLiveEventsPass(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.begin()
		store(w, w.log, "acme", receipts("a", 20)...)
		w.pass(time.Second)
		w.stop()
		e, err := New(w.o, slowIndex{w.log}, Observer{}, nil)
		if err != nil {
			w.Fatal(err)
		}
		e.target.transport.dial = w.pipe.dial
		w.stop = runEndpoint(w, e)
		ids := []string{"nowhere", "gone"}
		for _, r := range receipts("a", 20) {
			ids = append(ids, r.id)
		}
		if _, err := e.Replay(w.Context(), Replay{IDs: ids}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Second)
		began := time.Now()
		store(w, w.log, "acme", receipts("live", 1)...)
		w.pass(time.Minute)
		replayed := 0
		for _, h := range w.hook.got()[20:] {
			if h.id != "live0" {
				replayed++
			} else if late := h.at.Sub(began); late > 3*time.Second {
				w.Errorf("the live event came after %s", late)
			}
		}
		if replayed != 20 {
			w.Errorf("%d of 20 were sent again", replayed)
		}
	})
}
