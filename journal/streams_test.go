package journal_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// blind is an engine that cannot read cursors while it is told so.
type blind struct {
	journal.Engine
	is      atomic.Bool
	asked   chan struct{} // when not nil: told of each try, which then hangs
	release chan struct{}
}

func (b *blind) Cursors(ctx context.Context) ([]journal.Cursor, error) {
	if b.is.Load() {
		if b.asked != nil {
			b.asked <- struct{}{}
			<-b.release
		}
		if b.is.Load() {
			return nil, errors.New("connection lost")
		}
	}
	return b.Engine.Cursors(ctx)
}

// TestStreamIsOwnedOnlyWithItsCursors: an operator whose endpoints could not be
// registered has no stream yet, so nothing is stored that nobody is owed, and
// what was owned before stays so.
func TestStreamIsOwnedOnlyWithItsCursors(t *testing.T) {
	t.Parallel()
	engine := &blind{Engine: open(t, t.TempDir())}
	h := journaltest.Open(t, engine, nil, "acme")
	ctx := journaltest.Context(t)
	if _, err := h.Attach(ctx, "app", journal.StartNewest); err != nil {
		t.Fatal(err)
	}
	engine.is.Store(true)
	if err := h.SetOperators(ctx, []string{"beta"}); err == nil {
		t.Fatal("beta's stream was opened without its cursors")
	}
	if _, owned := h.StreamOf("beta"); owned {
		t.Error("beta's stream is owned without its cursors")
	}
	h.Store("acme", journaltest.Receipts("a", 1)...)
	engine.is.Store(false)
	if err := h.SetOperators(ctx, []string{"beta"}); err != nil {
		t.Fatal(err)
	}
	if _, owned := h.StreamOf("acme"); owned {
		t.Error("acme's stream is still owned")
	}
	h.Store("beta", journaltest.Receipts("b", 1)...)
	if waiting := h.All("beta"); len(waiting) != 1 {
		t.Errorf("waiting: %v", waiting)
	}
}
