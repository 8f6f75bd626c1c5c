package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// writer is the one connection that changes the log, with its prepared
// statements. After a failed commit it is broken and is never used again.
type writer struct {
	db     *sql.DB
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt
	broken bool
	grown  int // octets written since the last checkpoint, about

	scrub    bool      // the WAL holds what was erased
	scrubbed time.Time // when it was last tried to be emptied
}

const synchronousFull = 2

// newWriter takes the connection of the database and makes sure that it syncs.
func newWriter(ctx context.Context, db *sql.DB, unsafe bool) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, conn: conn, stmts: map[string]*sql.Stmt{}}
	var mode string
	var level int
	err = errors.Join(
		conn.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode),
		conn.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&level))
	if err == nil && (mode != "wal" || level != synchronousFull && !unsafe) {
		err = fmt.Errorf("SQLite does not sync commits here: journal_mode %s, synchronous %d", mode, level)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

// exec runs a statement, prepared once, and returns how many rows it changed.
func (w *writer) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := w.prepare(ctx, query) //nolint:sqlclosecheck // kept for the next time, closed with the writer
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// value reads one value with a statement that is prepared once.
func (w *writer) value(ctx context.Context, dst any, query string, args ...any) error {
	s, err := w.prepare(ctx, query) //nolint:sqlclosecheck // kept for the next time, closed with the writer
	if err != nil {
		return err
	}
	return s.QueryRowContext(ctx, args...).Scan(dst)
}

func (w *writer) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := w.stmts[query]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = s
	return s, nil
}

// within runs do in one transaction. An error that leaves the handle in doubt
// makes the writer broken.
func (w *writer) within(ctx context.Context, do func() error) error {
	if w.broken {
		return errors.New("the log's connection failed and is not opened again yet")
	}
	_, err := w.exec(ctx, `BEGIN IMMEDIATE`)
	if err == nil {
		if err = do(); err == nil {
			_, err = w.exec(ctx, `COMMIT`)
		}
		if err != nil {
			// After some errors SQLite has rolled back already; then this fails.
			_, _ = w.exec(ctx, `ROLLBACK`)
		}
	}
	err = classify(err)
	w.broken = !harmless(err)
	return err
}

func (w *writer) close() error {
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close(), w.db.Close())...)
}
