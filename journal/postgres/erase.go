package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal"
)

// erase queues the removal of single entries with what is known of them. The
// server's VACUUM clears their octets, a pg_dump made later has none of them.
func (c *changes) erase(b *journal.Batch) {
	overhead := (&journal.Entry{}).Size()
	for _, p := range b.Erase {
		at := int64(p)
		c.Queue(`DELETE FROM parked WHERE position = $1`, at)
		c.Queue(`DELETE FROM dead WHERE from_position = $1 AND to_position = $1`, at)
		c.Queue(`DELETE FROM attempts WHERE position = $1`, at)
		c.Queue(`DELETE FROM replays WHERE id IN (SELECT id FROM log WHERE position = $1)`, at)
		c.Queue(`DELETE FROM state WHERE kind IN (SELECT $2 || encode(id, 'escape') FROM log WHERE position = $1)`, at, journal.HistoryPrefix)
		c.Queue(`WITH gone AS (DELETE FROM log WHERE position = $1
			RETURNING octet_length(id) + octet_length(raw) + octet_length(meta) + octet_length(event) + $2::bigint AS n)
			UPDATE streams SET octets = octets - (SELECT coalesce(sum(n), 0) FROM gone) WHERE id = $3`,
			at, overhead, p.Stream())
	}
}

// Remove forgets rows; the projection holds only hashes of their keys.
func (x *index) Remove(ctx context.Context, rows []journal.IndexRow) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var b pgx.Batch
	for _, r := range rows {
		b.Queue(`DELETE FROM search_terms WHERE term = $1 AND position = $2`, term(r.Kind, r.Key), int64(r.Position))
	}
	return x.change(ctx, func(t pgx.Tx) error { return t.SendBatch(ctx, &b).Close() })
}
