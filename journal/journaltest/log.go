package journaltest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dlrgate/dlrgate/journal"
)

func testOctets(t *testing.T, p Place) {
	h := Open(t, p.Open(t), func(o *journal.Options) { o.RingBytes = 1 }, "acme")
	bodies := [][]byte{{}, {0}, {0xFF, 0xFE, 0}, bytes.Repeat([]byte{0xC3, 0x28}, 32<<10), []byte("id:1 stat:DELIVRD")}
	var receipts []Receipt
	for i, b := range bodies {
		receipts = append(receipts, Receipt{ID: fmt.Sprint("r", i), Body: b, Silent: i == 1})
	}
	before := time.Now().Truncate(time.Microsecond)
	h.Store("acme", receipts...)
	for i, e := range h.All("acme") {
		want := &journal.Entry{
			Position: journal.At(h.Stream("acme"), uint64(i+1)), ReceivedAt: e.ReceivedAt, ID: receipts[i].ID,
			Message: e.Message, Forward: i != 1, Raw: bodies[i], Meta: []byte("|"), Event: []byte(receipts[i].ID),
		}
		if diff := cmp.Diff(want, e, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("entry %d (-want +got):\n%s", i, diff)
		}
		if e.ReceivedAt.Before(before) || e.ReceivedAt.Location() != time.UTC || e.Message == [16]byte{} {
			t.Errorf("entry %d: received at %v, message %x", i, e.ReceivedAt, e.Message)
		}
		got, err := h.Get(Context(t), e.Position)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("Get differs from After (-after +get):\n%s", diff)
		}
	}
	all, brief := h.All("acme"), 0
	check(t, h.Tail(Context(t), len(bodies), func(e *journal.Entry) error {
		want := *all[brief]
		want.Raw, want.Event = nil, nil
		same(t, "an entry of the tail", &want, e)
		brief++
		return nil
	}))
	same(t, "entries of the tail", len(bodies), brief)
	if _, err := h.Get(Context(t), journal.At(h.Stream("acme"), 6)); err == nil {
		t.Error("an entry beyond the end was found")
	}
}

func testOrder(t *testing.T, p Place) {
	const n = 2500
	for _, ring := range []int{0, 1} {
		h := Open(t, p.Open(t), func(o *journal.Options) { o.RingBytes = ring }, fmt.Sprint("acme", ring))
		receipts := Receipts("r", n)
		h.Store(fmt.Sprint("acme", ring), receipts...)
		ids := h.IDs(fmt.Sprint("acme", ring))
		if len(ids) != n || !slices.IsSorted(ids) {
			t.Errorf("ring %d: %d of %d entries, sorted %v", ring, len(ids), n, slices.IsSorted(ids))
		}
		h.Shut()
	}
}

func testTwoStreams(t *testing.T, p Place) {
	h := Open(t, p.Open(t), nil, "acme", "beta")
	changed := h.Changed()
	a, b := h.Offer("acme", Receipts("a", 300)...), h.Offer("beta", Receipts("b", 200)...)
	for _, err := range append(h.Outcomes(a), h.Outcomes(b)...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-changed:
	default:
		t.Error("Changed was not closed by the commit")
	}
	if n := len(h.IDs("acme")); n != 300 {
		t.Errorf("acme has %d of 300", n)
	}
	if n := len(h.IDs("beta")); n != 200 {
		t.Errorf("beta has %d of 200", n)
	}
	if diff := cmp.Diff(map[journal.Stream]string{h.Stream("acme"): "acme", h.Stream("beta"): "beta"}, h.Operators()); diff != "" {
		t.Errorf("operators (-want +got):\n%s", diff)
	}
	if err := h.Outcomes(h.Offer("gamma", Receipts("g", 1)...))[0]; err == nil {
		t.Error("a receipt of an unknown operator was stored")
	}
	if err := h.SetOperators(Context(t), []string{"beta", "gamma"}); err != nil {
		t.Fatal(err)
	}
	h.Store("gamma", Receipts("g", 2)...)
	if _, owned := h.StreamOf("acme"); owned {
		t.Error("acme is still owned")
	}
	stored, err := h.Stored(Context(t))
	if diff := cmp.Diff([]string{"acme", "beta", "gamma"}, stored); err != nil || diff != "" {
		t.Errorf("stored, owned or not: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"g-0001", "g-0002"}, h.IDs("gamma")); diff != "" {
		t.Errorf("gamma (-want +got):\n%s", diff)
	}
	if h.Stream("gamma") == h.Stream("beta") {
		t.Error("two operators share a stream")
	}
}

func testPositions(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), func(o *journal.Options) { o.Retention = time.Nanosecond }, "acme")
	if _, err := h.Attach(ctx, "app", journal.StartOldest); err != nil {
		t.Fatal(err)
	}
	h.Store("acme", Receipts("old", 20)...)
	head := h.Head(h.Stream("acme"))
	h.Advance("app", head)
	h.Until("everything pruned", func() bool {
		all, err := h.After(ctx, journal.At(head.Stream(), 0), 1, 1)
		return err == nil && len(all) == 1 && all[0].Position > head || h.empty("acme")
	})
	h.Shut()
	h = Open(t, p.Open(t), nil, "acme")
	if got := h.Head(h.Stream("acme")); got != head {
		t.Errorf("head is %d after the log was emptied, want %d", got.Seq(), head.Seq())
	}
	h.Store("acme", Receipts("new", 1)...)
	if e, err := h.Get(ctx, head+1); err != nil || e.ID != "new-0001" {
		t.Errorf("the next receipt is not at the next position: %v %v", e, err)
	}
}

// empty tells from the stats that the operator's stream holds no receipt.
func (h *Harness) empty(operator string) bool {
	st, err := h.Stats(Context(h.T))
	if err != nil {
		h.T.Fatal(err)
	}
	for _, s := range st.Streams {
		if s.Operator == operator {
			return s.First == 0
		}
	}
	return false
}

func testTail(t *testing.T, p Place) {
	h := Open(t, p.Open(t), nil, "acme", "beta")
	h.Store("acme", Receipts("a", 50)...)
	h.Store("beta", Receipts("b", 30)...)
	for _, test := range []struct{ max, least, most int }{{100, 80, 80}, {80, 80, 80}, {0, 0, 0}} {
		var ids []string
		err := h.Tail(Context(t), test.max, func(e *journal.Entry) error {
			ids = append(ids, e.ID)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(ids) < test.least || len(ids) > test.most {
			t.Errorf("tail of %d has %d entries", test.max, len(ids))
		}
		for _, prefix := range []string{"a", "b"} {
			one := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !strings.HasPrefix(id, prefix) })
			if !slices.IsSorted(one) {
				t.Errorf("tail of %d: stream %q is not in order", test.max, prefix)
			}
		}
	}
	for max, want := range map[int]int{100: 50, 40: 25, 0: 0} {
		n := 0
		check(t, h.TailOf(Context(t), "acme", max, func(*journal.Entry) error { n++; return nil }))
		same(t, "its part of the tail", want, n)
	}
	if _, err := h.Erase(Context(t), []journal.Position{journal.At(h.Stream("acme"), 50)}, true); err != nil {
		t.Fatal(err)
	}
	n := 0
	check(t, h.Tail(Context(t), 100, func(*journal.Entry) error { n++; return nil }))
	same(t, "entries when a stream's last one is erased", 79, n)
}
