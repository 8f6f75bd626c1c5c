package sqlite

import (
	"context"
	"encoding/json"

	"github.com/dlrgate/dlrgate/journal"
)

func (t *tx) attempts(ctx context.Context, b *journal.Batch) error {
	endpoints, held := map[string]bool{}, map[journal.Delivered]bool{}
	for _, a := range b.Attempts {
		endpoints[a.Endpoint] = true
		if a.Held {
			held[journal.Delivered{Endpoint: a.Endpoint, Position: a.Position}] = true
		}
		if _, err := t.w.exec(ctx, `INSERT OR REPLACE INTO attempts
			(endpoint, at, position, id, took, status, error, answer, held)
			SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM log WHERE position = ?3)`, // not of what was erased meanwhile
			a.Endpoint, micros(a.At), int64(a.Position), a.ID, a.Took.Microseconds(), a.Status, a.Error, blob(a.Answer), a.Held); err != nil {
			return err
		}
	}
	for endpoint := range endpoints {
		if _, err := t.w.exec(ctx, `DELETE FROM attempts WHERE endpoint = ?1 AND NOT held AND at <
			(SELECT at FROM attempts WHERE endpoint = ?1 AND NOT held ORDER BY at DESC LIMIT 1 OFFSET ?2)`,
			endpoint, journal.KeptAttempts-1); err != nil {
			return err
		}
	}
	for d := range held {
		if _, err := t.w.exec(ctx, `DELETE FROM attempts WHERE position = ?1 AND endpoint = ?2 AND held
			AND at > (SELECT at FROM attempts WHERE position = ?1 AND endpoint = ?2 AND held ORDER BY at LIMIT 1 OFFSET ?3)
			AND at < (SELECT at FROM attempts WHERE position = ?1 AND endpoint = ?2 AND held ORDER BY at DESC LIMIT 1 OFFSET ?4)`,
			int64(d.Position), d.Endpoint, journal.KeptFirst-1, journal.KeptLast-1); err != nil {
			return err
		}
	}
	return nil
}

// letGo removes the held attempts of what is parked or dead no more. It comes
// before the dead letters are dropped.
func (t *tx) letGo(ctx context.Context, b *journal.Batch) error {
	for _, d := range b.Unparked {
		if _, err := t.w.exec(ctx, `DELETE FROM attempts WHERE position = ? AND endpoint = ? AND held`, int64(d.Position), d.Endpoint); err != nil {
			return err
		}
	}
	if len(b.DropDead) == 0 {
		return nil
	}
	stay := []int64{}
	for _, d := range b.Dead {
		stay = append(stay, int64(d.From))
	}
	raw, err := json.Marshal(stay)
	if err != nil {
		return err
	}
	for _, id := range b.DropDead {
		if _, err := t.w.exec(ctx, `DELETE FROM attempts WHERE (endpoint, at, position) IN (
			SELECT a.endpoint, a.at, a.position FROM dead d CROSS JOIN attempts a
			ON a.position BETWEEN d.from_position AND d.to_position AND a.endpoint = d.endpoint
			WHERE d.id = ?1 AND a.held AND a.position NOT IN (SELECT value FROM json_each(?2))
			AND NOT EXISTS (SELECT 1 FROM dead o WHERE o.endpoint = a.endpoint AND o.from_position = a.position AND o.id <> d.id))`,
			id, string(raw)); err != nil {
			return err
		}
	}
	return nil
}
