package postgres

import "github.com/dlrgate/dlrgate/journal"

func (c *changes) attempts(b *journal.Batch) {
	endpoints, held := map[string]bool{}, map[journal.Delivered]bool{}
	for _, a := range b.Attempts {
		endpoints[a.Endpoint] = true
		if a.Held {
			held[journal.Delivered{Endpoint: a.Endpoint, Position: a.Position}] = true
		}
		c.Queue(`INSERT INTO attempts (endpoint, at, position, id, took, status, error, answer, held)
			SELECT $1::text, $2::bigint, $3::bigint, $4::bytea, $5::bigint, $6::integer, $7::text, $8::bytea, $9::boolean
			WHERE EXISTS (SELECT 1 FROM log WHERE position = $3) -- not of what was erased meanwhile
			ON CONFLICT (endpoint, at, position) DO UPDATE SET id = excluded.id,
			took = excluded.took, status = excluded.status, error = excluded.error, answer = excluded.answer, held = excluded.held`,
			a.Endpoint, micros(a.At), int64(a.Position), []byte(a.ID), a.Took.Microseconds(), a.Status, a.Error, blob(a.Answer), a.Held)
	}
	for endpoint := range endpoints {
		c.Queue(`DELETE FROM attempts WHERE endpoint = $1 AND NOT held AND at <
			(SELECT at FROM attempts WHERE endpoint = $1 AND NOT held ORDER BY at DESC LIMIT 1 OFFSET $2)`, endpoint, journal.KeptAttempts-1)
	}
	for d := range held {
		c.Queue(`DELETE FROM attempts WHERE position = $1 AND endpoint = $2 AND held
			AND at > (SELECT at FROM attempts WHERE position = $1 AND endpoint = $2 AND held ORDER BY at LIMIT 1 OFFSET $3)
			AND at < (SELECT at FROM attempts WHERE position = $1 AND endpoint = $2 AND held ORDER BY at DESC LIMIT 1 OFFSET $4)`,
			int64(d.Position), d.Endpoint, journal.KeptFirst-1, journal.KeptLast-1)
	}
}

// letGo queues the removal of the held attempts of what is parked or dead no more.
// It comes before the dead letters are dropped.
func (c *changes) letGo(b *journal.Batch) {
	for _, d := range b.Unparked {
		c.Queue(`DELETE FROM attempts WHERE position = $1 AND endpoint = $2 AND held`, int64(d.Position), d.Endpoint)
	}
	if len(b.DropDead) == 0 {
		return
	}
	stay := []int64{}
	for _, d := range b.Dead {
		stay = append(stay, int64(d.From))
	}
	c.Queue(`DELETE FROM attempts a USING dead d WHERE d.id = ANY($1) AND a.endpoint = d.endpoint
		AND a.position BETWEEN d.from_position AND d.to_position AND a.held AND a.position <> ALL($2)
		AND NOT EXISTS (SELECT 1 FROM dead o WHERE o.endpoint = a.endpoint AND o.from_position = a.position AND o.id <> d.id)`,
		b.DropDead, stay)
}
