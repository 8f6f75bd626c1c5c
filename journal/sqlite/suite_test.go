package sqlite_test

import (
	"context"
	"os"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	journaltest.Run(t, func(t testing.TB) journaltest.Place {
		dir := t.TempDir()
		return journaltest.Place{
			Open:    func(t testing.TB) journal.Engine { return &filled{Engine: open(t, dir)} },
			Restore: func(t testing.TB, _ journal.Backup, dir string) journal.Engine { return open(t, dir) },
			Fill:    func(_ testing.TB, e journal.Engine, full bool) { e.(*filled).want.Store(&full) },
		}
	})
}

// filled is an engine whose disk is full when a test wants it, from the next
// call of the goroutine that writes.
type filled struct {
	*sqlite.Engine
	want atomic.Pointer[bool]
}

func (f *filled) Write(ctx context.Context, b *journal.Batch) error {
	if err := f.fill(ctx); err != nil {
		return err
	}
	return f.Engine.Write(ctx, b)
}

func (f *filled) Renew(ctx context.Context, leases []journal.Lease) ([]journal.Lease, error) {
	if err := f.fill(ctx); err != nil {
		return nil, err
	}
	return f.Engine.Renew(ctx, leases)
}

func (f *filled) fill(ctx context.Context) error {
	full := f.want.Swap(nil)
	if full == nil {
		return nil
	}
	return f.Fill(ctx, *full)
}

func open(t testing.TB, dir string) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir, BackupDir: os.TempDir(), SearchRows: 64})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
