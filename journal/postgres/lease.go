package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

const (
	// newStreams numbers operators that have no stream yet. Numbers may not
	// have gaps for ever, so gateways do it one after the other.
	lockStreams = `SELECT pg_advisory_xact_lock(hashtext('dlrgate streams'))`
	newStreams  = `
INSERT INTO streams (id, operator)
SELECT (SELECT coalesce(max(id), 0) FROM streams) + row_number() OVER (), name
FROM unnest($1::text[]) AS name WHERE NOT EXISTS (SELECT 1 FROM streams WHERE operator = name)
RETURNING operator`

	// silent locks the members whose leases have ended, before any stream: as everybody
	// does, who is locked while he writes. Such a one is not silent, and is passed over.
	silent = `
SELECT id FROM members WHERE id IN (SELECT owner FROM streams WHERE operator = ANY($1) AND owner <> $2 AND expires < clock_timestamp())
FOR UPDATE SKIP LOCKED`
	// takeStreams takes the streams of nobody and of the silent, whom it expels, and
	// passes over a row that is just written.
	takeStreams = `
WITH free AS (
	SELECT s.id, s.owner, coalesce(m.name, 'unknown') AS name,
		CASE WHEN isfinite(s.expires) THEN extract(epoch FROM clock_timestamp() - s.expires)::float8 ELSE 0 END AS over
	FROM streams s LEFT JOIN members m ON m.id = s.owner
	WHERE s.operator = ANY($1) AND (s.owner = $2 OR s.expires < clock_timestamp() AND (m.id IS NULL OR m.id = ANY($3)))
	FOR UPDATE OF s SKIP LOCKED
), expelled AS (
	DELETE FROM members WHERE id IN (SELECT owner FROM free WHERE owner <> $2)
)
UPDATE streams s SET owner = $2, epoch = s.epoch + (s.owner <> $2)::int
FROM free WHERE s.id = free.id
RETURNING s.operator, s.id, s.epoch, CASE WHEN free.owner IN ('', $2) THEN '' ELSE free.name END, free.over`

	// extend renews leases and raises the streams' ends to the highest of what
	// the row, the log, the cursors and this process know.
	extend = `
UPDATE streams s SET expires = clock_timestamp() + make_interval(secs => $5), last_seq = greatest(s.last_seq, given.last,
	(SELECT max(position) - (s.id::bigint << 40) FROM log
		WHERE position BETWEEN s.id::bigint << 40 AND ((s.id + 1)::bigint << 40) - 1),
	ahead.position - (s.id::bigint << 40))
FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS given (id, epoch, last)
LEFT JOIN (SELECT stream, max(position) AS position FROM cursors GROUP BY stream) AS ahead ON ahead.stream = given.id
WHERE s.id = given.id AND s.epoch = given.epoch AND s.owner = $4
RETURNING s.id, s.last_seq`

	release = `UPDATE streams SET owner = '', expires = '-infinity' WHERE id = ANY($1) AND owner = $2`
)

// Acquire owns the streams of the operators that nobody holds, or that this
// process holds already.
func (e *Engine) Acquire(ctx context.Context, operators []string) (leases []journal.Lease, err error) {
	err = e.change(ctx, func(ctx context.Context, t pgx.Tx) error {
		made, err := makeStreams(ctx, t, operators)
		if err != nil {
			return err
		}
		ended, err := collect(ctx, t, stmt(silent, operators, e.me().id), pgx.RowTo[string])
		if err != nil {
			return err
		}
		free, err := collect(ctx, t, stmt(takeStreams, operators, e.me().id, ended), func(row pgx.CollectableRow) (l journal.Lease, err error) {
			var over float64
			err = row.Scan(&l.Operator, &l.Stream, &l.Epoch, &l.From, &over)
			if l.From != "" {
				l.Silent = e.lease + time.Duration(over*float64(time.Second))
			}
			l.New = slices.Contains(made, l.Operator)
			return l, err
		})
		if err == nil {
			leases, err = e.extend(ctx, t, free)
		}
		return err
	})
	return leases, err
}

// makeStreams gives streams to the operators that have none, and returns them.
func makeStreams(ctx context.Context, t pgx.Tx, operators []string) (made []string, err error) {
	var known int
	err = t.QueryRow(ctx, `SELECT count(*) FROM streams WHERE operator = ANY($1)`, operators).Scan(&known)
	if err != nil || known == len(operators) {
		return nil, err
	}
	if _, err := t.Exec(ctx, lockStreams); err != nil {
		return nil, err
	}
	return collect(ctx, t, stmt(newStreams, operators), pgx.RowTo[string])
}

// Renew returns the leases that still hold; it connects again if a write
// failed, and begins anew when another gateway has taken over.
func (e *Engine) Renew(ctx context.Context, leases []journal.Lease) (held []journal.Lease, err error) {
	renew := func(ctx context.Context, t pgx.Tx) (err error) {
		if err := e.look(ctx, t); err != nil {
			return err
		}
		held, err = e.extend(ctx, t, leases)
		return err
	}
	err = e.change(ctx, renew)
	if errors.Is(err, journal.ErrFenced) {
		e.bear(e.me().name)
		err = e.change(ctx, renew)
	}
	return held, err
}

// extend renews leases and returns those that still hold.
func (e *Engine) extend(ctx context.Context, t pgx.Tx, leases []journal.Lease) ([]journal.Lease, error) {
	until := time.Now().Add(e.lease - min(leaseMargin, e.lease/4))
	var ids, epochs, last []int64
	for _, l := range leases {
		ids, epochs = append(ids, int64(l.Stream)), append(epochs, int64(l.Epoch))
		last = append(last, int64(e.highest[l.Stream].Seq()))
	}
	ends := map[journal.Stream]uint64{}
	_, err := collect(ctx, t, stmt(extend, ids, epochs, last, e.me().id, e.lease.Seconds()), func(row pgx.CollectableRow) (s journal.Stream, err error) {
		var seq uint64
		err = row.Scan(&s, &seq)
		ends[s] = seq
		return s, err
	})
	var held []journal.Lease
	for _, l := range leases {
		if seq, holds := ends[l.Stream]; holds {
			l.Last, l.Until = journal.At(l.Stream, seq), until
			held = append(held, l)
		}
	}
	return held, err
}

// Release lets others take the streams at once.
func (e *Engine) Release(ctx context.Context, leases []journal.Lease) error {
	if len(leases) == 0 {
		return nil
	}
	var ids []int64
	for _, l := range leases {
		ids = append(ids, int64(l.Stream))
	}
	err := e.change(ctx, func(ctx context.Context, t pgx.Tx) error {
		_, err := t.Exec(ctx, release, ids, e.me().id)
		return err
	})
	if errors.Is(err, journal.ErrFenced) {
		return nil // another one has them
	}
	return err
}

// change runs do, as a member, in one transaction on the writer's connection, which is not
// used again when that failed.
func (e *Engine) change(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	conn, err := e.writer(ctx)
	if err != nil {
		return fmt.Errorf("connect to the journal's database: %w", err)
	}
	err = e.surely(func() error {
		return within(ctx, conn, func(t pgx.Tx) error {
			if err := e.enter(ctx, t); err != nil {
				return err
			}
			return do(ctx, t)
		})
	})
	if err != nil {
		// Its own complaint would say the same again.
		_ = e.disconnect()
		return err
	}
	m := e.me()
	m.joined = true
	e.member.Store(&m)
	return nil
}
