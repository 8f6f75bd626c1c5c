package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal"
)

// indexVersion changes with indexSchema; a file of another version is made anew.
const indexVersion = 2

const indexSchema = `
CREATE TABLE IF NOT EXISTS projection (version INTEGER NOT NULL, log_id BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS covered (
	stream INTEGER PRIMARY KEY, after_position INTEGER NOT NULL, upto_position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS terms (
	term INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (term, position)) WITHOUT ROWID`

// indexFile is one day of the search projection.
type indexFile struct {
	name string
	db   *sql.DB

	mu      sync.RWMutex
	covered map[journal.Stream]coverage
}

// coverage is the part of a stream whose terms a file holds.
type coverage struct{ after, upto journal.Position }

// idleIndex is how long an unused day keeps its connections.
const idleIndex = time.Minute

func openIndexFile(ctx context.Context, name string, logID []byte) (*indexFile, error) {
	if err := touch(name); err != nil {
		return nil, err
	}
	db, err := openDB(name, "journal_mode(WAL)", "synchronous(NORMAL)", "secure_delete(ON)", "busy_timeout(1000)")
	if err != nil {
		return nil, err
	}
	db.SetConnMaxIdleTime(idleIndex)
	db.SetMaxOpenConns(3)
	f := &indexFile{name: name, db: db, covered: map[journal.Stream]coverage{}}
	if err := f.load(ctx, logID); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return f, nil
}

func (f *indexFile) load(ctx context.Context, logID []byte) error {
	if _, err := f.db.ExecContext(ctx, indexSchema); err != nil {
		return err
	}
	if _, err := f.db.ExecContext(ctx, `INSERT INTO projection SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM projection)`,
		indexVersion, logID); err != nil {
		return err
	}
	var version int
	var id []byte
	if err := f.db.QueryRowContext(ctx, `SELECT version, log_id FROM projection`).Scan(&version, &id); err != nil {
		return err
	}
	if version != indexVersion {
		return fmt.Errorf("its version is %d, not %d", version, indexVersion)
	}
	if !bytes.Equal(id, logID) {
		return errors.New("it belongs to another log")
	}
	rows, err := f.db.QueryContext(ctx, `SELECT after_position, upto_position FROM covered`)
	all, err := scanAll(rows, err, func(scan scanFunc) (c coverage, err error) { return c, scan(&c.after, &c.upto) })
	for _, c := range all {
		f.covered[c.upto.Stream()] = c
	}
	return err
}

// notBeyond complains when the file knows receipts that the log does not: the
// log was restored from an older copy.
func (f *indexFile) notBeyond(last map[journal.Stream]journal.Position) error {
	for s, c := range f.covered {
		if c.upto > last[s] {
			return errors.New("it is ahead of the log")
		}
	}
	return nil
}

// before tells whether everything that the file covers lies before the
// streams' first kept positions.
func (f *indexFile) before(first map[journal.Stream]journal.Position) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for s, c := range f.covered {
		if kept, known := first[s]; !known || c.upto >= kept {
			return false
		}
	}
	return true
}

func (f *indexFile) covers(s journal.Stream) coverage {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.covered[s]
}

const (
	termSQL  = `INSERT OR IGNORE INTO terms (term, position) VALUES `
	termRow  = `(?,?)`
	termRows = 128
)

// termKey is what the projection keeps of a term: a hash (FNV-1a). It is small,
// which is what random keys cost, and tells nothing of whose receipt it finds.
// Two terms that share one cost a look in vain: the journal looks at each hit.
func termKey(kind, key string) int64 {
	h := uint64(14695981039346656037)
	for _, s := range [...]string{kind, "\x00", key} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return int64(h)
}

// found is a row of the projection.
type found struct {
	term     int64
	position journal.Position
}

// inOrder returns the rows as they stand in the table, so that a batch goes
// through it once.
func inOrder(rows []journal.IndexRow) []found {
	out := make([]found, len(rows))
	for i, r := range rows {
		out[i] = found{termKey(r.Kind, r.Key), r.Position}
	}
	slices.SortFunc(out, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.term, b.term), cmp.Compare(a.position, b.position))
	})
	return out
}

// add stores the rows, and that they are covered, in one transaction.
func (f *indexFile) add(ctx context.Context, b journal.IndexBatch) (err error) {
	c := f.covers(b.Upto.Stream())
	switch {
	case c.upto == 0 || b.Upto < c.after || b.After > c.upto:
		// Not next to what is covered: what was, stays, but is not claimed any more.
		c = coverage{after: b.After, upto: b.Upto}
	default:
		c = coverage{after: min(c.after, b.After), upto: max(c.upto, b.Upto)}
	}
	t, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Rollback())
		}
	}()
	if err := f.addRows(ctx, t, inOrder(b.Rows)); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `INSERT OR REPLACE INTO covered VALUES (?,?,?)`,
		b.Upto.Stream(), int64(c.after), int64(c.upto)); err != nil {
		return err
	}
	faultpoint.Here(faultpoint.AmidProjection)
	if err := t.Commit(); err != nil {
		return err
	}
	f.mu.Lock()
	f.covered[b.Upto.Stream()] = c
	f.mu.Unlock()
	return nil
}

func (f *indexFile) addRows(ctx context.Context, t *sql.Tx, rows []found) error {
	args := make([]any, 0, termRows*2)
	var stmt *sql.Stmt
	var err error
	for n := 0; len(rows) > 0; rows = rows[n:] {
		if m := min(termRows, len(rows)); m != n {
			n = m
			if stmt, err = t.PrepareContext(ctx, values(termSQL, termRow, n)); err != nil {
				return err
			}
		}
		args = args[:0]
		for _, r := range rows[:n] {
			args = append(args, r.term, int64(r.position))
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// find returns the newest positions for each key, in no order.
func (f *indexFile) find(ctx context.Context, q journal.IndexQuery) ([]journal.Position, error) {
	var all []journal.Position
	for _, key := range q.Keys {
		rows, err := f.db.QueryContext(ctx, `SELECT position FROM terms
			WHERE term = ? AND position > ? AND position <= ?
			ORDER BY position DESC LIMIT ?`, termKey(q.Kind, key), int64(q.After), int64(q.Upto), q.Limit)
		some, err := scanAll(rows, err, func(scan scanFunc) (p journal.Position, err error) { return p, scan(&p) })
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// flush makes what was added durable.
func (f *indexFile) flush(ctx context.Context) error {
	var busy, frames, copied int
	return f.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(FULL)`).Scan(&busy, &frames, &copied)
}

func (f *indexFile) close() error { return f.db.Close() }
