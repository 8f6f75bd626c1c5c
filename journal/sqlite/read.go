package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// No read holds a transaction for longer than it takes to read one bounded
// answer: a held one would keep the WAL from being used again from its start.

const (
	entryColumns = `SELECT position, received_at, id, message, forward, raw, meta, event FROM log `
	briefColumns = `SELECT position, received_at, id, message, forward, x'', meta, x'' FROM log `
)

// Entries returns the stored entries within the span.
func (e *Engine) Entries(ctx context.Context, s journal.Span) (entries []*journal.Entry, err error) {
	db, err := e.reader()
	if err != nil {
		return nil, err
	}
	columns, order := entryColumns, `ASC`
	if s.Brief {
		columns = briefColumns
	}
	if s.Newest {
		order = `DESC`
	}
	rows, err := db.QueryContext(ctx, columns+`WHERE position > ? AND position <= ? ORDER BY position `+order+` LIMIT ?`,
		int64(s.After), int64(s.Upto), s.Max)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for octets := 0; octets < s.MaxBytes && rows.Next(); {
		x, err := scanEntry(rows.Scan)
		if err != nil {
			return nil, err
		}
		octets += x.Size()
		if octets > s.MaxBytes && len(entries) > 0 {
			break
		}
		entries = append(entries, x)
	}
	return entries, rows.Err()
}

func scanEntry(scan scanFunc) (*journal.Entry, error) {
	var e journal.Entry
	var at int64
	var message []byte
	err := scan(&e.Position, &at, &e.ID, &message, &e.Forward, &e.Raw, &e.Meta, &e.Event)
	e.ReceivedAt = time.UnixMicro(at).UTC()
	copy(e.Message[:], message)
	return &e, err
}

// query runs a query with one bounded answer, for scanAll.
func (e *Engine) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	db, err := e.reader()
	if err != nil {
		return nil, err
	}
	return db.QueryContext(ctx, q, args...)
}

// Operators returns the operators of all streams.
func (e *Engine) Operators(ctx context.Context) ([]string, error) {
	rows, err := e.query(ctx, `SELECT operator FROM streams ORDER BY operator`)
	return scanAll(rows, err, func(scan scanFunc) (name string, err error) { return name, scan(&name) })
}

// Parked returns parked deliveries.
func (e *Engine) Parked(ctx context.Context, q journal.ParkedQuery) ([]journal.Parked, error) {
	where, args := []string{`true`}, []any{}
	order := `position`
	if q.After != 0 {
		where, args = append(where, `position > ?`), append(args, int64(q.After))
	}
	if q.Upto != 0 {
		where, args = append(where, `position <= ?`), append(args, int64(q.Upto))
	}
	if q.Endpoint != "" {
		where, args = append(where, `endpoint = ?`), append(args, q.Endpoint)
	}
	if len(q.Streams) > 0 {
		where = append(where, `position >> 40 IN (?`+strings.Repeat(`,?`, len(q.Streams)-1)+`)`)
		for _, s := range q.Streams {
			args = append(args, s)
		}
	}
	if !q.Due.IsZero() {
		where, args = append(where, `next_try <= ?`), append(args, q.Due.UnixMicro())
		order = `next_try, position`
	}
	rows, err := e.query(ctx, `SELECT endpoint, position, id, since, next_try, tries, class, last_error FROM parked WHERE `+
		strings.Join(where, ` AND `)+` ORDER BY `+order+` LIMIT ?`, append(args, q.Limit)...)
	return scanAll(rows, err, func(scan scanFunc) (p journal.Parked, err error) {
		var since, next int64
		err = scan(&p.Endpoint, &p.Position, &p.ID, &since, &next, &p.Tries, &p.Class, &p.LastError)
		p.Since, p.NextTry = fromMicros(since), fromMicros(next)
		return p, err
	})
}

// Dead returns dead letters.
func (e *Engine) Dead(ctx context.Context, q journal.DeadQuery) ([]journal.Dead, error) {
	const columns = `SELECT id, endpoint, class, from_position, to_position, count, at, reason FROM dead WHERE `
	var common string
	var commonArgs []any
	if q.Endpoint != "" {
		common, commonArgs = ` AND endpoint = ?`, []any{q.Endpoint}
	}
	var stmt string
	var args []any
	switch {
	case len(q.IDs) > 0:
		stmt = columns + `id IN (?` + strings.Repeat(`,?`, len(q.IDs)-1) + `)` + common
		for _, id := range q.IDs {
			args = append(args, id)
		}
		args = append(args, commonArgs...)
	case q.Upto != 0:
		// What begins within the span, and the ranges that reach into it.
		stmt = columns + `from_position > ? AND from_position <= ?` + common + ` UNION ALL ` +
			columns + `to_position > from_position AND to_position > ? AND from_position <= ?` + common
		args = append(append(args, int64(q.After), int64(q.Upto)), commonArgs...)
		args = append(append(args, int64(q.After), int64(q.After)), commonArgs...)
	default:
		stmt, args = columns+`id > ?`+common, append([]any{q.AfterID}, commonArgs...)
	}
	rows, err := e.query(ctx, stmt+` ORDER BY 1 LIMIT ?`, append(args, q.Limit)...)
	return scanAll(rows, err, func(scan scanFunc) (d journal.Dead, err error) {
		var at int64
		err = scan(&d.ID, &d.Endpoint, &d.Class, &d.From, &d.To, &d.Count, &at, &d.Reason)
		d.At = fromMicros(at)
		return d, err
	})
}

// Attempts returns failed attempts, newest first.
func (e *Engine) Attempts(ctx context.Context, endpoint string, p journal.Position, limit int) ([]journal.Attempt, error) {
	where, args := `true`, []any{}
	if endpoint != "" {
		where, args = where+` AND endpoint = ?`, append(args, endpoint)
	}
	if p != 0 {
		where, args = where+` AND position = ?`, append(args, int64(p))
	}
	rows, err := e.query(ctx, `SELECT endpoint, position, id, at, took, status, error, answer, held FROM attempts
		WHERE `+where+` ORDER BY at DESC LIMIT ?`, append(args, limit)...)
	return scanAll(rows, err, func(scan scanFunc) (a journal.Attempt, err error) {
		var at, took int64
		err = scan(&a.Endpoint, &a.Position, &a.ID, &at, &took, &a.Status, &a.Error, &a.Answer, &a.Held)
		a.At, a.Took = fromMicros(at), time.Duration(took)*time.Microsecond
		return a, err
	})
}

// Passed tells when the endpoint's cursor passed the position.
func (e *Engine) Passed(ctx context.Context, endpoint string, p journal.Position, since time.Time) (after, until time.Time, err error) {
	one := func(q string, args ...any) (time.Time, error) {
		rows, err := e.query(ctx, q, args...)
		saves, err := scanAll(rows, err, func(scan scanFunc) (at int64, err error) { return at, scan(&at) })
		if err != nil || len(saves) == 0 {
			return time.Time{}, err
		}
		return time.Unix(saves[0], 0).UTC(), nil
	}
	until, err = one(`SELECT at FROM passed WHERE stream = ? AND at >= ? AND endpoint = ? AND position >= ? ORDER BY at LIMIT 1`,
		p.Stream(), since.Unix(), endpoint, int64(p))
	if err != nil || until.IsZero() {
		return after, until, err
	}
	after, err = one(`SELECT at FROM passed WHERE stream = ? AND at >= ? AND at < ? AND endpoint = ? ORDER BY at DESC LIMIT 1`,
		p.Stream(), since.Unix(), until.Unix(), endpoint)
	if after.IsZero() {
		after = since
	}
	return after, until, err
}

// Replays returns how often receipts were replayed.
func (e *Engine) Replays(ctx context.Context, endpoint string, ids []string) (map[string]int, error) {
	db, err := e.reader()
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, id := range ids {
		var n int
		err := db.QueryRowContext(ctx, `SELECT n FROM replays WHERE id = ? AND endpoint = ?`, id, endpoint).Scan(&n)
		switch {
		case err == nil:
			counts[id] = n
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return counts, nil
}

// State returns the values of a kind.
func (e *Engine) State(ctx context.Context, kind string) (map[string][]byte, error) {
	values := map[string][]byte{}
	rows, err := e.query(ctx, `SELECT name, value FROM state WHERE kind = ?`, kind)
	_, err = scanAll(rows, err, func(scan scanFunc) (name string, err error) {
		var value []byte
		err = scan(&name, &value)
		values[name] = value
		return name, err
	})
	return values, err
}
