package gateway

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// TestTakenAfterFailedAttempts: no interval contradicts an attempt that failed.
func TestTakenAfterFailedAttempts(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Date(2026, 11, 26, 1, 0, s, 0, time.UTC) }
	e := &journal.Entry{ID: "r"}
	failed := func(s int, endpoint, id string) journal.Attempt {
		return journal.Attempt{Endpoint: endpoint, ID: id, At: at(s)}
	}
	for name, c := range map[string]struct {
		attempts     []journal.Attempt
		after, until time.Time
	}{
		"none":                     {nil, at(10), at(20)},
		"before":                   {[]journal.Attempt{failed(5, "app", "r")}, at(10), at(20)},
		"within, newest first":     {[]journal.Attempt{failed(15, "app", "r"), failed(12, "app", "r")}, at(15), at(20)},
		"after the cursor's pass":  {[]journal.Attempt{failed(40, "app", "r"), failed(15, "app", "r")}, at(40), time.Time{}},
		"of another endpoint":      {[]journal.Attempt{failed(40, "crm", "r")}, at(10), at(20)},
		"of a replay, taken since": {[]journal.Attempt{failed(40, "app", "r_r1")}, at(10), at(20)},
	} {
		x := journal.Delivery{Endpoint: "app", State: journal.StateTaken, After: at(10), Until: at(20)}
		takenAfter(&x, e, c.attempts)
		if !x.After.Equal(c.after) || !x.Until.Equal(c.until) {
			t.Errorf("%s: between %v and %v, want %v and %v", name, x.After, x.Until, c.after, c.until)
		}
	}
}
