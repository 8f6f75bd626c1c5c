package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
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
			`DELETE FROM state WHERE kind IN (SELECT '` + journal.HistoryPrefix + `' || id FROM log WHERE position = ?1)`,
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

// remove takes the rows out of memory and of the runs, and empties the WAL.
func (f *indexFile) remove(ctx context.Context, rows []journal.IndexRow) error {
	gone := map[indexed]bool{}
	for _, r := range rows {
		gone[indexed{termKey(r.Kind, r.Key), r.Position}] = true
	}
	f.mu.Lock()
	for _, p := range f.pending {
		before := len(p.rows)
		p.rows = slices.DeleteFunc(p.rows, func(r indexed) bool { return gone[r] })
		f.rows -= before - len(p.rows)
	}
	f.mu.Unlock()
	held := map[int64]bool{}
	err := f.change(ctx, func(t *sql.Tx) error {
		for _, r := range f.runs {
			for g := range gone {
				id := r.id(bucketOf(g.term))
				if g.position <= r.after || g.position > r.upto || held[id] {
					continue
				}
				held[id] = true
				if err := r.without(ctx, t, bucketOf(g.term), gone); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil || len(held) == 0 {
		return err
	}
	return f.checkpoint(ctx, "TRUNCATE")
}

// without writes a bucket again, less the rows that are gone.
func (r run) without(ctx context.Context, t *sql.Tx, bucket byte, gone map[indexed]bool) error {
	rows, err := r.bucket(ctx, t, bucket)
	if err != nil {
		return err
	}
	var kept []byte
	for i := range len(rows) / rowOctets {
		at := rows[i*rowOctets : (i+1)*rowOctets]
		if !gone[indexed{binary.BigEndian.Uint64(at), positionOf(rows, i)}] {
			kept = append(kept, at...)
		}
	}
	if len(kept) == len(rows) {
		return nil
	}
	_, err = t.ExecContext(ctx, `UPDATE buckets SET rows = ? WHERE id = ?`, append([]byte{}, kept...), r.id(bucket))
	return err
}
