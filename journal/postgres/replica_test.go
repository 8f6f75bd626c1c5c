package postgres_test

import (
	"errors"
	"testing"
	"time"

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
	ctx := journaltest.Context(t)
	e := open(t, s.Database(t))
	defer e.Close()
	leases, err := e.Acquire(ctx, []string{"acme"})
	if err != nil {
		t.Fatal(err)
	}
	receipt := &journal.Entry{Position: leases[0].Last + 1, ReceivedAt: time.Now(), ID: "a"}
	alone := &journal.Batch{Leases: leases, Entries: []*journal.Entry{receipt}}
	more := *alone
	more.State = []journal.StateValue{{Kind: "k", Name: "n", Value: []byte{1}}}
	if err := errors.Join(s.Down(pgtest.Fast), s.Up("synchronous_standby_names=gone")); err != nil {
		t.Fatal(err)
	}
	// The first try finds the connection lost, the second one stores the receipt.
	for try, b := range []*journal.Batch{alone, alone, alone, &more} {
		if err := e.Write(ctx, b); !errors.Is(err, journal.ErrAgain) {
			t.Errorf("without the replica, try %d: %v, want ErrAgain", try+1, err)
		}
	}
	if err := errors.Join(s.Down(pgtest.Fast), s.Up()); err != nil {
		t.Fatal(err)
	}
	err = e.Write(ctx, alone)
	for errors.Is(err, journal.ErrAgain) && ctx.Err() == nil {
		err = e.Write(ctx, alone)
	}
	if err != nil {
		t.Errorf("with the replica again: %v", err)
	}
}
