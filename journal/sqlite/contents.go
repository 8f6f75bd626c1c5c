package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/dlrgate/dlrgate/journal"
)

// contents is what a copy of the log must hold at least.
type contents struct {
	logID  []byte
	schema string
	last   []journal.Position // of each stream that is in the log
}

func (e *Engine) contents(ctx context.Context) (*contents, error) {
	db, err := e.reader()
	if err != nil {
		return nil, err
	}
	return contentsOf(ctx, db)
}

func contentsOf(ctx context.Context, db *sql.DB) (c *contents, err error) {
	c = &contents{}
	err = db.QueryRowContext(ctx, `SELECT log_id, (SELECT group_concat(sql, char(10) ORDER BY name) FROM sqlite_schema) FROM journal`).
		Scan(&c.logID, &c.schema)
	if err != nil {
		return nil, err
	}
	// Not what streams and cursors say, which a log without receipts would have, too.
	rows, err := db.QueryContext(ctx, `SELECT coalesce(
		(SELECT max(position) FROM log WHERE position BETWEEN s.id << 40 AND ((s.id + 1) << 40) - 1), s.id << 40) FROM streams s`)
	c.last, err = scanAll(rows, err, func(scan scanFunc) (p journal.Position, err error) { return p, scan(&p) })
	return c, err
}

// heldBy complains about a copy that cannot be read, or lacks something.
func (c *contents) heldBy(ctx context.Context, name string) error {
	db, err := openDB(name, "query_only(1)")
	if err != nil {
		return err
	}
	return errors.Join(c.heldIn(ctx, db), db.Close())
}

func (c *contents) heldIn(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said); err != nil {
		return fmt.Errorf("the copy cannot be read: %w", err)
	}
	if said != "ok" {
		return fmt.Errorf("the copy is damaged: %s", said)
	}
	copied, err := contentsOf(ctx, db)
	switch {
	case err != nil:
		return fmt.Errorf("the copy cannot be read: %w", err)
	case !bytes.Equal(copied.logID, c.logID), copied.schema != c.schema:
		return errors.New("the copy is of another log")
	}
	for _, p := range c.last {
		if !slices.ContainsFunc(copied.last, func(l journal.Position) bool { return l.Stream() == p.Stream() && l >= p }) {
			return errors.New("the copy ends before the log did when it began: try again")
		}
	}
	return nil
}
