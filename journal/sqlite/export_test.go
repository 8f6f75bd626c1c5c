package sqlite

import (
	"context"
	"fmt"
	"testing"
)

// Fill bounds the log's file to the pages that it has, or lets it grow again.
// It belongs to the goroutine that writes.
func (e *Engine) Fill(ctx context.Context, full bool) error {
	pages := maxPages
	if full {
		if err := e.read.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
			return err
		}
		pages += 4 // room for cursors and parked deliveries
	}
	e.maxPages.Store(int64(pages))
	if e.w == nil { // opened with it
		return nil
	}
	var now int
	return e.w.conn.QueryRowContext(ctx, fmt.Sprintf(`PRAGMA max_page_count(%d)`, pages)).Scan(&now)
}

// Synchronous returns the writer's level.
func (e *Engine) Synchronous(t testing.TB) (level int) {
	t.Helper()
	if err := e.w.conn.QueryRowContext(t.Context(), `PRAGMA synchronous`).Scan(&level); err != nil {
		t.Fatal(err)
	}
	return level
}

// Break marks the writer as a failed commit does.
func (e *Engine) Break() { e.w.broken = true }

// BreakIndex makes the n-th file of the projection useless while it is open.
func (e *Engine) BreakIndex(t testing.TB, n int) {
	t.Helper()
	if _, err := e.index.files[n].db.ExecContext(t.Context(), `DROP TABLE buckets; CREATE TABLE buckets (x INTEGER)`); err != nil {
		t.Fatal(err)
	}
}

// CheckCopy holds a copy against the log as it is.
func (e *Engine) CheckCopy(ctx context.Context, name string) error {
	whole, err := e.contents(ctx)
	if err != nil {
		return err
	}
	return whole.heldBy(ctx, name)
}
