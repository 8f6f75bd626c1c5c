package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/dlrgate/dlrgate/journal"
)

// endsSQL finds the ends of all streams at once: the cursors, which lie by
// endpoint, are gone through once.
const endsSQL = `
SELECT s.id, max(
	s.last_seq + (s.id << 40),
	coalesce((SELECT max(position) FROM log WHERE position BETWEEN (s.id << 40) AND ((s.id + 1) << 40) - 1), 0),
	coalesce(c.position, 0))
FROM streams s LEFT JOIN (SELECT stream, max(position) AS position FROM cursors GROUP BY stream) c ON c.stream = s.id`

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
		ends, err := e.w.ends(ctx)
		for i := range leases {
			leases[i].Last = ends[leases[i].Stream]
		}
		return err
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

// Beat returns this process alone: nobody else can open the folder.
func (e *Engine) Beat(_ context.Context, endpoints []string) ([]journal.Member, error) {
	return []journal.Member{{Endpoints: endpoints, Self: true}}, nil
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
	return l, nil
}

// ends returns the end of every stream.
func (w *writer) ends(ctx context.Context) (map[journal.Stream]journal.Position, error) {
	s, err := w.prepare(ctx, endsSQL) //nolint:sqlclosecheck // kept for the next time, closed with the writer
	if err != nil {
		return nil, err
	}
	ends := map[journal.Stream]journal.Position{}
	rows, err := s.QueryContext(ctx)
	_, err = scanAll(rows, err, func(scan scanFunc) (at journal.Stream, err error) {
		var p journal.Position
		err = scan(&at, &p)
		ends[at] = p
		return at, err
	})
	return ends, err
}

// Renew opens the log again if a write failed, and reads where the streams end.
func (e *Engine) Renew(ctx context.Context, leases []journal.Lease) ([]journal.Lease, error) {
	if err := e.repair(ctx); err != nil {
		return nil, err
	}
	ends, err := e.w.ends(ctx)
	if err != nil {
		e.w.broken = true
		return nil, err
	}
	held := slices.Clone(leases)
	for i := range held {
		held[i].New, held[i].Last = false, ends[held[i].Stream]
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
