package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dlrgate/dlrgate/journal"
)

// Write stores the batch in one transaction; receipts alone in one statement.
func (e *Engine) Write(ctx context.Context, b *journal.Batch) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	conn, err := e.writer(ctx)
	if err == nil {
		err = e.surely(func() error { return e.write(ctx, conn, b) })
	}
	if err = classify(err); err != nil {
		if !errors.Is(err, journal.ErrData) && !errors.Is(err, journal.ErrFenced) {
			// Its own complaint would say the same again.
			_ = e.disconnect()
		}
		return fmt.Errorf("write to the log: %w", err)
	}
	e.syncs.Add(1)
	for _, x := range b.Entries {
		e.highest[x.Position.Stream()] = x.Position
	}
	return nil
}

func (e *Engine) write(ctx context.Context, conn *pgx.Conn, b *journal.Batch) error {
	rest := changes{}
	rest.Queue(present, e.me().id).QueryRow(expelled)
	for _, queue := range []func(*journal.Batch){
		rest.letGo, rest.deliveries, rest.cursors, rest.attempts, rest.small, rest.swaps, rest.prune, rest.erase,
	} {
		queue(b)
	}
	if rest.Len() == 1 { // receipts are fenced by their streams
		_, err := appendEntries(ctx, conn, b)
		return err
	}
	return within(ctx, conn, func(t pgx.Tx) error {
		again, err := appendEntries(ctx, t, b)
		if err != nil || again {
			return err
		}
		return t.SendBatch(ctx, &rest.Batch).Close()
	})
}

// changes are the statements of a batch besides the append, sent together.
type changes struct{ pgx.Batch }

func (c *changes) deliveries(b *journal.Batch) {
	for _, p := range b.Parked {
		c.Queue(`INSERT INTO parked (endpoint, position, id, since, next_try, tries, class, last_error)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (endpoint, position) DO UPDATE SET id = excluded.id, since = excluded.since,
			next_try = excluded.next_try, tries = excluded.tries, class = excluded.class, last_error = excluded.last_error`,
			p.Endpoint, int64(p.Position), []byte(p.ID), micros(p.Since), micros(p.NextTry), p.Tries, p.Class, p.LastError)
	}
	for _, d := range b.Unparked {
		c.Queue(`DELETE FROM parked WHERE endpoint = $1 AND position = $2`, d.Endpoint, int64(d.Position))
	}
	if len(b.DropDead) > 0 {
		c.Queue(`DELETE FROM dead WHERE id = ANY($1)`, b.DropDead)
	}
	for _, d := range b.DeadCounts {
		c.Queue(`UPDATE dead SET count = $2 WHERE id = $1`, d.ID, d.Count)
	}
	for _, d := range b.Dead {
		c.Queue(`INSERT INTO dead (endpoint, class, from_position, to_position, count, at, reason)
			VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (endpoint, from_position) DO UPDATE SET class = excluded.class,
			to_position = excluded.to_position, count = excluded.count, at = excluded.at, reason = excluded.reason`,
			d.Endpoint, d.Class, int64(d.From), int64(d.To), d.Count, micros(d.At), d.Reason)
		c.Queue(`DELETE FROM parked WHERE endpoint = $1 AND position BETWEEN $2 AND $3`, d.Endpoint, int64(d.From), int64(d.To))
	}
}

func (c *changes) cursors(b *journal.Batch) {
	n := len(b.Cursors)
	if n == 0 {
		return
	}
	endpoints, streams, positions := make([]string, n), make([]int32, n), make([]int64, n)
	saved, at := make([]int64, n), make([]int64, n)
	for i, x := range b.Cursors {
		endpoints[i], streams[i], positions[i] = x.Endpoint, int32(x.Position.Stream()), int64(x.Position)
		saved[i], at[i] = micros(x.SavedAt), x.SavedAt.Unix()
	}
	c.Queue(`INSERT INTO cursors (endpoint, stream, position, saved_at) SELECT DISTINCT ON (e, s) * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS g (e, s, p, at)
		ORDER BY e, s, p DESC ON CONFLICT (endpoint, stream) DO UPDATE SET position = excluded.position, saved_at = excluded.saved_at`,
		endpoints, streams, positions, saved)
	c.Queue(`INSERT INTO passed (stream, at, endpoint, position) SELECT DISTINCT ON (s, at, e) * FROM unnest($1::int[], $2::bigint[], $3::text[], $4::bigint[]) AS g (s, at, e, p)
		ORDER BY s, at, e, p DESC ON CONFLICT (stream, at, endpoint) DO UPDATE SET position = excluded.position`, streams, at, endpoints, positions)
}

// small queues the replays and the state.
func (c *changes) small(b *journal.Batch) {
	for _, r := range b.Replays {
		c.Queue(`INSERT INTO replays (id, endpoint, n) VALUES ($1,$2,$3)
			ON CONFLICT (id, endpoint) DO UPDATE SET n = excluded.n`, []byte(r.ID), r.Endpoint, r.N)
	}
	for _, s := range b.State {
		if s.Value == nil {
			c.Queue(`DELETE FROM state WHERE kind = $1 AND name = $2`, s.Kind, s.Name)
			continue
		}
		c.Queue(`INSERT INTO state (kind, name, value) VALUES ($1,$2,$3)
			ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value`, s.Kind, s.Name, s.Value)
	}
}

// swaps queues the small values that must be as they were. Written twice they are as
// they were written first.
func (c *changes) swaps(b *journal.Batch) {
	for _, s := range b.Swaps {
		lost := func(done pgconn.CommandTag) error {
			s.Lost = done.RowsAffected() == 0
			return nil
		}
		switch {
		case s.Value == nil:
			c.Queue(`DELETE FROM state WHERE kind = $1 AND name = $2 AND value = $3`, s.Kind, s.Name, blob(s.Was))
			c.Queue(`SELECT EXISTS (SELECT 1 FROM state WHERE kind = $1 AND name = $2)`, s.Kind, s.Name).
				QueryRow(func(row pgx.Row) error { return row.Scan(&s.Lost) })
		case s.Was == nil:
			c.Queue(`INSERT INTO state AS s (kind, name, value) VALUES ($1,$2,$3)
				ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value WHERE s.value = excluded.value`, s.Kind, s.Name, s.Value).Exec(lost)
		default:
			c.Queue(`UPDATE state SET value = $3 WHERE kind = $1 AND name = $2 AND value IN ($3, $4)`, s.Kind, s.Name, s.Value, s.Was).Exec(lost)
		}
	}
}

// prune queues the removal of entries, with the replays counted for them, their
// histories and the history of the cursors before them.
func (c *changes) prune(b *journal.Batch) {
	overhead := (&journal.Entry{}).Size()
	for _, p := range b.Prune {
		after, upto := int64(p.After), int64(p.Upto)
		c.Queue(`DELETE FROM passed WHERE stream = $1 AND at < (SELECT received_at / 1000000 FROM log
			WHERE position > $2 AND position <= $3 ORDER BY position DESC LIMIT 1)`, p.Upto.Stream(), after, upto)
		c.Queue(`DELETE FROM replays WHERE EXISTS (SELECT 1 FROM replays) AND id IN
			(SELECT id FROM log WHERE position > $1 AND position <= $2)`, after, upto)
		c.Queue(`DELETE FROM attempts WHERE position > $1 AND position <= $2 AND held`, after, upto)
		c.Queue(`DELETE FROM state WHERE EXISTS (SELECT 1 FROM state WHERE kind > 'history/' AND kind < 'history0') AND kind IN
			(SELECT $3 || encode(id, 'escape') FROM log WHERE position > $1 AND position <= $2)`, after, upto, journal.HistoryPrefix)
		c.Queue(`WITH gone AS (DELETE FROM log WHERE position > $1 AND position <= $2
			RETURNING octet_length(id) + octet_length(raw) + octet_length(meta) + octet_length(event) + $3::bigint AS n)
			UPDATE streams SET octets = octets - (SELECT coalesce(sum(n), 0) FROM gone) WHERE id = $4`,
			after, upto, overhead, p.Upto.Stream())
	}
}
