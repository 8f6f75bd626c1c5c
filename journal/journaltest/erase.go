package journaltest

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// testErase erases receipts in every state in which an endpoint can leave them.
func testErase(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme", "beta")
	s, b := h.Stream("acme"), h.Stream("beta")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("r", 10)...)
	h.Store("beta", Receipts("b", 3)...)
	at := func(seq uint64) journal.Position { return journal.At(s, seq) }
	now := time.Now().UTC().Truncate(time.Microsecond)
	check(t, h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: at(2), ID: "r-0002", Class: "refused", Since: now, NextTry: now}}, nil))
	check(t, h.Bury(ctx, []journal.Dead{
		{Endpoint: "app", Class: "refused", From: at(3), To: at(3), Count: 1, At: now},
		{Endpoint: "app", Class: "unreachable", From: at(4), To: at(5), Count: 2, At: now},
	}, []journal.Cursor{{Endpoint: "app", Position: at(6)}}))
	h.RecordAttempt(journal.Attempt{Endpoint: "app", Position: at(3), ID: "r-0003", At: now, Status: 409})
	h.Until("the attempt is written", func() bool {
		return len(must[[]journal.Attempt](t)(h.Attempts(ctx, "app", at(3), 1))) == 1
	})
	check(t, h.PutStates(ctx, []journal.StateValue{
		{Kind: journal.HistoryKind("r-0001"), Name: "then", Value: []byte{1}},
		{Kind: journal.HistoryKind("r-0006"), Name: "then", Value: []byte{6}},
	}))
	h.indexed(t)

	got := must[journal.Erasure](t)(h.Erase(ctx, []journal.Position{at(1), at(2), at(3), at(4), at(8), journal.At(b, 2)}, false))
	same(t, "the parked one and those behind the cursors wait", journal.Erasure{Erased: 3, Waiting: 3}, got)
	counts := must[journal.Counts](t)(h.Counts(ctx, "app"))
	same(t, "parked", map[string]int{"refused": 1}, counts.Parked)
	same(t, "dead letters", map[string]int{"unreachable": 1}, counts.Dead)
	ranges := must[[]journal.Dead](t)(h.ListDead(ctx, "app", 0, 10))
	if len(ranges) != 1 || ranges[0].From != at(4) || ranges[0].To != at(5) || ranges[0].Count != 1 {
		t.Errorf("the range that held an erased receipt: %+v", ranges)
	}
	same(t, "attempts", 0, len(must[[]journal.Attempt](t)(h.Attempts(ctx, "app", at(3), 1))))
	for _, seq := range []uint64{3, 6} { // a POST that ran meanwhile
		h.RecordAttempt(journal.Attempt{Endpoint: "app", Position: at(seq), ID: "late", At: now.Add(time.Second), Status: 409})
	}
	h.Until("a later attempt is written", func() bool {
		return len(must[[]journal.Attempt](t)(h.Attempts(ctx, "app", at(6), 1))) == 1
	})
	same(t, "attempts of what is gone", 0, len(must[[]journal.Attempt](t)(h.Attempts(ctx, "app", at(3), 1))))
	for id, n := range map[string]int{"r-0001": 0, "r-0006": 1} {
		same(t, "history of "+id, n, len(must[map[string][]byte](t)(h.State(ctx, journal.HistoryKind(id)))))
	}
	same(t, "what waits is there", []string{"r-0010", "r-0009", "r-0008", "r-0007", "r-0006", "r-0005", "r-0002"},
		h.found(t, journal.Query{Operators: []string{"acme"}, Terms: []journal.Term{{Kind: "status", Key: "received"}}}))
	h.Shut()

	h = Open(t, p.Open(t), nil, "acme", "beta")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("beta", Receipts("more", 1)...)
	h.Advance("app", at(10))
	gone := func(p journal.Position) func() bool {
		return func() bool { _, err := h.Get(ctx, p); return err != nil }
	}
	h.Until("a passed one is erased after a restart", gone(at(8)))
	if gone(at(2))() {
		t.Error("a parked one was erased")
	}
	check(t, h.Unpark(ctx, "app", []journal.Position{at(2)}))
	h.Until("a parked one is erased when it was taken", gone(at(2)))
	same(t, "the last of a range", journal.Erasure{Erased: 1}, must[journal.Erasure](t)(h.Erase(ctx, []journal.Position{at(5)}, true)))
	same(t, "a range that holds nothing", 0, len(must[[]journal.Dead](t)(h.ListDead(ctx, "app", 0, 10))))
	if gone(journal.At(b, 2))() {
		t.Error("one behind the cursor was erased")
	}
	got = must[journal.Erasure](t)(h.Erase(ctx, []journal.Position{journal.At(b, 2)}, true))
	same(t, "now", journal.Erasure{Erased: 1}, got)
	left, err := h.After(ctx, journal.At(b, 0), 10, 1<<20)
	check(t, err)
	same(t, "endpoints read over the gap", 3, len(left))
	same(t, "nothing is left to be erased", map[string][]byte{}, must[map[string][]byte](t)(h.State(ctx, "erase")))
}
