package postgres_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// TestTakeOverPassesOverWhoWrites: a gateway in the middle of a write whose lease has
// ended is not silent. Nobody waits for it: it may want the stream's row next, and each
// would wait for the other.
func TestTakeOverPassesOverWhoWrites(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	ctx := journaltest.Context(t)
	first := open(t, dsn)
	defer func() { _ = first.Close() }()
	held, err := first.Acquire(ctx, []string{"acme"})
	if err != nil || len(held) != 1 {
		t.Fatalf("the first owner: %v, %v", held, err)
	}
	second := open(t, dsn)
	defer func() { _ = second.Close() }()
	writes, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writes.Close(ctx) }()
	if _, err := writes.Exec(ctx, `UPDATE streams SET expires = clock_timestamp() - interval '1 s'`); err != nil {
		t.Fatal(err)
	}
	err = pgx.BeginFunc(ctx, writes, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM members FOR KEY SHARE`); err != nil { // as every write begins
			return err
		}
		if got, err := second.Acquire(ctx, []string{"acme"}); err != nil || len(got) != 0 {
			t.Errorf("taken from one that writes: %v, %v", got, err)
		}
		_, err := tx.Exec(ctx, `UPDATE streams SET last_seq = last_seq`) // as a renewal goes on
		return err
	})
	if err != nil {
		t.Errorf("who writes: %v", err)
	}
	if got, err := second.Acquire(ctx, []string{"acme"}); err != nil || len(got) != 1 {
		t.Errorf("taken from one that is silent again: %v, %v", got, err)
	}
	if err := first.Write(ctx, &journal.Batch{State: []journal.StateValue{{Kind: "k", Name: "n", Value: []byte{1}}}}); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("a write of the expelled: %v, want ErrFenced", err)
	}
}
