package forward

import (
	"context"
	"fmt"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// RetryParked makes all parked deliveries due, and says how many: they go out
// as soon as the breaker lets them.
func (e *Endpoint) RetryParked(ctx context.Context) (n int, err error) {
	err = e.doHere(ctx, func(d *dispatcher) error {
		rows, err := d.parked.idle(ctx, d)
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			rows[i].NextTry = d.state.now()
		}
		n, d.parked.look = len(rows), time.Time{}
		return d.log.Park(ctx, rows, nil)
	})
	return n, err
}

// BuryParked gives all parked deliveries up before their time, and says how
// many; dead letters can be retried and dropped.
func (e *Endpoint) BuryParked(ctx context.Context) (n int, err error) {
	err = e.doHere(ctx, func(d *dispatcher) error {
		rows, err := d.parked.idle(ctx, d)
		if err != nil {
			return err
		}
		for _, row := range rows {
			d.parked.dead = append(d.parked.dead, journal.Dead{
				Endpoint: d.o.Name, Class: row.Class, From: row.Position, To: row.Position, Count: 1,
				At: d.target.wall().UTC(), Reason: fmt.Sprintf("%s; given up by an administrator", row.LastError),
			})
			d.parked.busy[row.Position] = true
			d.parked.count[row.Class]--
		}
		d.parked.flush(ctx, d)
		n = len(rows) - len(d.parked.dead)
		defer d.publish()
		if n < len(rows) {
			return fmt.Errorf("%d of %d parked deliveries are not given up yet: the journal does not take them now", len(rows)-n, len(rows))
		}
		return nil
	})
	return n, err
}

// idle returns the parked deliveries that are not just being tried; those that
// were fetched and wait for a worker are among them.
func (p *parkedTries) idle(ctx context.Context, d *dispatcher) ([]journal.Parked, error) {
	p.flush(ctx, d)
	for _, row := range p.due {
		delete(p.busy, row.Position)
	}
	p.due = nil
	const everLater = 100 // years
	all, err := d.log.DueParked(ctx, d.o.Name, d.state.now().AddDate(everLater, 0, 0), p.total()+parkedBatch)
	var rows []journal.Parked
	for _, row := range all {
		if !p.busy[row.Position] {
			rows = append(rows, row)
		}
	}
	return rows, err
}
