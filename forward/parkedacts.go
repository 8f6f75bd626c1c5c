package forward

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// actRows is how many parked deliveries an act changes in one transaction: all
// of them in one would hold up the commits of receipts.
const actRows = 256

// RetryParked makes all parked deliveries due, and says how many: they go out
// as soon as the breaker lets them.
func (e *Endpoint) RetryParked(ctx context.Context) (n int, err error) {
	err = e.doHere(ctx, func(d *dispatcher) error {
		rows, err := d.parked.idle(ctx, d)
		if err != nil {
			return err
		}
		d.parked.look = time.Time{}
		for i := range rows {
			rows[i].NextTry = d.state.now()
		}
		for some := range slices.Chunk(rows, actRows) {
			if err := d.log.Park(ctx, some, nil); err != nil {
				return err
			}
			n += len(some)
		}
		return nil
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
		for some := range slices.Chunk(rows, actRows) {
			d.parked.bury(ctx, d, some)
			if left := len(d.parked.dead); left > 0 {
				n += len(some) - left
				return fmt.Errorf("%d of %d parked deliveries are not given up yet: the journal does not take them now", len(rows)-n, len(rows))
			}
			n += len(some)
		}
		return nil
	})
	return n, err
}

// bury gives parked deliveries up.
func (p *parkedTries) bury(ctx context.Context, d *dispatcher, rows []journal.Parked) {
	for _, row := range rows {
		p.dead = append(p.dead, journal.Dead{
			Endpoint: d.o.Name, Class: row.Class, From: row.Position, To: row.Position, Count: 1,
			At: d.target.wall().UTC(), Reason: fmt.Sprintf("%s; given up by an administrator", row.LastError),
		})
		p.busy[row.Position] = true
		p.count[row.Class]--
	}
	p.flush(ctx, d)
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
