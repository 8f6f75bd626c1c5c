package sqlite

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// scrubEvery is between tries to empty the WAL after an erasure: a reader that
// is busy makes each try wait.
const scrubEvery = time.Second

// erase removes entries and has SQLite write zeros over what they leave.
func (t *tx) erase(ctx context.Context, b *journal.Batch) (err error) {
	if len(b.Erase) == 0 {
		return nil
	}
	if err := t.secureDelete(ctx, `PRAGMA secure_delete = ON`); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.secureDelete(ctx, `PRAGMA secure_delete = FAST`)) }()
	for _, p := range b.Erase {
		for _, query := range [...]string{
			`DELETE FROM parked WHERE position = ?1`,
			`DELETE FROM dead WHERE from_position = ?1 AND to_position = ?1`,
			`DELETE FROM attempts WHERE position = ?1`,
			`DELETE FROM replays WHERE id IN (SELECT id FROM log WHERE position = ?1)`,
			`DELETE FROM log WHERE position = ?1`,
		} {
			if _, err := t.w.exec(ctx, query, int64(p)); err != nil {
				return err
			}
			t.octets += pageOctets
		}
	}
	t.w.scrub = true
	return nil
}

// secureDelete sets how what is deleted is left: see openLog.
func (t *tx) secureDelete(ctx context.Context, pragma string) error {
	var now int
	return t.w.conn.QueryRowContext(ctx, pragma).Scan(&now)
}

// scrubLog empties the WAL, which still holds what was erased as it was written.
func (e *Engine) scrubLog(ctx context.Context) error {
	if !e.w.scrub || time.Since(e.w.scrubbed) < scrubEvery {
		return nil
	}
	e.w.scrubbed = time.Now()
	return e.checkpoint(ctx, "TRUNCATE")
}

// Remove takes rows out of every day's file: a receipt may be in two.
func (x *index) Remove(ctx context.Context, rows []journal.IndexRow) error {
	if len(rows) == 0 {
		return nil
	}
	for _, f := range x.all() {
		if err := f.remove(ctx, rows); err != nil {
			return x.drop(f, err)
		}
	}
	return nil
}

// remove deletes the rows that the file covers and empties its WAL.
func (f *indexFile) remove(ctx context.Context, rows []journal.IndexRow) (err error) {
	held := slices.ContainsFunc(rows, func(r journal.IndexRow) bool {
		return f.covers(r.Position.Stream()).upto >= r.Position
	})
	if !held {
		return nil
	}
	t, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := t.ExecContext(ctx, `DELETE FROM terms WHERE term = ? AND position = ?`,
			termKey(r.Kind, r.Key), int64(r.Position)); err != nil {
			return errors.Join(err, t.Rollback())
		}
	}
	if err := t.Commit(); err != nil {
		return err
	}
	var busy, frames, copied int
	return f.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &copied)
}
