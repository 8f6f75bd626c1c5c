package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/postgres"
	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
)

// TestCutAtCommit loses the connection at the statement that commits, before
// the server has it and before its answer comes: every receipt is stored once.
func TestCutAtCommit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, marker string
		passes       bool
		change       bool // a transaction of several statements, with a COMMIT
	}{
		{"append not stored", "cut-0025", false, false},
		{"append stored", "cut-0025", true, false},
		{"commit not done", "commit", false, true},
		{"commit done", "commit", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, dsn := pgtest.NewProxy(t, database(t))
			h := journaltest.Open(t, open(t, dsn), nil, "acme")
			h.Store("acme", journaltest.Receipts("before", 10)...)
			p.CutAt(pgtest.Cut{At: test.marker, Passes: test.passes})
			if test.change {
				if err := h.PutState(journaltest.Context(t), "k", "n", []byte{1}); err != nil {
					t.Errorf("state: %v", err)
				}
			}
			h.Store("acme", journaltest.Receipts("cut", 50)...)
			h.Store("acme", journaltest.Receipts("later", 10)...)
			if n := len(h.IDs("acme")); n != 70 {
				t.Errorf("%d receipts, want 70", n)
			}
			if n := p.Cuts(); n != 1 {
				t.Errorf("the connection was cut %d times, want once", n)
			}
			h.Shut()
		})
	}
}

// TestServerCrash stops the server as a crash does, and starts it again: what
// was stored is there, in order, and the journal goes on by itself.
func TestServerCrash(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t)
	if !s.Ours() {
		t.Skip("a given server cannot be stopped")
	}
	h := journaltest.Open(t, open(t, s.Database(t)), nil, "acme")
	h.Store("acme", journaltest.Receipts("a", 500)...)
	h.Until("everything is indexed", func() bool {
		st, err := h.Stats(context.Background())
		return err == nil && st.SearchLag == 0
	})
	if err := s.Down(pgtest.Immediate); err != nil {
		t.Fatal(err)
	}
	if err := h.Outcomes(h.Offer("acme", journaltest.Receipts("lost", 1)...))[0]; !errors.Is(err, journal.ErrRefused) {
		t.Errorf("a receipt without a server: %v, want ErrRefused", err)
	}
	if err := s.Up(); err != nil {
		t.Fatal(err)
	}
	h.Until("receipts can be stored", func() bool {
		_, owned := h.StreamOf("acme")
		return owned && h.Storable() == nil
	})
	h.Store("acme", journaltest.Receipts("b", 500)...)
	if n := len(h.IDs("acme")); n != 1000 {
		t.Errorf("%d receipts, want 1000", n)
	}
	h.Until("the projection is filled again", func() bool {
		page, err := h.Search(context.Background(), journal.Query{Terms: []journal.Term{{Kind: journal.KindID, Key: "a-0001"}}})
		st, statsErr := h.Stats(context.Background())
		return err == nil && statsErr == nil && st.SearchLag == 0 && len(page.Entries) == 1
	})
	h.Shut()
}

// TestUnsafeServer refuses servers that lose what they have committed.
func TestUnsafeServer(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t)
	dsn := s.Database(t)
	_, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn + "&synchronous_commit=off"})
	if err == nil || !strings.Contains(err.Error(), "synchronous_commit is off") {
		t.Errorf("synchronous_commit off: %v", err)
	}
	if !s.Ours() {
		return
	}
	if err := errors.Join(s.Down(pgtest.Fast), s.Up("fsync=off")); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn}); err == nil || !strings.Contains(err.Error(), "fsync is off") {
		t.Errorf("fsync off: %v", err)
	}
}

// TestLostCommits has the server forget receipts, as a fail-over to a replica
// that lagged behind does: somebody is told, and no position is given twice.
func TestLostCommits(t *testing.T) {
	t.Parallel()
	p, dsn := pgtest.NewProxy(t, database(t))
	core, lines := observer.New(zapcore.ErrorLevel)
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn, Log: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	h := journaltest.Open(t, e, nil, "acme")
	h.Store("acme", journaltest.Receipts("a", 10)...)
	head := h.Head(h.Stream("acme"))
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), `UPDATE streams SET last_seq = 7; DELETE FROM log WHERE position & 1023 > 7`)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	p.CutAt(pgtest.Cut{At: "b-0001"})
	<-h.Offer("acme", journaltest.Receipts("b", 1)...) // refused or not: the connection is new
	h.Until("receipts can be stored", func() bool { return h.Storable() == nil })
	told := lines.FilterMessage("the database has lost receipts that it had committed").All()
	if len(told) == 0 {
		t.Fatal("nobody was told")
	}
	if f := told[0].ContextMap(); f["operator"] != "acme" || f["lost_from"] != uint64(8) || f["lost_to"] != uint64(10) {
		t.Errorf("%v does not name what was lost", f)
	}
	h.Store("acme", journaltest.Receipts("c", 1)...)
	if now := h.Head(h.Stream("acme")); now <= head {
		t.Errorf("the next position is %d, and %d was given before", now.Seq(), head.Seq())
	}
	h.Shut()
}

// TestTwoOwners has two engines on one database: the second gets what the first
// has released, or does not renew, and then the first writes nothing.
func TestTwoOwners(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	first, second := open(t, dsn), open(t, dsn)
	defer func() {
		if err := errors.Join(first.Close(), second.Close()); err != nil {
			t.Error(err)
		}
	}()
	const lease = 4 * time.Second
	first.SetLease(lease)
	ctx := t.Context()
	acquire := func(e *postgres.Engine) []journal.Lease {
		t.Helper()
		leases, err := e.Acquire(ctx, []string{"acme"})
		if err != nil {
			t.Fatal(err)
		}
		return leases
	}
	mine := acquire(first)
	if got := acquire(second); len(got) != 0 {
		t.Fatalf("the second owner got %v", got)
	}
	if until := time.Until(mine[0].Until); until > lease*3/4 {
		t.Errorf("the holder counts %s of a lease of %s", until, lease)
	}
	var theirs []journal.Lease
	deadline := time.After(time.Minute)
	for ticker := time.NewTicker(20 * time.Millisecond); len(theirs) == 0; theirs = acquire(second) {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatal("a lease that is not renewed does not end")
		}
	}
	if time.Now().Before(mine[0].Until) {
		t.Error("the second owner began before the first one's own count had ended")
	}
	batch := &journal.Batch{Leases: mine, Entries: []*journal.Entry{{Position: mine[0].Last + 1, ReceivedAt: time.Now(), ID: "x"}}}
	if err := first.Write(ctx, batch); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("write of the old owner: %v, want ErrFenced", err)
	}
	if held, err := first.Renew(ctx, mine); err != nil || len(held) != 0 {
		t.Errorf("renewal of the old owner: %v %v", held, err)
	}
	if err := second.Release(ctx, theirs); err != nil {
		t.Fatal(err)
	}
	again := acquire(first)
	if len(again) != 1 || again[0].Epoch <= theirs[0].Epoch {
		t.Errorf("after a release: %v, the epoch before was %d", again, theirs[0].Epoch)
	}
}

// TestBackupSays holds the words that lead to the server's own tool.
func TestBackupSays(t *testing.T) {
	t.Parallel()
	e := open(t, database(t))
	defer e.Close()
	b, err := e.Backup(t.Context(), "/the backup's")
	if err != nil || b.SchemaVersion != 1 || !strings.HasPrefix(b.Tool, "pg_dump of PostgreSQL 1") {
		t.Errorf("backup: %+v, %v", b, err)
	}
	if want := `--file='/the backup'\''s/dlrgate.dump' dlrgate_`; !strings.Contains(b.Command, want) {
		t.Errorf("backup says %s, want %s in it", b.Command, want)
	}
}
