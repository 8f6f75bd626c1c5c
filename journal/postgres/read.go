package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

const (
	entryColumns = `SELECT position, received_at, id, message, forward, raw, meta, event FROM log `
	briefColumns = `SELECT position, received_at, id, message, forward, ''::bytea, meta, ''::bytea FROM log `
)

// Entries returns the stored entries within the span.
func (e *Engine) Entries(ctx context.Context, s journal.Span) (entries []*journal.Entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	columns, order := entryColumns, `ASC`
	if s.Brief {
		columns = briefColumns
	}
	if s.Newest {
		order = `DESC`
	}
	rows, err := e.read.Query(ctx, columns+`WHERE position > $1 AND position <= $2 ORDER BY position `+order+` LIMIT $3`,
		int64(s.After), int64(s.Upto), s.Max)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for octets := 0; octets < s.MaxBytes && rows.Next(); {
		x, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		octets += x.Size()
		if octets > s.MaxBytes && len(entries) > 0 {
			break
		}
		entries = append(entries, x)
	}
	rows.Close()
	return entries, rows.Err()
}

func scanEntry(row pgx.Rows) (*journal.Entry, error) {
	var e journal.Entry
	var at int64
	var id, message []byte
	err := row.Scan(&e.Position, &at, &id, &message, &e.Forward, &e.Raw, &e.Meta, &e.Event)
	e.ReceivedAt, e.ID = time.UnixMicro(at).UTC(), string(id)
	copy(e.Message[:], message)
	return &e, err
}

// Operators returns the operators of all streams.
func (e *Engine) Operators(ctx context.Context) ([]string, error) {
	return collect(ctx, e.read, stmt(`SELECT operator FROM streams ORDER BY operator`), pgx.RowTo[string])
}

// conditions joins the conditions of a query and numbers their arguments.
type conditions struct {
	where []string
	args  []any
}

// and adds a condition; each ? in it stands for the next argument.
func (c *conditions) and(condition string, args ...any) {
	for _, arg := range args {
		c.args = append(c.args, arg)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(c.args)), 1)
	}
	c.where = append(c.where, condition)
}

// query returns the statement with a limit.
func (c *conditions) query(selected, order string, limit int) statement {
	return stmt(fmt.Sprintf(`%s WHERE %s ORDER BY %s LIMIT %d`, selected, strings.Join(c.where, ` AND `), order, limit), c.args...)
}

// Parked returns parked deliveries.
func (e *Engine) Parked(ctx context.Context, q journal.ParkedQuery) ([]journal.Parked, error) {
	var c conditions
	c.and(`position > ?`, int64(q.After))
	order := `position`
	if q.Upto != 0 {
		c.and(`position <= ?`, int64(q.Upto))
	}
	if q.Endpoint != "" {
		c.and(`endpoint = ?`, q.Endpoint)
	}
	if len(q.Streams) > 0 {
		c.and(`position >> 40 = ANY(?)`, q.Streams)
	}
	if !q.Due.IsZero() {
		c.and(`next_try <= ?`, q.Due.UnixMicro())
		order = `next_try, position`
	}
	selected := `SELECT endpoint, position, id, since, next_try, tries, class, last_error FROM parked`
	return collect(ctx, e.read, c.query(selected, order, q.Limit), func(row pgx.CollectableRow) (p journal.Parked, err error) {
		var id []byte
		var since, next int64
		err = row.Scan(&p.Endpoint, &p.Position, &id, &since, &next, &p.Tries, &p.Class, &p.LastError)
		p.ID, p.Since, p.NextTry = string(id), fromMicros(since), fromMicros(next)
		return p, err
	})
}

// Dead returns dead letters.
func (e *Engine) Dead(ctx context.Context, q journal.DeadQuery) ([]journal.Dead, error) {
	var c conditions
	switch {
	case len(q.IDs) > 0:
		c.and(`id = ANY(?)`, q.IDs)
	case q.Upto != 0:
		// What begins within the span, and the ranges that reach into it.
		c.and(`from_position <= ?`, int64(q.Upto))
		c.and(`(from_position > ? OR to_position > from_position AND to_position > ?)`, int64(q.After), int64(q.After))
	default:
		c.and(`id > ?`, q.AfterID)
	}
	if q.Endpoint != "" {
		c.and(`endpoint = ?`, q.Endpoint)
	}
	selected := `SELECT id, endpoint, class, from_position, to_position, count, at, reason FROM dead`
	return collect(ctx, e.read, c.query(selected, `id`, q.Limit), func(row pgx.CollectableRow) (d journal.Dead, err error) {
		var at int64
		err = row.Scan(&d.ID, &d.Endpoint, &d.Class, &d.From, &d.To, &d.Count, &at, &d.Reason)
		d.At = fromMicros(at)
		return d, err
	})
}

// Attempts returns failed attempts, newest first.
func (e *Engine) Attempts(ctx context.Context, endpoint string, p journal.Position, limit int) ([]journal.Attempt, error) {
	c := conditions{where: []string{`true`}}
	if endpoint != "" {
		c.and(`endpoint = ?`, endpoint)
	}
	if p != 0 {
		c.and(`position = ?`, int64(p))
	}
	q := c.query(`SELECT endpoint, position, id, at, took, status, error, answer, held FROM attempts`, `at DESC`, limit)
	return collect(ctx, e.read, q, func(row pgx.CollectableRow) (a journal.Attempt, err error) {
		var id []byte
		var at, took int64
		err = row.Scan(&a.Endpoint, &a.Position, &id, &at, &took, &a.Status, &a.Error, &a.Answer, &a.Held)
		a.ID, a.At, a.Took = string(id), fromMicros(at), time.Duration(took)*time.Microsecond
		return a, err
	})
}

// Passed tells when the endpoint's cursor passed the position.
func (e *Engine) Passed(ctx context.Context, endpoint string, p journal.Position, since time.Time) (after, until time.Time, err error) {
	one := func(q statement) (time.Time, error) {
		saves, err := collect(ctx, e.read, q, pgx.RowTo[int64])
		if err != nil || len(saves) == 0 {
			return time.Time{}, err
		}
		return time.Unix(saves[0], 0).UTC(), nil
	}
	until, err = one(stmt(`SELECT at FROM passed WHERE stream = $1 AND at >= $2 AND endpoint = $3 AND position >= $4 ORDER BY at LIMIT 1`,
		p.Stream(), since.Unix(), endpoint, int64(p)))
	if err != nil || until.IsZero() {
		return after, until, err
	}
	after, err = one(stmt(`SELECT at FROM passed WHERE stream = $1 AND at >= $2 AND at < $3 AND endpoint = $4 ORDER BY at DESC LIMIT 1`,
		p.Stream(), since.Unix(), until.Unix(), endpoint))
	if after.IsZero() {
		after = since
	}
	return after, until, err
}

// Replays returns how often receipts were replayed.
func (e *Engine) Replays(ctx context.Context, endpoint string, ids []string) (map[string]int, error) {
	keys := make([][]byte, len(ids))
	for i, id := range ids {
		keys[i] = []byte(id)
	}
	counts := map[string]int{}
	q := stmt(`SELECT id, n FROM replays WHERE id = ANY($1) AND endpoint = $2`, keys, endpoint)
	_, err := collect(ctx, e.read, q, func(row pgx.CollectableRow) (n int, err error) {
		var id []byte
		err = row.Scan(&id, &n)
		counts[string(id)] = n
		return n, err
	})
	return counts, err
}

// State returns the values of a kind.
func (e *Engine) State(ctx context.Context, kind string) (map[string][]byte, error) {
	values := map[string][]byte{}
	q := stmt(`SELECT name, value FROM state WHERE kind = $1`, kind)
	_, err := collect(ctx, e.read, q, func(row pgx.CollectableRow) (name string, err error) {
		var value []byte
		err = row.Scan(&name, &value)
		values[name] = value
		return name, err
	})
	return values, err
}
