package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/dlrgate/dlrgate/journal"
)

const lastPosition = `
SELECT max(
	(SELECT last_seq FROM streams WHERE id = ?1) + (?1 << 40),
	coalesce((SELECT max(position) FROM log WHERE position BETWEEN (?1 << 40) AND ((?1 + 1) << 40) - 1), 0),
	coalesce((SELECT max(position) FROM cursors WHERE stream = ?1), 0))`

// Acquire owns the streams of the operators: with SQLite the owner is the
// process that holds the folder's lock.
func (e *Engine) Acquire(ctx context.Context, operators []string) ([]journal.Lease, error) {
	if err := e.repair(ctx); err != nil {
		return nil, err
	}
	var leases []journal.Lease
	err := e.w.within(ctx, func() error {
		for _, operator := range operators {
			l, err := e.acquire(ctx, operator)
			if err != nil {
				return fmt.Errorf("stream of operator %q: %w", operator, err)
			}
			leases = append(leases, l)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.syncs.Add(1)
	for _, l := range leases {
		e.epochs[l.Stream] = l.Epoch
	}
	return leases, nil
}

func (e *Engine) acquire(ctx context.Context, operator string) (journal.Lease, error) {
	l := journal.Lease{Operator: operator}
	err := e.w.value(ctx, &l.Stream, `SELECT id FROM streams WHERE operator = ?`, operator)
	if errors.Is(err, sql.ErrNoRows) {
		l.New = true
		err = e.w.value(ctx, &l.Stream,
			`INSERT INTO streams (id, operator, last_seq, epoch) SELECT coalesce(max(id), 0) + 1, ?, 0, 0 FROM streams RETURNING id`, operator)
	}
	if err != nil {
		return l, err
	}
	if epoch, owned := e.epochs[l.Stream]; owned {
		l.Epoch = epoch
	} else if err := e.w.value(ctx, &l.Epoch, `UPDATE streams SET epoch = epoch + 1 WHERE id = ? RETURNING epoch`, l.Stream); err != nil {
		return l, err
	}
	return l, e.w.value(ctx, &l.Last, lastPosition, l.Stream)
}

// Renew opens the log again if a write failed, and reads where the streams end.
func (e *Engine) Renew(ctx context.Context, leases []journal.Lease) ([]journal.Lease, error) {
	if err := e.repair(ctx); err != nil {
		return nil, err
	}
	held := slices.Clone(leases)
	for i := range held {
		held[i].New = false
		if err := e.w.value(ctx, &held[i].Last, lastPosition, held[i].Stream); err != nil {
			e.w.broken = true
			return nil, err
		}
	}
	return held, nil
}

// Release does nothing that others could see: the lock holds until Close.
func (e *Engine) Release(_ context.Context, leases []journal.Lease) error {
	for _, l := range leases {
		delete(e.epochs, l.Stream)
	}
	return nil
}

// repair replaces a writer that failed: what a failed sync has left in the
// page cache is not known, so its handle is never used again.
func (e *Engine) repair(ctx context.Context) error {
	if e.lock == nil {
		return journal.ErrClosed
	}
	if e.w != nil && !e.w.broken {
		return nil
	}
	e.backup.end(journal.ErrRefused)
	// The old handle's own complaints have been reported by the write that failed.
	_ = e.closeLog()
	if err := e.openLog(ctx); err != nil {
		return fmt.Errorf("open the log again: %w", err)
	}
	return nil
}

// lastPositions returns the end of every stream.
func (e *Engine) lastPositions(ctx context.Context) (map[journal.Stream]journal.Position, error) {
	rows, err := e.read.QueryContext(ctx, `SELECT id FROM streams`)
	streams, err := scanAll(rows, err, func(scan scanFunc) (s journal.Stream, err error) { return s, scan(&s) })
	if err != nil {
		return nil, err
	}
	last := map[journal.Stream]journal.Position{}
	for _, s := range streams {
		var p journal.Position
		if err := e.read.QueryRowContext(ctx, lastPosition, s).Scan(&p); err != nil {
			return nil, err
		}
		last[s] = p
	}
	return last, nil
}
