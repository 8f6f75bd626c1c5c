package journaltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// patience is how long these tests wait for what must come.
const patience = time.Minute

// Harness is an open journal under test.
type Harness struct {
	*journal.Journal
	T      testing.TB
	Faults *Injector
	Render *Renderer
}

// Open opens a journal over the engine, through an Injector; the test's end
// closes it. change may be nil.
func Open(t testing.TB, e journal.Engine, change func(*journal.Options), operators ...string) *Harness {
	t.Helper()
	h := &Harness{T: t, Faults: Wrap(e), Render: &Renderer{}}
	o := journal.Options{Engine: h.Faults, Operators: operators, Render: h.Render, Terms: Terms}
	if change != nil {
		change(&o)
	}
	var err error
	if h.Journal, err = journal.Open(Context(t), o); err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { h.Shut() })
	return h
}

// Context is one that ends when the test has taken too long. It is not the
// test's own, which ends before its clean-up.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Shut closes the journal, once, and checks the renderer's calls.
func (h *Harness) Shut() {
	h.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Close(ctx); err != nil && !errors.Is(err, journal.ErrClosed) {
		h.T.Errorf("close: %v", err)
	}
	if err := h.Render.Err(); err != nil {
		h.T.Errorf("renderer: %v", err)
	}
}

// Offer appends receipts and returns where their outcomes come, in any order.
func (h *Harness) Offer(operator string, receipts ...Receipt) <-chan error {
	return h.OfferFrom(operator, "", receipts...)
}

// OfferFrom is Offer by one of the operator's binds.
func (h *Harness) OfferFrom(operator, bind string, receipts ...Receipt) <-chan error {
	outcomes := make(chan error, len(receipts))
	for _, r := range receipts {
		h.Append(&journal.Draft{
			Operator: operator, Bind: bind, ReceivedAt: time.Now(), Size: len(r.Body) + 200, Payload: r,
			Done: func(err error) { outcomes <- err },
		})
	}
	return outcomes
}

// Store appends receipts and waits until all are durable. Those that are refused
// because a commit hangs, on a disk that is busy, are appended again as an SMSC
// does it.
func (h *Harness) Store(operator string, receipts ...Receipt) {
	h.T.Helper()
	for len(receipts) > 0 {
		receipts = h.refused(operator, receipts)
		h.Until("receipts can be stored", func() bool { return len(receipts) == 0 || h.Storable() == nil })
	}
}

// refused appends receipts and returns, in order, those that could not be stored
// then.
func (h *Harness) refused(operator string, receipts []Receipt) (again []Receipt) {
	h.T.Helper()
	offers := make([]<-chan error, len(receipts))
	for i, r := range receipts {
		offers[i] = h.Offer(operator, r)
	}
	for i, offer := range offers {
		switch err := h.Outcomes(offer)[0]; {
		case errors.Is(err, journal.ErrRefused):
			again = append(again, receipts[i])
		case err != nil:
			h.T.Fatalf("append: %v", err)
		}
	}
	return again
}

// Outcomes waits for all outcomes of an Offer.
func (h *Harness) Outcomes(offered <-chan error) []error {
	h.T.Helper()
	all := make([]error, 0, cap(offered))
	timeout := time.After(patience)
	for range cap(offered) {
		select {
		case err := <-offered:
			all = append(all, err)
		case <-timeout:
			h.T.Fatalf("only %d of %d receipts got an outcome", len(all), cap(offered))
		}
	}
	return all
}

// Until waits for a condition that something else brings about.
func (h *Harness) Until(what string, ok func() bool) {
	h.T.Helper()
	deadline := time.After(patience)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !ok() {
		select {
		case <-ticker.C:
		case <-deadline:
			h.T.Fatalf("waited too long: %s", what)
		}
	}
}

// Stream returns the operator's stream.
func (h *Harness) Stream(operator string) journal.Stream {
	h.T.Helper()
	s, owned := h.StreamOf(operator)
	if !owned {
		h.T.Fatalf("the stream of %q is not owned", operator)
	}
	return s
}

// IDs reads a whole stream from its beginning.
func (h *Harness) IDs(operator string) (ids []string) {
	h.T.Helper()
	for _, e := range h.All(operator) {
		ids = append(ids, e.ID)
	}
	return ids
}

// All reads a whole stream from its beginning, and checks that positions are
// contiguous.
func (h *Harness) All(operator string) (all []*journal.Entry) {
	h.T.Helper()
	p := journal.At(h.Stream(operator), 0)
	for {
		some, err := h.After(Context(h.T), p, 100, 1<<20)
		if err != nil {
			h.T.Fatalf("read %q after %d: %v", operator, p.Seq(), err)
		}
		if len(some) == 0 {
			return all
		}
		for _, e := range some {
			if e.Position != p+1 {
				h.T.Fatalf("after position %d of %q comes %d", p.Seq(), operator, e.Position.Seq())
			}
			p = e.Position
		}
		all = append(all, some...)
	}
}

// Receipts makes n receipts whose ids begin with the prefix.
func Receipts(prefix string, n int) []Receipt {
	all := make([]Receipt, n)
	for i := range all {
		all[i] = Receipt{
			ID: fmt.Sprintf("%s-%04d", prefix, i+1), Recipient: fmt.Sprintf("336%08d", i), Status: "received",
			Body: fmt.Appendf(nil, "id:%04d stat:DELIVRD", i),
		}
	}
	return all
}
