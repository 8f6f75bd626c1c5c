package journaltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// past is an engine into which the past of endpoints is written.
type past struct {
	journal.Engine
	lease journal.Lease
}

// write writes rows of what is known of an endpoint, as weeks leave them.
func (e past) write(t *testing.T, endpoint string, rows int) {
	t.Helper()
	ctx, l := Context(t), e.lease
	began := time.Now().Add(-time.Duration(rows) * time.Second)
	for from := 0; from < rows; from += 1000 {
		b := journal.Batch{Leases: []journal.Lease{l}}
		for i := from; i < min(from+1000, rows); i++ {
			p, at := journal.At(l.Stream, uint64(i+1)), began.Add(time.Duration(i)*time.Second)
			b.Cursors = append(b.Cursors, journal.Cursor{Endpoint: endpoint, Position: p, SavedAt: at})
			b.Parked = append(b.Parked, journal.Parked{Endpoint: endpoint, Position: p, Since: at, NextTry: at, Class: "refused"})
			b.Replays = append(b.Replays, journal.Replay{Endpoint: endpoint, ID: fmt.Sprintf("r%06d", i), N: 1})
		}
		check(t, e.Write(ctx, &b))
		b = journal.Batch{Leases: b.Leases}
		for i := from; i < min(from+1000, rows); i++ {
			p := journal.At(l.Stream, uint64(rows+i+1))
			b.Dead = append(b.Dead, journal.Dead{Endpoint: endpoint, From: p, To: p, Count: 1, At: began, Class: "refused"})
		}
		check(t, e.Write(ctx, &b))
	}
}

// testForget: what is known of a busy endpoint does not go in one transaction,
// for which receipts would wait, and nothing of the others goes with it.
func testForget(t *testing.T, p Place) {
	ctx := Context(t)
	e := p.Open(t)
	defer func() { check(t, e.Close()) }()
	const rows, atMost = 7_000, 5_000 // rows of one kind in one transaction
	leases := must[[]journal.Lease](t)(e.Acquire(ctx, []string{"acme"}))
	past{e, leases[0]}.write(t, "app", rows)
	past{e, leases[0]}.write(t, "other", 10)
	last := journal.At(leases[0].Stream, 10)
	known := func(endpoint string) (parked, dead, replays, cursors int, passed bool) {
		counts := must[map[string]journal.Counts](t)(e.Counts(ctx, []string{endpoint}))[endpoint]
		for _, c := range must[[]journal.Cursor](t)(e.Cursors(ctx)) {
			if c.Endpoint == endpoint {
				cursors++
			}
		}
		_, until, err := e.Passed(ctx, endpoint, last, time.Time{})
		check(t, err)
		ids := []string{"r000000", "r000009"}
		return counts.Parked["refused"], counts.Dead["refused"], len(must[map[string]int](t)(e.Replays(ctx, endpoint, ids))), cursors, !until.IsZero()
	}
	calls, most := 0, time.Duration(0)
	var from journal.Forgotten
	for done := false; !done; calls++ {
		if _, _, _, cursors, _ := known("app"); cursors == 0 {
			t.Fatal("the cursors went before the end: nothing would tell that something is left")
		}
		began := time.Now()
		var err error
		from, done, err = e.Forget(ctx, "app", from)
		check(t, err)
		most = max(most, time.Since(began))
	}
	t.Logf("%d calls, the longest took %v", calls, most)
	if calls < 4*((rows+atMost-1)/atMost) {
		t.Errorf("forgotten in %d transactions", calls)
	}
	if parked, dead, replays, cursors, passed := known("app"); parked+dead+replays+cursors != 0 || passed {
		t.Errorf("left: %d parked, %d dead, %d replays, %d cursors, history %v", parked, dead, replays, cursors, passed)
	}
	if parked, dead, replays, cursors, passed := known("other"); parked != 10 || dead != 10 || replays != 2 || cursors != 1 || !passed {
		t.Errorf("left of the other: %d parked, %d dead, %d replays, %d cursors, history %v", parked, dead, replays, cursors, passed)
	}
}
