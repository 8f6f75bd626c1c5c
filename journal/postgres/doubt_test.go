package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/postgres"
	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
)

// TestCancelledWaitIsNoCommit takes the synchronous replica away and ends the waits
// for it: the server says that it has committed, and warns. Nothing is answered; what
// was stored all the same is known once the replica has it, and receipts are taken
// again.
func TestCancelledWaitIsNoCommit(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t)
	if !s.Ours() {
		t.Skip("a given server's settings cannot be changed")
	}
	dsn := s.Database(t)
	replica := s.SyncReplica(t, "standby")
	h := journaltest.Open(t, open(t, dsn), nil, "acme")
	h.Store("acme", journaltest.Receipts("before", 1)...)
	if err := replica.Down(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	s.UntilItWaits(t)
	offer := func(how string) {
		for try := range 3 {
			for _, err := range h.Outcomes(h.Offer("acme", journaltest.Receipts(fmt.Sprint(how, try), 10)...)) {
				if err == nil {
					t.Errorf("%s: a receipt was answered OK that only the server without its replica holds", how)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // it waits for the journal to be well again
			if err := h.PutState(ctx, "k", "n", []byte{byte(try)}); err == nil {
				t.Errorf("%s: a state was said to be kept that the replica does not hold", how)
			}
			cancel()
		}
	}
	for _, function := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		stop := s.EndWaits(t, function)
		offer(function)
		stop()
	}
	if err := replica.Up(); err != nil {
		t.Fatal(err)
	}
	h.Until("the stream is held and takes receipts", func() bool {
		_, owned := h.StreamOf("acme")
		return owned && h.Storable() == nil
	})
	h.Store("acme", journaltest.Receipts("after", 1)...)
	if ids := h.IDs("acme"); !slices.Contains(ids, "after-0001") {
		t.Errorf("stored: %v", ids)
	}
}

// TestEveryWriteHearsTheServer: not only receipts are doubtful when the server
// committed with a warning.
func TestEveryWriteHearsTheServer(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t)
	if !s.Ours() {
		t.Skip("a given server's settings cannot be changed")
	}
	e := open(t, s.Database(t))
	defer e.Close()
	ctx := journaltest.Context(t)
	leases, err := e.Acquire(ctx, []string{"acme"})
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `ALTER SYSTEM SET synchronous_standby_names = 'gone'`, `SELECT pg_reload_conf()`)
	s.UntilItWaits(t)
	s.EndWaits(t, "pg_cancel_backend")
	for name, do := range map[string]func() error{
		"acquire": func() error { _, err := e.Acquire(ctx, []string{"acme", "beta"}); return err },
		"renew":   func() error { _, err := e.Renew(ctx, leases); return err },
		"release": func() error { return e.Release(ctx, leases) },
		"state": func() error {
			return e.Write(ctx, &journal.Batch{State: []journal.StateValue{{Kind: "k", Name: "n", Value: []byte{1}}}})
		},
	} {
		if err := do(); !errors.Is(err, journal.ErrAgain) {
			t.Errorf("%s: %v, want ErrAgain", name, err)
		}
	}
}

// TestSettingsOfOthersDoNotCount turns the server's care down, for the role, the
// database and the server, while we run: what is stored is on disk all the same, or
// refused.
func TestSettingsOfOthersDoNotCount(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t)
	if !s.Ours() {
		t.Skip("a given server's settings cannot be changed")
	}
	core, lines := observer.New(zapcore.WarnLevel)
	e, err := postgres.Open(t.Context(), postgres.Options{DSN: s.Database(t), Log: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	h := journaltest.Open(t, e, nil, "acme")
	h.Store("acme", journaltest.Receipts("a", 1)...)
	s.Exec(t,
		`ALTER ROLE postgres SET synchronous_commit = off`, `ALTER ROLE postgres SET client_min_messages = error`,
		`ALTER SYSTEM SET synchronous_commit = off`, `ALTER SYSTEM SET synchronous_standby_names = 'gone'`, `SELECT pg_reload_conf()`,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dlrgate'`)
	s.UntilItWaits(t)
	stop := s.EndWaits(t, "pg_cancel_backend")
	if err := h.Outcomes(h.Offer("acme", journaltest.Receipts("b", 1)...))[0]; err == nil {
		t.Error("a receipt was stored without waiting for the replica")
	}
	stop()
	s.Exec(t, `ALTER SYSTEM SET synchronous_standby_names = ''`, `SELECT pg_reload_conf()`)
	h.Until("somebody is told that no replica is waited for", func() bool {
		return lines.FilterMessageSnippet("waits for no synchronous replica any more").Len() > 0
	})
	h.Store("acme", journaltest.Receipts("c", 1)...)
	s.Exec(t, `ALTER SYSTEM SET fsync = off`, `SELECT pg_reload_conf()`)
	h.Until("a server that does not sync is refused", func() bool { return errors.Is(h.Storable(), journal.ErrRefused) })
	s.Exec(t, `ALTER SYSTEM SET fsync = on`, `SELECT pg_reload_conf()`)
	h.Until("it syncs again", func() bool { _, owned := h.StreamOf("acme"); return owned && h.Storable() == nil })
}
