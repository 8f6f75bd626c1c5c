package postgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// schemaVersion is the newest migration that this program knows. A migration
// that older programs cannot live with also raises journal.readable_since.
const schemaVersion = 1

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date and returns the log's id. Gateways that
// start together do it one after the other. A database that a newer program
// has made unreadable for this one is left as it is.
func migrate(ctx context.Context, c *pgx.ConnConfig) (logID []byte, err error) {
	db := stdlib.OpenDB(*c)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := readable(ctx, db); err != nil {
		return nil, err
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return identify(ctx, db)
}

// identify returns the log's id, which it gives to a new log.
func identify(ctx context.Context, db *sql.DB) (logID []byte, err error) {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.Rollback() }()
	if _, err := t.ExecContext(ctx, `LOCK TABLE journal`); err != nil {
		return nil, err
	}
	if _, err := t.ExecContext(ctx,
		`INSERT INTO journal (readable_since, log_id) SELECT 1, $1 WHERE NOT EXISTS (SELECT 1 FROM journal)`,
		[]byte(rand.Text())); err != nil {
		return nil, err
	}
	if err := t.QueryRowContext(ctx, `SELECT log_id FROM journal`).Scan(&logID); err != nil {
		return nil, err
	}
	return logID, t.Commit()
}

func readable(ctx context.Context, db *sql.DB) error {
	var is bool
	err := db.QueryRowContext(ctx, `SELECT to_regclass('journal') IS NOT NULL`).Scan(&is)
	if err != nil || !is {
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
