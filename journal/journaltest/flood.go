package journaltest

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// testFlood has one operator leave 16,000 receipts waiting: another's are in the
// commit that follows the one that runs, and none of them is refused for them.
func testFlood(t *testing.T, p Place) {
	const binds, each = 4, 4000
	var commits atomic.Int64
	h := Open(t, p.Open(t), func(o *journal.Options) {
		o.Observer.Commit = func(_ time.Duration, rows, _ int) {
			if rows > 0 {
				commits.Add(1)
			}
		}
	}, "flood", "small")
	var flood []<-chan error
	for b := range binds {
		bind := string(rune('a' + b))
		flood = append(flood, h.OfferFrom("flood", bind, Receipts(bind, each)...))
	}
	for _, r := range Receipts("s", 20) {
		waited := make(chan int64, 1)
		refused := make(chan error, 1)
		began := commits.Load()
		h.Append(&journal.Draft{
			Operator: "small", ReceivedAt: time.Now(), Size: 300, Payload: r,
			Done: func(err error) { waited <- commits.Load() - began; refused <- err },
		})
		n, err := <-waited, <-refused
		switch {
		case errors.Is(err, journal.ErrRefused) && h.Storable() != nil: // the disk hangs: nobody's fault
		case err != nil:
			t.Errorf("the small operator's receipt %q: %v", r.ID, err)
		case n > 2:
			t.Errorf("the small operator's receipt %q waited for %d commits, want 2 at the most", r.ID, n)
		}
	}
	for _, offer := range flood {
		h.Outcomes(offer)
	}
	last := map[string]string{}
	for _, id := range h.IDs("flood") {
		bind, _, _ := strings.Cut(id, "-")
		if id <= last[bind] {
			t.Errorf("%q is stored after %q of the same bind", id, last[bind])
		}
		last[bind] = id
	}
	if n := len(slices.Compact(h.IDs("small"))); n == 0 {
		t.Error("nothing of the small operator is stored")
	}
}
