package gateway_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
)

// gate stops the journal's writes, as a stalled disk does.
type gate struct {
	mu       sync.Mutex
	closed   chan struct{}
	full     bool
	released func([]journal.Lease) // nil: nobody wants to know
	dumb     int                   // questions about endpoints that fail
	sighted  int                   // questions about cursors until one fails; 0: none does
	unsure   int                   // commits of receipts that seem to fail
	row      time.Duration         // what each receipt adds to a commit
}

// slow lets each receipt add so much to its commit.
func (g *gate) slow(row time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.row = row
}

// adds is what receipts add to their commit.
func (g *gate) adds(receipts int) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Duration(receipts) * g.row
}

// lie lets the next n commits of receipts succeed and seem to fail.
func (g *gate) lie(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unsure = n
}

// lies tells whether the commit of receipts is to seem to fail.
func (g *gate) lies() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unsure--
	return g.unsure >= 0
}

// blind lets the nth question about cursors from now on fail.
func (g *gate) blind(nth int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sighted = nth
}

// silence lets the next n questions about the state of an endpoint fail.
func (g *gate) silence(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dumb = n
}

// whenReleased has fn called when streams are released.
func (g *gate) whenReleased(fn func([]journal.Lease)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.released = fn
}

// fill lets writes of receipts fail as on a full disk.
func (g *gate) fill(full bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.full = full
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed == nil {
		g.closed = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}

// pass waits while the gate is closed, and tells whether the disk is full.
func (g *gate) pass() (full bool) {
	g.mu.Lock()
	closed := g.closed
	g.mu.Unlock()
	if closed != nil {
		<-closed
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.full
}

// gated is the real engine behind a gate.
type gated struct {
	journal.Engine
	gate *gate
}

func (g *gated) Write(ctx context.Context, b *journal.Batch) error {
	if g.gate.pass() && len(b.Entries) > 0 {
		return journal.ErrFull
	}
	if d := g.gate.adds(len(b.Entries)); d > 0 {
		<-time.After(d)
	}
	err := g.Engine.Write(ctx, b)
	if err == nil && len(b.Entries) > 0 && g.gate.lies() {
		return errors.New("connection lost for good")
	}
	return err
}

func (g *gated) Cursors(ctx context.Context) ([]journal.Cursor, error) {
	g.gate.mu.Lock()
	fails := g.gate.sighted == 1
	g.gate.sighted = max(0, g.gate.sighted-1)
	g.gate.mu.Unlock()
	if fails {
		return nil, errors.New("connection lost")
	}
	return g.Engine.Cursors(ctx)
}

func (g *gated) Release(ctx context.Context, leases []journal.Lease) error {
	g.gate.mu.Lock()
	released := g.gate.released
	g.gate.mu.Unlock()
	if released != nil && len(leases) > 0 {
		released(leases)
	}
	return g.Engine.Release(ctx, leases)
}

func (g *gated) State(ctx context.Context, kind string) (map[string][]byte, error) {
	g.gate.mu.Lock()
	fails := kind == forward.StateKind && g.gate.dumb > 0
	if fails {
		g.gate.dumb--
	}
	g.gate.mu.Unlock()
	if fails {
		return nil, errors.New("connection lost")
	}
	return g.Engine.State(ctx, kind)
}
