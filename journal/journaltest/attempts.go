package journaltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// testHeldAttempts has more attempts follow those of what is parked and dead than
// are kept of an endpoint: these are kept, some of each, until it is so no more.
func testHeldAttempts(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	s := h.Stream("acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	const last = 400
	h.Store("acme", Receipts("r", last)...)
	now := time.Now().UTC().Truncate(time.Microsecond)
	n := 0
	try := func(seq uint64, held bool) {
		h.RecordAttempt(journal.Attempt{
			Endpoint: "app", Position: journal.At(s, seq), ID: fmt.Sprint("r", seq), At: now.Add(time.Duration(n) * time.Millisecond),
			Status: 422, Error: "answered 422", Answer: fmt.Append(nil, n), Held: held,
		})
		n++
	}
	kept := func(seq uint64) int {
		return len(must[[]journal.Attempt](t)(h.Attempts(ctx, "", journal.At(s, seq), 1000)))
	}
	now = now.Add(-time.Hour)
	for range 5 {
		try(1, true) // parked
		try(2, true) // dead
		try(3, true) // in a dead range
		try(4, true) // in it, and dead by itself when the range goes
	}
	for range 100 {
		try(5, true) // more than are kept of one
	}
	dead := func(from, to uint64, class string) journal.Dead {
		return journal.Dead{Endpoint: "app", Class: class, From: journal.At(s, from), To: journal.At(s, to), Count: 1, At: now}
	}
	parked := func(seq uint64) journal.Parked {
		return journal.Parked{Endpoint: "app", Position: journal.At(s, seq), ID: fmt.Sprint("r", seq), Since: now, NextTry: now, Class: "refused"}
	}
	check(t, h.Park(ctx, []journal.Parked{parked(1), parked(5)}, nil))
	check(t, h.Bury(ctx, []journal.Dead{dead(2, 2, "refused"), dead(3, 4, "unreachable")}, nil))
	for seq := last - 3*journal.KeptAttempts; seq <= last; seq++ {
		try(uint64(seq), false)
	}
	h.Until("they are written", func() bool { return kept(last) == 1 })
	same(t, "of the endpoint's last ones", 1, kept(last-journal.KeptAttempts+1))
	same(t, "before them", 0, kept(last-journal.KeptAttempts))
	for seq, want := range map[uint64]int{1: 5, 2: 5, 3: 5, 4: 5, 5: journal.KeptFirst + journal.KeptLast} {
		same(t, fmt.Sprint("kept of ", seq), want, kept(seq))
	}
	of5 := must[[]journal.Attempt](t)(h.Attempts(ctx, "app", journal.At(s, 5), 1000))
	same(t, "the first of many", "20", string(of5[len(of5)-1].Answer))
	same(t, "the last of many", "119", string(of5[0].Answer))

	letters := must[[]journal.Dead](t)(h.ListDead(ctx, "app", 0, 10))
	check(t, h.Unpark(ctx, "app", []journal.Position{journal.At(s, 1)}))
	check(t, h.Bury(ctx, []journal.Dead{dead(4, 4, "refused")}, nil))
	must[int](t)(h.DropDead(ctx, []int64{letters[0].ID, letters[1].ID}))
	for seq, want := range map[uint64]int{1: 0, 2: 0, 3: 0, 4: 5, 5: journal.KeptFirst + journal.KeptLast} {
		same(t, fmt.Sprint("kept in the end of ", seq), want, kept(seq))
	}
}
