package journaltest

import (
	"context"
	"sync/atomic"

	"github.com/dlrgate/dlrgate/journal"
)

// Counter is an engine that counts the calls which grow where something is done
// for each endpoint, and the cursors that are written.
type Counter struct {
	journal.Engine

	calls, cursors atomic.Int64
}

// Count counts the calls of an engine.
func Count(e journal.Engine) *Counter { return &Counter{Engine: e} }

// Calls returns how many calls there were.
func (c *Counter) Calls() int64 { return c.calls.Load() }

// Saved returns how many cursors were written.
func (c *Counter) Saved() int64 { return c.cursors.Load() }

// Write counts itself and the batch's cursors.
func (c *Counter) Write(ctx context.Context, b *journal.Batch) error {
	c.calls.Add(1)
	c.cursors.Add(int64(len(b.Cursors)))
	return c.Engine.Write(ctx, b)
}

// Entries counts itself.
func (c *Counter) Entries(ctx context.Context, s journal.Span) ([]*journal.Entry, error) {
	c.calls.Add(1)
	return c.Engine.Entries(ctx, s)
}

// Cursors counts itself.
func (c *Counter) Cursors(ctx context.Context) ([]journal.Cursor, error) {
	c.calls.Add(1)
	return c.Engine.Cursors(ctx)
}

// Parked counts itself.
func (c *Counter) Parked(ctx context.Context, q journal.ParkedQuery) ([]journal.Parked, error) {
	c.calls.Add(1)
	return c.Engine.Parked(ctx, q)
}

// Dead counts itself.
func (c *Counter) Dead(ctx context.Context, q journal.DeadQuery) ([]journal.Dead, error) {
	c.calls.Add(1)
	return c.Engine.Dead(ctx, q)
}

// Counts counts itself.
func (c *Counter) Counts(ctx context.Context, endpoints []string) (map[string]journal.Counts, error) {
	c.calls.Add(1)
	return c.Engine.Counts(ctx, endpoints)
}

// Unfinished counts itself.
func (c *Counter) Unfinished(ctx context.Context, endpoints []string) ([]journal.Unfinished, error) {
	c.calls.Add(1)
	return c.Engine.Unfinished(ctx, endpoints)
}

// State counts itself.
func (c *Counter) State(ctx context.Context, kind string) (map[string][]byte, error) {
	c.calls.Add(1)
	return c.Engine.State(ctx, kind)
}
