package journaltest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

func testUnknown(t *testing.T, p Place) {
	h := Open(t, p.Open(t), nil, "acme")
	h.Faults.Inject(UnknownDone, UnknownNotDone, UnknownDone, Serialization, UnknownDone)
	for _, prefix := range []string{"a", "b", "c"} {
		h.Store("acme", Receipts(prefix, 50)...)
	}
	same(t, "every receipt once", 150, len(h.IDs("acme")))
	if err := h.Storable(); err != nil {
		t.Errorf("storable: %v", err)
	}
}

func testNeverKnown(t *testing.T, p Place) {
	found := make(chan string, 1)
	h := Open(t, p.Open(t), func(o *journal.Options) {
		o.Observer.Found = func(e *journal.Entry) { found <- e.ID }
	}, "acme")
	h.Store("acme", Receipts("a", 1)...)
	changed := h.Changed()
	h.Faults.Inject(FailDone(errors.New("connection lost for good")))
	refused := h.Outcomes(h.Offer("acme", Receipts("b", 1)...))[0]
	if !errors.Is(refused, journal.ErrRefused) {
		t.Errorf("outcome: %v", refused)
	}
	h.Until("receipts can be stored", func() bool { return h.Storable() == nil })
	select {
	case <-changed:
		same(t, "found", "b-0001", <-found)
	default:
		t.Error("nobody was told of a receipt that was stored all the same")
	}
	h.Store("acme", Receipts("c", 1)...)
	same(t, "what was stored all the same keeps its position", []string{"a-0001", "b-0001", "c-0001"}, h.IDs("acme"))
}

func testBadRow(t *testing.T, p Place) {
	for _, bare := range []bool{false, true} {
		operator := map[bool]string{false: "plain", true: "bare"}[bare]
		h := Open(t, p.Open(t), nil, operator)
		receipts := Receipts("r", 500)
		receipts[100].Body, receipts[200].Body = []byte{0}, []byte{0xFF}
		receipts[300].Body, receipts[400].Body = make([]byte, 64<<10), nil
		h.Faults.Refuse("r-0250", bare)
		h.Store(operator, receipts...)
		all := h.All(operator)
		same(t, "receipts", 500, len(all))
		if !slices.IsSortedFunc(all, func(a, b *journal.Entry) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) }) {
			t.Error("the order was not kept")
		}
		for _, e := range all {
			if bad := e.ID == "r-0250"; bad != (len(e.Meta) == 0) || bad && string(e.Raw) != string(receipts[249].Body) || e.Forward == (bad && bare) {
				t.Errorf("entry %+v", e)
			}
		}
		h.Shut()
	}
}

func testFenced(t *testing.T, p Place) {
	lost := make(chan string, 1)
	h := Open(t, p.Open(t), func(o *journal.Options) {
		o.Observer.Owned = func(operator string, owned bool) {
			if !owned {
				lost <- operator
			}
		}
	}, "acme", "beta")
	ctx := Context(t)
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("a", 1)...)
	s := h.Stream("acme")
	check(t, h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: journal.At(s, 1), ID: "a-0001", Class: "refused"}}, nil))
	h.Faults.Fence(s)
	if err := h.Outcomes(h.Offer("acme", Receipts("b", 1)...))[0]; !errors.Is(err, journal.ErrFenced) {
		t.Errorf("append: %v, want ErrFenced", err)
	}
	select {
	case operator := <-lost:
		same(t, "lost", "acme", operator)
	case <-ctx.Done():
		t.Fatal("nobody was told that the stream was lost")
	}
	if err := h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: journal.At(s, 1)}}, nil); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("park: %v, want ErrFenced", err)
	}
	h.Store("beta", Receipts("b", 1)...)

	ours := journal.Parked{Endpoint: "app", Position: journal.At(h.Stream("beta"), 1), ID: "b-0001", Class: "refused", NextTry: time.Now().UTC().Truncate(time.Microsecond)}
	check(t, h.Park(ctx, []journal.Parked{ours}, nil))
	same(t, "due in the stream that is left", []journal.Parked{ours}, must[[]journal.Parked](t)(h.DueParked(ctx, "app", time.Now(), 10)))
}

// testOldEpoch asks the engine itself.
func testOldEpoch(t *testing.T, p Place) {
	ctx := Context(t)
	e := p.Open(t)
	defer func() { check(t, e.Close()) }()
	leases := must[[]journal.Lease](t)(e.Acquire(ctx, []string{"acme"}))
	now := leases[0]
	again := must[[]journal.Lease](t)(e.Acquire(ctx, []string{"acme"}))[0]
	same(t, "a stream that is owned keeps its epoch", now.Epoch, again.Epoch)
	entry := &journal.Entry{Position: now.Last + 1, ReceivedAt: time.Now(), ID: "x"}
	old := now
	old.Epoch--
	for name, b := range map[string]*journal.Batch{
		"append": {Leases: []journal.Lease{old}, Entries: []*journal.Entry{entry}},
		"cursor": {Leases: []journal.Lease{old}, Cursors: []journal.Cursor{{Endpoint: "app", Position: 1}}},
		"mixed":  {Leases: []journal.Lease{old}, State: []journal.StateValue{{Kind: "k", Name: "n", Value: []byte{1}}}},
		"none":   {Entries: []*journal.Entry{entry}},
	} {
		if err := e.Write(ctx, b); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("%s: %v, want ErrFenced", name, err)
		}
	}
	same(t, "cursors", 0, len(must[[]journal.Cursor](t)(e.Cursors(ctx))))
	same(t, "state", 0, len(must[map[string][]byte](t)(e.State(ctx, "k"))))
	good := &journal.Batch{Leases: leases, Entries: []*journal.Entry{entry}}
	check(t, e.Write(ctx, good))
	check(t, e.Write(ctx, good)) // again: the same
	other := *entry
	other.ID = "y"
	if err := e.Write(ctx, &journal.Batch{Leases: leases, Entries: []*journal.Entry{&other}}); err == nil {
		t.Error("a position was given twice")
	}
	renewed := must[[]journal.Lease](t)(e.Renew(ctx, leases))
	same(t, "the end of the stream", now.Last+1, renewed[0].Last)
	stored := must[[]*journal.Entry](t)(e.Entries(ctx, journal.Span{Upto: renewed[0].Last, Max: 10, MaxBytes: 1 << 20}))
	if len(stored) != 1 || stored[0].ID != "x" {
		t.Errorf("stored: %v", stored)
	}
}

func testSlow(t *testing.T, p Place) {
	h := Open(t, p.Open(t), nil, "acme")
	reached, release := make(chan struct{}, 1), make(chan struct{})
	h.Faults.Inject(Hold(reached, release))
	first := h.Offer("acme", Receipts("a", 1)...)
	<-reached
	waiting := h.Offer("acme", Receipts("b", 10)...)
	for _, err := range h.Outcomes(waiting) {
		if !errors.Is(err, journal.ErrRefused) {
			t.Errorf("a receipt that waits for a commit that hangs: %v", err)
		}
	}
	if err := h.Outcomes(h.Offer("acme", Receipts("c", 1)...))[0]; !errors.Is(err, journal.ErrRefused) {
		t.Errorf("a receipt that comes while a commit hangs: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.PutState(ctx, "k", "n", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a change that waits longer than its context: %v", err)
	}
	close(release)
	same(t, "the one in flight", []error{nil}, h.Outcomes(first))
	h.Until("receipts can be stored", func() bool { return h.Storable() == nil })
	h.Store("acme", Receipts("d", 1)...)
	same(t, "stored", []string{"a-0001", "d-0001"}, h.IDs("acme"))
}

func testHeals(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Faults.Inject(Fail(errors.New("disk I/O error")))
	if err := h.Outcomes(h.Offer("acme", Receipts("a", 1)...))[0]; !errors.Is(err, journal.ErrRefused) {
		t.Errorf("outcome: %v", err)
	}
	check(t, h.PutState(ctx, "k", "n", []byte{1}))
	h.Until("receipts can be stored", func() bool { return h.Storable() == nil })
	h.Store("acme", Receipts("b", 1)...)
	same(t, "stored", []string{"b-0001"}, h.IDs("acme"))
}

func testFull(t *testing.T, p Place) {
	if p.Fill == nil {
		t.Skip("the engine's space cannot be bounded in a test")
	}
	ctx := Context(t)
	e := p.Open(t)
	h := Open(t, e, nil, "acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("before", 50)...)
	p.Fill(t, e, true)
	big := Receipts("big", 1)
	big[0].Body = make([]byte, 512<<10)
	if err := h.Outcomes(h.Offer("acme", big...))[0]; !errors.Is(err, journal.ErrFull) {
		t.Errorf("outcome: %v, want ErrFull", err)
	}
	if err := h.Storable(); !errors.Is(err, journal.ErrFull) {
		t.Errorf("storable: %v, want ErrFull", err)
	}
	check(t, h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: journal.At(h.Stream("acme"), 1), Since: time.Now(), NextTry: time.Now()}},
		[]journal.Cursor{{Endpoint: "app", Position: journal.At(h.Stream("acme"), 1)}}))
	p.Fill(t, e, false)
	h.Until("receipts can be stored", func() bool { return h.Storable() == nil })
	h.Store("acme", big...)
	same(t, "stored", 51, len(h.IDs("acme")))
}
