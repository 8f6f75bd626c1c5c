package postgres

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

// Space returns the octets of the receipts that are kept and of the search
// projection. What pruning has freed is not counted: the server uses it again.
// What its disk has left the server does not tell, so Free knows no bound.
func (e *Engine) Space(ctx context.Context) (journal.Space, error) {
	sizes, err := collect(ctx, e.read, stmt(`SELECT coalesce(sum(octets), 0)::bigint FROM streams UNION ALL
		SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits WHERE inhparent = 'search_terms'::regclass`),
		pgx.RowTo[int64])
	if err != nil {
		return journal.Space{}, err
	}
	receipts, search := sizes[0], sizes[1]
	return journal.Space{Used: receipts + search, Receipts: receipts, Free: math.MaxInt64, Syncs: e.syncs.Load()}, nil
}

// Backup makes no copy: it says how the server's own tool makes one.
func (e *Engine) Backup(ctx context.Context, dir string) (journal.Backup, error) {
	version, err := collect(ctx, e.read, stmt(`SELECT current_setting('server_version_num')`), pgx.RowTo[string])
	if err != nil {
		return journal.Backup{}, err
	}
	number, err := strconv.Atoi(version[0])
	if err != nil {
		return journal.Backup{}, fmt.Errorf("server version %q: %w", version[0], err)
	}
	const versionParts = 10000 // 150004 is 15.4
	c := e.config
	return journal.Backup{
		SchemaVersion: schemaVersion,
		Tool:          fmt.Sprintf("pg_dump of PostgreSQL %d or newer", number/versionParts),
		Command: fmt.Sprintf("pg_dump --format=custom --no-unlogged-table-data --host=%s --port=%d --username=%s --file=%s %s",
			quoted(c.Host), c.Port, quoted(c.User), quoted(filepath.Join(dir, "dlrgate.dump")), quoted(c.Database)),
	}, nil
}

// quoted is a word as a shell reads it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-:@%+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
