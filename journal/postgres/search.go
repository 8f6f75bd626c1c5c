package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dlrgate/dlrgate/journal"
)

// trimEvery is between looks for days of which no receipt is left.
const trimEvery = 10 * time.Second

// index is the search projection: a table a day, so that old days go by DROP.
// It keeps hashes of the terms; that two terms have the same is as good as
// never, and the journal looks at each receipt that is found.
type index struct {
	read *pgxpool.Pool
	me   func() member

	mu      sync.Mutex
	trimmed time.Time
}

// term is what the projection keeps of a term.
func term(kind, key string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind + "\x00" + key))
	return int64(h.Sum64())
}

// Indexed returns how far the days cover the stream without a gap.
func (x *index) Indexed(ctx context.Context, first journal.Position) (journal.Position, error) {
	type coverage struct{ after, upto journal.Position }
	q := stmt(`SELECT after_position, upto_position FROM search_covered WHERE stream = $1`, first.Stream())
	days, err := collect(ctx, x.read, q, func(row pgx.CollectableRow) (c coverage, err error) {
		return c, row.Scan(&c.after, &c.upto)
	})
	upto := first
	if first.Seq() > 0 {
		upto--
	}
	for grew := true; grew; {
		grew = false
		for _, c := range days {
			if c.after <= upto && c.upto > upto {
				upto, grew = c.upto, true
			}
		}
	}
	return upto, err
}

// coverSQL joins what is added to what its day covers already, if they meet;
// else what was covered stays, but is not claimed any more.
const coverSQL = `
INSERT INTO search_covered AS c (day, stream, after_position, upto_position) VALUES ($1,$2,$3,$4)
ON CONFLICT (day, stream) DO UPDATE SET
	after_position = CASE WHEN $4 < c.after_position OR $3 > c.upto_position THEN $3 ELSE least(c.after_position, $3) END,
	upto_position = CASE WHEN $4 < c.after_position OR $3 > c.upto_position THEN $4 ELSE greatest(c.upto_position, $4) END`

// Add stores the rows in the table of their day.
func (x *index) Add(ctx context.Context, b journal.IndexBatch) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	day := b.At.UTC().Truncate(24 * time.Hour)
	table := pgx.Identifier{"search_terms_" + day.Format("20060102")}
	err := x.add(ctx, table, b)
	var missing *pgconn.PgError
	if errors.As(err, &missing) && missing.Code == stateNoTable {
		if err = x.makeDay(ctx, table, day); err == nil {
			err = x.add(ctx, table, b)
		}
	}
	if err != nil {
		return fmt.Errorf("search table %s: %w", table.Sanitize(), err)
	}
	return nil
}

// stateNoTable: SQLSTATE undefined_table.
const stateNoTable = "42P01"

func (x *index) makeDay(ctx context.Context, table pgx.Identifier, day time.Time) error {
	_, err := x.read.Exec(ctx, `CREATE UNLOGGED TABLE IF NOT EXISTS `+table.Sanitize()+
		` PARTITION OF search_terms FOR VALUES IN ('`+day.Format(time.DateOnly)+`')`)
	return err
}

// change runs do in one transaction, while the process is a member. The look at that
// comes last: whoever takes over waits for no more than the commit.
func (x *index) change(ctx context.Context, do func(pgx.Tx) error) error {
	id := x.me().id
	return pgx.BeginFunc(ctx, x.read, func(t pgx.Tx) error {
		if err := do(t); err != nil {
			return err
		}
		return isPresent(ctx, t, id)
	})
}

func (x *index) add(ctx context.Context, table pgx.Identifier, b journal.IndexBatch) error {
	day := b.At.UTC().Truncate(24 * time.Hour)
	return x.change(ctx, func(t pgx.Tx) error {
		// Lost together with its rows it is filled again; nobody waits for a sync.
		if _, err := t.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		rows := pgx.CopyFromSlice(len(b.Rows), func(i int) ([]any, error) {
			r := b.Rows[i]
			return []any{day, term(r.Kind, r.Key), int64(r.Position)}, nil
		})
		if _, err := t.CopyFrom(ctx, table, []string{"day", "term", "position"}, rows); err != nil {
			return err
		}
		_, err := t.Exec(ctx, coverSQL, day, b.Upto.Stream(), int64(b.After), int64(b.Upto))
		return err
	})
}

// Find looks through all days.
func (x *index) Find(ctx context.Context, q journal.IndexQuery) ([]journal.Position, error) {
	terms := make([]int64, len(q.Keys))
	for i, key := range q.Keys {
		terms[i] = term(q.Kind, key)
	}
	// The newest of each key by its index, then the newest of all.
	return collect(ctx, x.read, stmt(`SELECT DISTINCT found.position FROM unnest($1::bigint[]) AS wanted (term), LATERAL
		(SELECT position FROM search_terms s WHERE s.term = wanted.term AND s.position > $2 AND s.position <= $3
			ORDER BY s.position DESC LIMIT $4) AS found ORDER BY 1 DESC LIMIT $4`,
		terms, int64(q.After), int64(q.Upto), q.Limit), pgx.RowTo[journal.Position])
}

// Trim drops the days of which the log keeps no receipt, of any gateway's
// streams.
func (x *index) Trim(ctx context.Context, _ map[journal.Stream]journal.Position) error {
	x.mu.Lock()
	due := time.Since(x.trimmed) >= trimEvery
	if due {
		x.trimmed = time.Now()
	}
	x.mu.Unlock()
	if !due {
		return nil
	}
	days, err := collect(ctx, x.read, stmt(`SELECT day FROM search_covered WHERE day < (SELECT max(day) FROM search_covered)
		GROUP BY day HAVING NOT bool_or(EXISTS (SELECT 1 FROM log WHERE position > stream::bigint << 40 AND position <= upto_position))`),
		pgx.RowTo[time.Time])
	for _, day := range days {
		err = errors.Join(err, x.drop(ctx, day))
	}
	return err
}

func (x *index) drop(ctx context.Context, day time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return x.change(ctx, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, `DROP TABLE IF EXISTS `+pgx.Identifier{"search_terms_" + day.Format("20060102")}.Sanitize()); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `DELETE FROM search_covered WHERE day = $1`, day)
		return err
	})
}
