package postgres_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/postgres"
	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
)

// shared is the server of the tests that do not stop it.
var shared struct {
	start sync.Once
	*pgtest.Server
	err error
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"), goleak.Cleanup(func(code int) {
		if shared.Server != nil {
			if err := shared.Remove(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
		os.Exit(code)
	}))
}

// database returns the DSN of a new database on the shared server.
func database(t testing.TB) string {
	t.Helper()
	shared.start.Do(func() { shared.Server, shared.err = pgtest.Start() })
	pgtest.Need(t, shared.err)
	return shared.Database(t)
}

func open(t testing.TB, dsn string) *postgres.Engine {
	t.Helper()
	e, err := postgres.Open(context.Background(), postgres.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) {
	journaltest.Run(t, func(t testing.TB) journaltest.Place {
		dsn := database(t)
		return journaltest.Place{
			Open: func(t testing.TB) journal.Engine { return open(t, dsn) },
			TakeOver: func(t testing.TB, from journal.Engine, operator string) journal.Engine {
				return takeOver(t, dsn, from.(*postgres.Engine), operator)
			},
			Restore: func(t testing.TB, b journal.Backup, dir string) journal.Engine {
				return open(t, shared.Restore(t, b.Command, dir))
			},
		}
	})
}

// takeOver waits for the end of the lease of an engine that renews it no more.
func takeOver(t testing.TB, dsn string, from *postgres.Engine, operator string) journal.Engine {
	t.Helper()
	ctx := journaltest.Context(t)
	held, err := from.Acquire(ctx, []string{operator})
	if err != nil || len(held) != 1 {
		t.Fatalf("the first owner: %v, %v", held, err)
	}
	from.SetLease(time.Millisecond)
	if _, err := from.Renew(ctx, held); err != nil {
		t.Fatal(err)
	}
	next := open(t, dsn)
	for ctx.Err() == nil {
		got, err := next.Acquire(ctx, []string{operator})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 1 {
			return next
		}
	}
	t.Fatal("a lease that is not renewed does not end")
	return nil
}
