package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/journal"
)

// Parked lists what waits for a later try at an endpoint, oldest first.
func (d desk) Parked(ctx context.Context, name string, limit int) ([]admin.Parked, error) {
	if err := d.knowsEndpoint(ctx, name); errors.Is(err, admin.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", admin.ErrInvalid, err)
	}
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

// takenAfter narrows down when a delivery was taken: not before an attempt of it,
// and not of a replay, that failed.
func takenAfter(x *journal.Delivery, e *journal.Entry, attempts []journal.Attempt) {
	for _, a := range attempts {
		if x.State != journal.StateTaken || a.Endpoint != x.Endpoint || a.ID != e.ID || !a.At.After(x.After) {
			continue
		}
		x.After = a.At
		if x.Until.Before(x.After) { // the cursor had passed it before: when it was taken is not known
			x.Until = time.Time{}
		}
	}
}
