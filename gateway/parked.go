package gateway

import (
	"context"

	"github.com/dlrgate/dlrgate/admin"
)

// Parked lists what waits for a later try at an endpoint, oldest first.
func (d desk) Parked(ctx context.Context, name string, limit int) ([]admin.Parked, error) {
	rows, err := d.g.journal.ListParked(ctx, name, limit)
	if err != nil {
		return nil, known(err)
	}
	all := make([]admin.Parked, len(rows))
	for i, p := range rows {
		all[i] = admin.Parked{
			ReceiptID: p.ID, Class: p.Class, Since: utc(p.Since), NextTry: utc(p.NextTry), Tries: p.Tries, LastError: p.LastError,
		}
	}
	return all, nil
}

// RetryParked tries all that is parked at an endpoint now.
func (d desk) RetryParked(ctx context.Context, name string) (int, error) {
	e, err := d.endpoint(name)
	if err != nil {
		return 0, err
	}
	n, err := e.RetryParked(ctx)
	return n, known(err)
}

// BuryParked makes dead letters of all that is parked at an endpoint.
func (d desk) BuryParked(ctx context.Context, name string) (int, error) {
	e, err := d.endpoint(name)
	if err != nil {
		return 0, err
	}
	n, err := e.BuryParked(ctx)
	return n, known(err)
}
