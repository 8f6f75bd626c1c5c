package forward

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal"
)

// parking is a live delivery that waits for its row.
type parking struct {
	*job
	row journal.Parked
}

// park has the deliveries written as parked with the next flush.
func (d *dispatcher) park(j *job, a answer, class string) {
	now, wasOpen := d.state.now(), d.breaker.open()
	d.hold(j, j.ds)
	for _, x := range j.ds {
		if x.done { // its stream was lost
			continue
		}
		d.toPark = append(d.toPark, parking{job: j.of([]*delivery{x}, len(j.ds)), row: journal.Parked{
			Endpoint: d.o.Name, Position: x.entry.Position, ID: x.id,
			Since: now, NextTry: now.Add(d.parkWait(0)), Class: class, LastError: a.reason,
		}})
		d.breaker.gaveUpOn(x.entry.Message)
	}
	d.breakerChanged(wasOpen, "the one receipt that failed is parked, the endpoint is tried with others")
}

// flush writes what is parked, with the cursors that pass it, in one
// transaction. What could not be written is tried again as a delivery.
func (d *dispatcher) flush(ctx context.Context) {
	d.parked.flush(ctx, d)
	if len(d.toPark) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	rows := make([]journal.Parked, len(d.toPark))
	done := make(map[*delivery]bool, len(d.toPark))
	for i, p := range d.toPark {
		rows[i] = p.row
		done[p.ds[0]] = true
	}
	faultpoint.Here(faultpoint.BeforePark)
	err := d.log.Park(ctx, rows, d.passing(done))
	faultpoint.Here(faultpoint.AfterPark)
	d.report.journal(err)
	for _, p := range d.toPark {
		if err != nil {
			p.due, p.ds[0].doubt = time.Now().Add(tick), true
			d.retries.add(p.job)
			continue
		}
		d.parked.added(p.row)
		d.queue.finish(p.ds[0])
		d.zap.Debug("receipt parked", zap.String("id", p.row.ID), zap.String("class", p.row.Class), zap.String("reason", p.row.LastError))
	}
	d.toPark = d.toPark[:0]
}

// passing returns the cursors that move when these deliveries are finished.
func (d *dispatcher) passing(done map[*delivery]bool) []journal.Cursor {
	var out []journal.Cursor
	for _, s := range d.queue.streams {
		if p := s.lowAfter(done); p.Seq() > s.low {
			out = append(out, journal.Cursor{Endpoint: d.o.Name, Position: p})
		}
	}
	return out
}
