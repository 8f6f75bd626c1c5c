package sqlite_test

import (
	"context"
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
			Open: func(t testing.TB) journal.Engine { return open(t, dir) },
			Fill: func(t testing.TB, e journal.Engine, full bool) { e.(*sqlite.Engine).Fill(t, full) },
		}
	})
}

func open(t testing.TB, dir string) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir, SearchRows: 64})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
