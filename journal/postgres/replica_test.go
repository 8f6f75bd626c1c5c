package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
)

// TestReplicaIsGone takes the synchronous replica away: commits wait for it, so no
// receipt is called stored that the replica does not hold, also not one that the
// server has stored for itself.
func TestReplicaIsGone(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t)
	if !s.Ours() {
		t.Skip("a given server's settings cannot be changed")
	}
	dsn := s.Database(t)
	replica := func(name string) {
		t.Helper()
		ctx := journaltest.Context(t)
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		for _, sql := range []string{`ALTER SYSTEM SET synchronous_standby_names = '` + name + `'`, `SELECT pg_reload_conf()`} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx := journaltest.Context(t)
	e := open(t, dsn)
	defer e.Close()
	leases, err := e.Acquire(ctx, []string{"acme"})
	if err != nil {
		t.Fatal(err)
	}
	receipt := &journal.Entry{Position: leases[0].Last + 1, ReceivedAt: time.Now(), ID: "a"}
	alone := &journal.Batch{Leases: leases, Entries: []*journal.Entry{receipt}}
	more := *alone
	more.State = []journal.StateValue{{Kind: "k", Name: "n", Value: []byte{1}}}
	replica("gone")
	defer replica("")
	for what, b := range map[string]*journal.Batch{"a receipt": alone, "a receipt and more": &more} {
		for try := range 2 {
			if err := e.Write(ctx, b); !errors.Is(err, journal.ErrAgain) {
				t.Errorf("%s without the replica, try %d: %v, want ErrAgain", what, try, err)
			}
		}
	}
	replica("")
	if err := e.Write(ctx, alone); err != nil {
		t.Error(err)
	}
}
