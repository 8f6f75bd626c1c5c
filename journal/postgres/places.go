package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

// endpointNames goes from one name to the next: the cursors of each, one a stream,
// are passed over.
const endpointNames = `
WITH RECURSIVE names (endpoint) AS (
	SELECT min(endpoint) FROM cursors
	UNION ALL
	SELECT (SELECT min(c.endpoint) FROM cursors c WHERE c.endpoint > names.endpoint) FROM names WHERE names.endpoint IS NOT NULL
)`

// Endpoints returns the names of those that have cursors.
func (e *Engine) Endpoints(ctx context.Context) ([]string, error) {
	return collect(ctx, e.read, stmt(endpointNames+` SELECT endpoint FROM names WHERE endpoint IS NOT NULL`), pgx.RowTo[string])
}

// Cursors returns all cursors.
func (e *Engine) Cursors(ctx context.Context) ([]journal.Cursor, error) {
	return collect(ctx, e.read, stmt(`SELECT endpoint, position, saved_at FROM cursors ORDER BY endpoint, stream`), rowToCursor)
}

// CursorsIn returns the cursors in a stream.
func (e *Engine) CursorsIn(ctx context.Context, s journal.Stream) ([]journal.Cursor, error) {
	return collect(ctx, e.read, stmt(endpointNames+` SELECT c.endpoint, c.position, c.saved_at FROM names
		JOIN cursors c ON c.endpoint = names.endpoint AND c.stream = $1 ORDER BY 1`, s), rowToCursor)
}

func rowToCursor(row pgx.CollectableRow) (c journal.Cursor, err error) {
	var at int64
	err = row.Scan(&c.Endpoint, &c.Position, &at)
	c.SavedAt = fromMicros(at)
	return c, err
}

// Counts counts what is parked and dead.
func (e *Engine) Counts(ctx context.Context, endpoints []string) (map[string]journal.Counts, error) {
	all := map[string]journal.Counts{}
	where, args := ``, []any{}
	if endpoints != nil {
		where, args = ` WHERE endpoint = ANY($1)`, append(args, endpoints)
	}
	q := stmt(`SELECT endpoint, true, class, count(*), max(next_try) FROM parked`+where+` GROUP BY endpoint, class
		UNION ALL SELECT endpoint, false, class, sum(count), 0 FROM dead`+where+` GROUP BY endpoint, class`, args...)
	_, err := collect(ctx, e.read, q, func(row pgx.CollectableRow) (endpoint string, err error) {
		var one journal.Counted
		var last int64
		err = row.Scan(&one.Endpoint, &one.Parked, &one.Class, &one.N, &last)
		one.LastTry = fromMicros(last)
		one.AddTo(all)
		return endpoint, err
	})
	return all, err
}

const unfinishedSQL = `
SELECT c.endpoint, p.position, p.position FROM cursors c
	JOIN parked p ON p.endpoint = c.endpoint AND p.position > c.position AND p.position < (c.stream + 1)::bigint << 40
	WHERE c.endpoint = ANY($1)
UNION ALL
SELECT c.endpoint, greatest(d.from_position, c.position + 1), d.to_position FROM cursors c
	JOIN dead d ON d.endpoint = c.endpoint AND d.to_position > c.position AND d.to_position < (c.stream + 1)::bigint << 40
	AND d.from_position > c.stream::bigint << 40
	WHERE c.endpoint = ANY($1)`

// Unfinished returns what is parked or dead beyond the endpoints' cursors.
func (e *Engine) Unfinished(ctx context.Context, endpoints []string) ([]journal.Unfinished, error) {
	return collect(ctx, e.read, stmt(unfinishedSQL, endpoints), func(row pgx.CollectableRow) (u journal.Unfinished, err error) {
		return u, row.Scan(&u.Endpoint, &u.From, &u.To)
	})
}
