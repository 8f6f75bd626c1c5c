package sqlite

import (
	"context"
	"encoding/json"

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
	rows, err := e.query(ctx, endpointNames+` SELECT endpoint FROM names WHERE endpoint IS NOT NULL`)
	return scanAll(rows, err, func(scan scanFunc) (name string, err error) { return name, scan(&name) })
}

// Cursors returns all cursors.
func (e *Engine) Cursors(ctx context.Context) ([]journal.Cursor, error) {
	rows, err := e.query(ctx, `SELECT endpoint, position, saved_at FROM cursors ORDER BY endpoint, stream`)
	return scanAll(rows, err, scanCursor)
}

// CursorsIn returns the cursors in a stream.
func (e *Engine) CursorsIn(ctx context.Context, s journal.Stream) ([]journal.Cursor, error) {
	rows, err := e.query(ctx, endpointNames+` SELECT c.endpoint, c.position, c.saved_at FROM names
		CROSS JOIN cursors c ON c.endpoint = names.endpoint AND c.stream = ?`, s)
	return scanAll(rows, err, scanCursor)
}

func scanCursor(scan scanFunc) (c journal.Cursor, err error) {
	var at int64
	err = scan(&c.Endpoint, &c.Position, &at)
	c.SavedAt = fromMicros(at)
	return c, err
}

// Counts counts what is parked and dead.
func (e *Engine) Counts(ctx context.Context, endpoints []string) (map[string]journal.Counts, error) {
	all := map[string]journal.Counts{}
	where, args := ``, []any{}
	if endpoints != nil {
		where, args = ` WHERE endpoint IN (SELECT value FROM json_each(?1))`, append(args, asJSON(endpoints))
	}
	rows, err := e.query(ctx, `SELECT endpoint, true, class, count(*), max(next_try) FROM parked`+where+` GROUP BY endpoint, class
		UNION ALL SELECT endpoint, false, class, sum(count), 0 FROM dead`+where+` GROUP BY endpoint, class`, args...)
	_, err = scanAll(rows, err, func(scan scanFunc) (endpoint string, err error) {
		var one journal.Counted
		var last int64
		err = scan(&one.Endpoint, &one.Parked, &one.Class, &one.N, &last)
		one.LastTry = fromMicros(last)
		one.AddTo(all)
		return endpoint, err
	})
	return all, err
}

// unfinishedSQL looks into the few rows behind each cursor: what is parked may be
// much, and lies before it.
const unfinishedSQL = `
WITH asked AS (SELECT DISTINCT value AS endpoint FROM json_each(?1))
SELECT c.endpoint, p.position, p.position FROM asked a
	CROSS JOIN cursors c ON c.endpoint = a.endpoint
	CROSS JOIN parked p ON p.endpoint = c.endpoint AND p.position > c.position AND p.position < (c.stream + 1) << 40
	WHERE EXISTS (SELECT 1 FROM parked WHERE endpoint = a.endpoint)
UNION ALL
SELECT c.endpoint, d.from_position, d.to_position FROM asked a
	CROSS JOIN cursors c ON c.endpoint = a.endpoint
	CROSS JOIN dead d ON d.endpoint = c.endpoint AND d.from_position > c.position AND d.from_position < (c.stream + 1) << 40
	WHERE EXISTS (SELECT 1 FROM dead WHERE endpoint = a.endpoint)
UNION ALL
SELECT c.endpoint, c.position + 1, d.to_position FROM dead d
	JOIN cursors c ON c.endpoint = d.endpoint AND c.stream = d.to_position >> 40
	WHERE d.to_position > d.from_position AND d.from_position <= c.position AND d.to_position > c.position
	AND d.endpoint IN (SELECT endpoint FROM asked)`

// Unfinished returns what is parked or dead beyond the endpoints' cursors.
func (e *Engine) Unfinished(ctx context.Context, endpoints []string) ([]journal.Unfinished, error) {
	rows, err := e.query(ctx, unfinishedSQL, asJSON(endpoints))
	return scanAll(rows, err, func(scan scanFunc) (u journal.Unfinished, err error) {
		return u, scan(&u.Endpoint, &u.From, &u.To)
	})
}

// asJSON is a list for json_each.
func asJSON(names []string) string {
	raw, _ := json.Marshal(names) // strings are always JSON
	return string(raw)
}
