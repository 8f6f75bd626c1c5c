package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// indexVersion changes with indexSchema and with the form of keys; a file of another version is made anew.
const indexVersion = 4

const indexSchema = `
CREATE TABLE IF NOT EXISTS projection (version INTEGER NOT NULL, log_id BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
	run INTEGER PRIMARY KEY, after_position INTEGER NOT NULL, upto_position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS buckets (id INTEGER PRIMARY KEY, rows BLOB NOT NULL)`

// indexFile is one day of the search projection: what is in its runs, and what
// waits in memory to become one. One goroutine at a time changes it.
type indexFile struct {
	name string
	db   *sql.DB

	mu      sync.RWMutex
	covered map[journal.Stream]coverage
	runs    []run // in the order in which they were written
	pending map[journal.Stream]*pending
	rows    int // of all that is pending
	most    int // see Options.SearchRows
}

// coverage is the part of a stream whose terms a file holds.
type coverage struct{ after, upto journal.Position }

// idleIndex is how long an unused day keeps its connections.
const idleIndex = time.Minute

func openIndexFile(ctx context.Context, name string, o indexOptions) (*indexFile, error) {
	if err := touch(name); err != nil {
		return nil, err
	}
	db, err := openDB(name, "journal_mode(WAL)", "synchronous(NORMAL)", "secure_delete(ON)", "busy_timeout(1000)")
	if err != nil {
		return nil, err
	}
	db.SetConnMaxIdleTime(idleIndex)
	db.SetMaxOpenConns(3)
	f := &indexFile{name: name, db: db, most: o.rows, covered: map[journal.Stream]coverage{}, pending: map[journal.Stream]*pending{}}
	if err := f.load(ctx, o.logID); err != nil {
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
	rows, err := f.db.QueryContext(ctx, `SELECT run, after_position, upto_position FROM runs ORDER BY run`)
	f.runs, err = scanAll(rows, err, func(scan scanFunc) (r run, err error) { return r, scan(&r.number, &r.after, &r.upto) })
	for _, r := range f.runs {
		f.cover(r.coverage)
	}
	return err
}

// cover adds to what the file claims to hold; f.mu is held, or nobody else has
// the file yet.
func (f *indexFile) cover(c coverage) {
	old, known := f.covered[c.upto.Stream()]
	if known && c.upto >= old.after && c.after <= old.upto {
		c = coverage{after: min(c.after, old.after), upto: max(c.upto, old.upto)}
	}
	// What is not next to it stays, but is not claimed any more.
	f.covered[c.upto.Stream()] = c
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

// add takes the rows into memory. When there are enough of them the largest
// part is written first, so that a failure changes nothing.
func (f *indexFile) add(ctx context.Context, b journal.IndexBatch) error {
	s := b.Upto.Stream()
	if p := f.pending[s]; p != nil && b.After != p.upto {
		if err := f.write(ctx, p); err != nil {
			return err
		}
	}
	for f.rows > 0 && f.rows+len(b.Rows) > f.most {
		if err := f.write(ctx, f.largest()); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.pending[s]
	if p == nil {
		p = &pending{coverage: coverage{after: b.After}}
		f.pending[s] = p
	}
	for _, r := range b.Rows {
		p.rows = append(p.rows, indexed{termKey(r.Kind, r.Key), r.Position})
	}
	p.upto = b.Upto
	f.rows += len(b.Rows)
	f.cover(coverage{after: b.After, upto: b.Upto})
	return nil
}

func (f *indexFile) largest() (most *pending) {
	for _, p := range f.pending {
		if most == nil || len(p.rows) > len(most.rows) {
			most = p
		}
	}
	return most
}

// write makes a run of what is pending of a stream, in one transaction.
func (f *indexFile) write(ctx context.Context, p *pending) error {
	r := run{number: 1, coverage: p.coverage}
	if n := len(f.runs); n > 0 {
		r.number = f.runs[n-1].number + 1
	}
	if err := f.change(ctx, func(t *sql.Tx) error { return r.write(ctx, t, p.rows) }); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs = append(f.runs, r)
	delete(f.pending, p.upto.Stream())
	f.rows -= len(p.rows)
	return nil
}

// change does it in one transaction.
func (f *indexFile) change(ctx context.Context, do func(*sql.Tx) error) error {
	t, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(t); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.Commit()
}

// flush writes what is pending and makes it durable.
func (f *indexFile) flush(ctx context.Context) error {
	for p := f.largest(); p != nil; p = f.largest() {
		if err := f.write(ctx, p); err != nil {
			return err
		}
	}
	return f.checkpoint(ctx, "FULL")
}

func (f *indexFile) checkpoint(ctx context.Context, mode string) error {
	var busy, frames, copied int
	return f.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(`+mode+`)`).Scan(&busy, &frames, &copied)
}

// find returns the newest positions of the query, newest first.
func (f *indexFile) find(ctx context.Context, q journal.IndexQuery) ([]journal.Position, error) {
	h := hits{IndexQuery: q}
	for _, key := range q.Keys {
		h.terms = append(h.terms, termKey(q.Kind, key))
	}
	f.mu.RLock()
	runs := f.runs // only ever appended to
	if p := f.pending[q.Upto.Stream()]; p != nil {
		h.pending(p.rows)
	}
	f.mu.RUnlock()
	for _, r := range slices.Backward(runs) {
		if h.enough(r.coverage) {
			continue
		}
		for _, term := range h.terms {
			rows, err := r.bucket(ctx, f.db, bucketOf(term))
			if err != nil {
				return nil, err
			}
			h.run(rows, term)
		}
		h.cut()
	}
	return h.found, nil
}

func (f *indexFile) close() error { return f.db.Close() }
