package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/dlrgate/dlrgate/faultpoint"
)

// schemaVersion is the newest migration that this program knows. A migration
// that older programs cannot live with also raises journal.readable_since.
const schemaVersion = 1

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the log's schema up to date and returns the log's id. A file
// that a newer program has made unreadable for this one is left as it is.
func migrate(ctx context.Context, db *sql.DB) (logID []byte, err error) {
	if err := readable(ctx, db); err != nil {
		return nil, err
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	faultpoint.Here(faultpoint.BeforeMigration)
	if _, err := p.Up(ctx); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	faultpoint.Here(faultpoint.AfterMigration)
	_, err = db.ExecContext(ctx,
		`INSERT INTO journal (readable_since, log_id) SELECT 1, ? WHERE NOT EXISTS (SELECT 1 FROM journal)`,
		[]byte(rand.Text()))
	if err != nil {
		return nil, err
	}
	err = db.QueryRowContext(ctx, `SELECT log_id FROM journal`).Scan(&logID)
	return logID, err
}

func readable(ctx context.Context, db *sql.DB) error {
	var tables int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'journal'`).Scan(&tables)
	if err != nil || tables == 0 {
		return err
	}
	var since int
	err = db.QueryRowContext(ctx, `SELECT readable_since FROM journal`).Scan(&since)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if since > schemaVersion {
		return fmt.Errorf("the journal needs a program that knows its schema %d, this one knows %d: install a newer dlrgate", since, schemaVersion)
	}
	return nil
}
