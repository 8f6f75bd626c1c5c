package journaltest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dlrgate/dlrgate/journal"
)

// must fails the test for an error and returns the value.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func testCursorStart(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	s := h.Stream("acme")
	h.Store("acme", Receipts("r", 10)...)
	newest := must[[]journal.Cursor](t)(h.Attach(ctx, "new", journal.StartNewest))
	oldest := must[[]journal.Cursor](t)(h.Attach(ctx, "old", journal.StartOldest))
	same(t, "newest", []journal.Cursor{{Endpoint: "new", Position: journal.At(s, 10)}}, newest)
	same(t, "oldest", []journal.Cursor{{Endpoint: "old", Position: journal.At(s, 0)}}, oldest)

	check(t, h.SetOperators(ctx, []string{"acme", "beta"}))
	h.Store("beta", Receipts("b", 3)...)
	h.Advance("old", journal.At(s, 7))
	h.Advance("old", journal.At(s, 5)) // never back
	h.Shut()

	h = Open(t, p.Open(t), nil, "acme", "beta")
	b := h.Stream("beta")
	same(t, "a known endpoint goes on, and a later stream begins at its beginning",
		map[journal.Stream]journal.Position{s: journal.At(s, 10), b: journal.At(b, 0)},
		byStream(must[[]journal.Cursor](t)(h.Attach(ctx, "new", journal.StartNewest))))
	same(t, "a cursor is saved at the end",
		map[journal.Stream]journal.Position{s: journal.At(s, 7), b: journal.At(b, 0)},
		byStream(must[[]journal.Cursor](t)(h.Attach(ctx, "old", journal.StartNewest))))

	check(t, h.Detach(ctx, "old"))
	h.Advance("old", journal.At(s, 9)) // not attached: nothing
	detached := must[[]journal.EndpointStats](t)(h.Detached(ctx))
	if len(detached) != 1 || detached[0].Endpoint != "old" || detached[0].Lag != 3+3 || detached[0].Oldest.IsZero() {
		t.Errorf("detached are %+v, want old with 3 receipts of each stream", detached)
	}
	same(t, "a detached endpoint goes on where it was", journal.At(s, 7),
		byStream(must[[]journal.Cursor](t)(h.Attach(ctx, "old", journal.StartNewest)))[s])
	check(t, h.Forget(ctx, "old"))
	same(t, "a forgotten endpoint is new", journal.At(s, 10),
		byStream(must[[]journal.Cursor](t)(h.Attach(ctx, "old", journal.StartNewest)))[s])
}

func byStream(cursors []journal.Cursor) map[journal.Stream]journal.Position {
	m := map[journal.Stream]journal.Position{}
	for _, c := range cursors {
		m[c.Position.Stream()] = c.Position
	}
	return m
}

func testParkedAndDead(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	s := h.Stream("acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("r", 20)...)
	now := time.Now().UTC().Truncate(time.Microsecond)
	park := func(seq uint64, in time.Duration) journal.Parked {
		return journal.Parked{Endpoint: "app", Position: journal.At(s, seq), ID: fmt.Sprint("r", seq), Since: now, NextTry: now.Add(in), Tries: 2, Class: "refused", LastError: "409"}
	}
	check(t, h.Park(ctx, []journal.Parked{park(2, time.Minute), park(5, time.Second), park(9, time.Hour)},
		[]journal.Cursor{{Endpoint: "app", Position: journal.At(s, 9)}}))
	again := park(2, time.Second/2)
	again.Tries, again.LastError = 3, "bad\x00\xffbytes"
	check(t, h.Park(ctx, []journal.Parked{again}, nil))
	again.LastError = "bad\uFFFD\uFFFDbytes"
	same(t, "due, the longest first", []journal.Parked{again, park(5, time.Second)},
		must[[]journal.Parked](t)(h.DueParked(ctx, "app", now.Add(time.Second), 10)))
	same(t, "listed", []journal.Parked{again, park(5, time.Second), park(9, time.Hour)},
		must[[]journal.Parked](t)(h.ListParked(ctx, "", 10)))

	check(t, h.Bury(ctx, []journal.Dead{
		{Endpoint: "app", Class: "refused", From: journal.At(s, 5), To: journal.At(s, 5), Count: 1, At: now, Reason: "409 for 75h"},
		{Endpoint: "app", Class: "unreachable", From: journal.At(s, 12), To: journal.At(s, 15), Count: 3, At: now, Reason: "down"},
	}, []journal.Cursor{{Endpoint: "app", Position: journal.At(s, 15)}}))
	counts := journal.Counts{
		Parked: map[string]int{"refused": 2}, Dead: map[string]int{"refused": 1, "unreachable": 3}, LastTry: now.Add(time.Hour),
	}
	same(t, "counts", counts, must[journal.Counts](t)(h.Counts(ctx, "app")))
	same(t, "all counts", map[string]journal.Counts{"app": counts}, must[map[string]journal.Counts](t)(h.CountAll(ctx)))
	same(t, "nobody's counts", journal.Counts{}, must[journal.Counts](t)(h.Counts(ctx, "nobody")))

	check(t, h.Unpark(ctx, "app", []journal.Position{journal.At(s, 2)}))
	dead := must[[]journal.Dead](t)(h.ListDead(ctx, "app", 0, 10))
	if len(dead) != 2 {
		t.Fatalf("dead: %v", dead)
	}
	same(t, "dead by id", dead[1], must[journal.Dead](t)(h.GetDead(ctx, dead[1].ID)))
	same(t, "dead after the first", dead[1:], must[[]journal.Dead](t)(h.ListDead(ctx, "", dead[0].ID, 10)))
	same(t, "dropped", 1, must[int](t)(h.DropDead(ctx, []int64{dead[0].ID, 999})))
	if _, err := h.GetDead(ctx, dead[0].ID); err == nil {
		t.Error("a dropped dead letter was found")
	}
	h.Shut()
	h = Open(t, p.Open(t), nil, "acme")
	same(t, "cursor of the last transaction", []journal.Cursor{{Endpoint: "app", Position: journal.At(s, 15)}},
		must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest)))
}

func testAdoption(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	s := h.Stream("acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("r", 10)...)
	now := time.Now().UTC().Truncate(time.Microsecond)
	check(t, h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: journal.At(s, 3), ID: "r-0003", Class: "refused", Since: now, NextTry: now}}, nil))
	check(t, h.Bury(ctx, []journal.Dead{{Endpoint: "app", Class: "refused", From: journal.At(s, 4), To: journal.At(s, 4), Count: 1, At: now}},
		[]journal.Cursor{{Endpoint: "app", Position: journal.At(s, 2)}}))
	h.Shut()

	e := p.Open(t)
	h = Open(t, e, nil, "acme", "beta")
	same(t, "stream", s, h.Stream("acme"))
	same(t, "receipts", 10, len(h.IDs("acme")))
	same(t, "cursor", journal.At(s, 2), byStream(must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest)))[s])
	same(t, "unfinished", []journal.Position{journal.At(s, 3), journal.At(s, 4)},
		must[[]journal.Position](t)(h.Unfinished(ctx, "app")))
	h.Store("acme", Receipts("more", 1)...)
	same(t, "next position", journal.At(s, 11), h.Head(s))
}

func testState(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	check(t, h.PutState(ctx, "endpoint", "app", []byte("paused")))
	check(t, h.PutState(ctx, "endpoint", "app", []byte{0, 0xFF}))
	check(t, h.PutState(ctx, "endpoint", "other", nil))
	check(t, h.PutState(ctx, "bind", "acme/gw/1", []byte("held")))
	check(t, h.DeleteState(ctx, "bind", "acme/gw/1"))
	check(t, h.DeleteState(ctx, "bind", "never there"))
	h.Shut()
	h = Open(t, p.Open(t), nil, "acme")
	same(t, "endpoints", map[string][]byte{"app": {0, 0xFF}, "other": {}}, must[map[string][]byte](t)(h.State(ctx, "endpoint")))
	same(t, "binds", map[string][]byte{}, must[map[string][]byte](t)(h.State(ctx, "bind")))
}

func testAttempts(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	s := h.Stream("acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	now := time.Now().UTC().Truncate(time.Microsecond)
	h.Store("acme", Receipts("r", 130)...)
	for i := range 130 {
		h.RecordAttempt(journal.Attempt{
			Endpoint: "app", Position: journal.At(s, uint64(i+1)), ID: fmt.Sprint("r", i+1), At: now.Add(time.Duration(i) * time.Millisecond),
			Took: time.Millisecond, Status: 500, Error: "x\x00", Answer: bytes.Repeat([]byte{0xFF}, 600),
		})
	}
	h.Until("attempts written", func() bool {
		return len(must[[]journal.Attempt](t)(h.Attempts(ctx, "app", 0, 1000))) == 100
	})
	newest := must[[]journal.Attempt](t)(h.Attempts(ctx, "", journal.At(s, 130), 10))
	same(t, "newest", []journal.Attempt{{
		Endpoint: "app", Position: journal.At(s, 130), ID: "r130", At: now.Add(129 * time.Millisecond),
		Took: time.Millisecond, Status: 500, Error: "x\uFFFD", Answer: bytes.Repeat([]byte{0xFF}, 512),
	}}, newest)
	same(t, "first replay", []int{1, 1, 2}, must[[]int](t)(h.NextReplay(ctx, "app", []string{"a", "b", "a"})))
	h.Shut()
	h = Open(t, p.Open(t), nil, "acme")
	same(t, "next replay", []int{3, 1}, must[[]int](t)(h.NextReplay(ctx, "app", []string{"a", "c"})))
	same(t, "another endpoint", []int{1}, must[[]int](t)(h.NextReplay(ctx, "other", []string{"a"})))
}

func testDeliveries(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	s := h.Stream("acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("r", 4)...)
	now := time.Now().UTC()
	check(t, h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: journal.At(s, 2), Since: now, NextTry: now}}, nil))
	check(t, h.Bury(ctx, []journal.Dead{{Endpoint: "app", From: journal.At(s, 3), To: journal.At(s, 3), Count: 1, At: now}},
		[]journal.Cursor{{Endpoint: "app", Position: journal.At(s, 3)}}))
	for seq, want := range map[uint64]journal.DeliveryState{
		1: journal.StateTaken, 2: journal.StateParked, 3: journal.StateDead, 4: journal.StateWaiting,
	} {
		got := must[[]journal.Delivery](t)(h.Deliveries(ctx, journal.At(s, seq)))
		if len(got) != 1 || got[0].Endpoint != "app" || got[0].State != want {
			t.Errorf("receipt %d: %+v, want %s", seq, got, want)
			continue
		}
		d := got[0]
		if (d.Parked != nil) != (want == journal.StateParked) || (d.Dead != nil) != (want == journal.StateDead) {
			t.Errorf("receipt %d: %+v", seq, d)
		}
		if want == journal.StateTaken && (d.Until.IsZero() || d.Until.Before(now.Add(-2*time.Second)) || d.Until.After(now.Add(patience))) {
			t.Errorf("receipt %d was taken between %v and %v, now is %v", seq, d.After, d.Until, now)
		}
	}
}

// testLate: what was parked or dead is told to be taken when it was, and not when
// the cursor passed it; it goes with the receipt, and with the endpoint.
func testLate(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	s := h.Stream("acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("r", 5)...)
	now := time.Now().UTC().Truncate(time.Millisecond)
	later := now.Add(time.Hour)
	letter := func(from, to uint64) journal.Dead {
		return journal.Dead{Endpoint: "app", From: journal.At(s, from), To: journal.At(s, to), Count: int(to - from + 1), At: now}
	}
	check(t, h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: journal.At(s, 1), Since: now, NextTry: now}}, nil))
	check(t, h.Bury(ctx, []journal.Dead{letter(2, 2), letter(3, 4)}, []journal.Cursor{{Endpoint: "app", Position: journal.At(s, 5)}}))
	check(t, h.Take(ctx, "app", []journal.Taken{{Position: journal.At(s, 1), ID: "r-0001", At: later}}))
	dead := must[[]journal.Dead](t)(h.ListDead(ctx, "app", 0, 10))
	check(t, h.TakeDead(ctx, dead, []journal.Dead{letter(3, 3)}, later))
	dead = must[[]journal.Dead](t)(h.ListDead(ctx, "app", 0, 10))
	if len(dead) != 1 || dead[0].From != journal.At(s, 3) || dead[0].To != dead[0].From {
		t.Fatalf("left of the range: %+v, want its first receipt", dead)
	}
	check(t, h.TakeDead(ctx, dead, nil, later))
	same(t, "left", journal.Counts{}, must[journal.Counts](t)(h.Counts(ctx, "app")))
	for seq, want := range map[uint64][2]time.Time{1: {later, later}, 2: {later, later}, 3: {later, later}, 4: {now, later}} {
		got := must[[]journal.Delivery](t)(h.Deliveries(ctx, journal.At(s, seq)))[0]
		if got.State != journal.StateTaken || !got.After.Equal(want[0]) || !got.Until.Equal(want[1]) {
			t.Errorf("receipt %d: %+v, want taken between %v and %v", seq, got, want[0], want[1])
		}
	}
	if got := must[[]journal.Delivery](t)(h.Deliveries(ctx, journal.At(s, 5)))[0]; got.State != journal.StateTaken || !got.Until.Before(later) {
		t.Errorf("the one that was never parked: %+v", got)
	}
	check(t, h.Forget(ctx, "app"))
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartNewest))
	if got := must[[]journal.Delivery](t)(h.Deliveries(ctx, journal.At(s, 4)))[0]; !got.Until.Before(later) {
		t.Errorf("a forgotten endpoint's past is told: %+v", got)
	}
}
