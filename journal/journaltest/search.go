package journaltest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// found runs a query through all its pages.
func (h *Harness) found(t *testing.T, q journal.Query) (ids []string) {
	t.Helper()
	for {
		page, err := h.Search(Context(t), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			ids = append(ids, e.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return ids
		}
	}
}

// indexed waits until the projection has everything.
func (h *Harness) indexed(t *testing.T) {
	t.Helper()
	h.Until("everything is indexed", func() bool {
		return must[journal.Stats](t)(h.Stats(Context(t))).SearchLag == 0
	})
}

func testSearch(t *testing.T, p Place) {
	h := Open(t, p.Open(t), nil, "acme", "beta")
	start := time.Now()
	h.Store("acme",
		Receipt{ID: "1", Recipient: "33600000001", Status: "received"},
		Receipt{ID: "2", Recipient: "33600000002", Status: "received"},
		Receipt{ID: "3", Recipient: "33600000001", Status: "undefined"},
		Receipt{ID: "1", Recipient: "33600000001", Status: "received"})
	h.Store("beta", Receipt{ID: "4", Recipient: "33600000001", Status: "received"})
	recipient := func(n string) journal.Term { return journal.Term{Kind: "recipient", Key: n} }
	status := func(s string) journal.Term { return journal.Term{Kind: "status", Key: s} }
	tests := []struct {
		name string
		q    journal.Query
		want []string
	}{
		{"all", journal.Query{}, []string{"4", "1", "3", "2", "1"}},
		{"recipient", journal.Query{Terms: []journal.Term{recipient("33600000001")}}, []string{"4", "1", "3", "1"}},
		{"several forms", journal.Query{Terms: []journal.Term{recipient("x"), recipient("33600000002"), recipient("33600000001")}}, []string{"4", "1", "3", "2", "1"}},
		{"both kinds", journal.Query{Terms: []journal.Term{recipient("33600000001"), status("undefined")}}, []string{"3"}},
		{"operator", journal.Query{Terms: []journal.Term{recipient("33600000001")}, Operators: []string{"beta"}}, []string{"4"}},
		{"operator alone", journal.Query{Operators: []string{"acme"}, Limit: 3}, []string{"1", "3", "2", "1"}},
		{"none", journal.Query{Terms: []journal.Term{recipient("0")}}, nil},
		{"since", journal.Query{Terms: []journal.Term{status("received")}, Since: start.Add(-time.Minute)}, []string{"4", "1", "2", "1"}},
		{"too late", journal.Query{Terms: []journal.Term{status("received")}, Since: time.Now().Add(time.Minute)}, nil},
		{"until", journal.Query{Terms: []journal.Term{status("received")}, Until: start.Add(-time.Minute)}, nil},
	}
	for _, when := range []string{"from the log's tail", "from the projection"} {
		for _, test := range tests {
			same(t, test.name+" "+when, test.want, h.found(t, test.q))
		}
		copies := must[[]*journal.Entry](t)(h.ByID(Context(t), "1"))
		if len(copies) != 2 || copies[0].Position > copies[1].Position {
			t.Errorf("copies %s: %v", when, copies)
		}
		h.indexed(t)
	}
	for _, q := range []journal.Query{{Limit: -1}, {Limit: 5000}, {Cursor: "%"}, {Cursor: "_w"}} {
		if _, err := h.Search(Context(t), q); !errors.Is(err, journal.ErrQuery) {
			t.Errorf("query %+v: %v, want ErrQuery", q, err)
		}
	}
}

func testSearchPages(t *testing.T, p Place) {
	h := Open(t, p.Open(t), nil, "acme", "beta")
	var want []string
	for round := range 3 {
		for i := range 40 {
			r := Receipt{ID: fmt.Sprintf("%d-%02d", round, i), Recipient: fmt.Sprint(i % 2), Status: "received"}
			h.Store([]string{"acme", "beta"}[i%3%2], r)
			if i%2 == 1 {
				want = append(want, r.ID)
			}
		}
		if round < 2 {
			h.indexed(t) // the last round is found in the log or in the projection
		}
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 7, 60, 1000} {
		same(t, fmt.Sprint("pages of ", limit), want,
			h.found(t, journal.Query{Terms: []journal.Term{{Kind: "recipient", Key: "1"}, {Kind: "status", Key: "received"}}, Limit: limit}))
	}
	h.indexed(t)
	h.Shut()
	h = Open(t, p.Open(t), nil, "acme", "beta")
	same(t, "after a restart", want, h.found(t, journal.Query{Terms: []journal.Term{{Kind: "recipient", Key: "1"}}, Limit: 10}))
}

func testPrune(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), func(o *journal.Options) { o.Retention = time.Nanosecond }, "acme")
	s := h.Stream("acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	must[[]journal.Cursor](t)(h.Attach(ctx, "slow", journal.StartOldest))
	h.Store("acme", Receipts("r", 1000)...)
	now := time.Now()
	check(t, h.Park(ctx, []journal.Parked{{Endpoint: "app", Position: journal.At(s, 10), ID: "r-0010", Since: now, NextTry: now}}, nil))
	check(t, h.Bury(ctx, []journal.Dead{{Endpoint: "app", From: journal.At(s, 20), To: journal.At(s, 29), Count: 10, At: now}}, nil))
	var histories []journal.StateValue
	for _, id := range []string{"r-0010", "r-0500", "r-0950"} {
		histories = append(histories, journal.StateValue{Kind: journal.HistoryKind(id), Name: "then", Value: []byte(id)})
	}
	check(t, h.PutStates(ctx, histories))
	history := func(id string) bool {
		return len(must[map[string][]byte](t)(h.State(ctx, journal.HistoryKind(id)))) == 1
	}
	h.Advance("app", journal.At(s, 1000))
	h.Advance("slow", journal.At(s, 900))
	gone := func(seq uint64) bool {
		_, err := h.Get(ctx, journal.At(s, seq))
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			t.Fatal(err)
		}
		return err != nil
	}
	h.Shut() // the ring would still show what is pruned
	h = Open(t, p.Open(t), func(o *journal.Options) { o.Retention = time.Nanosecond; o.RingBytes = 1 }, "acme")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	must[[]journal.Cursor](t)(h.Attach(ctx, "slow", journal.StartOldest))
	h.Store("acme", Receipts("more", 1)...)
	h.Until("pruned up to the lowest cursor", func() bool { return gone(899) })
	for seq := uint64(1); seq <= 1001; seq++ {
		kept := seq == 10 || seq >= 20 && seq <= 29 || seq > 900
		if gone(seq) == kept {
			t.Errorf("receipt %d: gone %v, want kept %v", seq, !kept, kept)
		}
	}
	if !history("r-0010") || history("r-0500") || !history("r-0950") {
		t.Error("a history is not kept as long as its receipt is")
	}
	check(t, h.Unpark(ctx, "app", []journal.Position{journal.At(s, 10)}))
	h.Until("a receipt goes when it is parked no more", func() bool { return gone(10) })
	dead := must[[]journal.Dead](t)(h.ListDead(ctx, "app", 0, 10))
	must[int](t)(h.DropDead(ctx, []int64{dead[0].ID}))
	h.Until("a range goes when it is dropped", func() bool { return gone(20) && gone(29) })
	check(t, h.Detach(ctx, "slow"))
	h.Until("a detached endpoint holds nothing", func() bool { return gone(950) })
}
