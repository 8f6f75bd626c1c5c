package forward

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// parkedBatch is how many parked deliveries are fetched at once, and how many
// results may wait to be written.
const parkedBatch = 64

// parkedTries sends parked deliveries again when they are due.
type parkedTries struct {
	count map[string]int // by class
	due   []journal.Parked
	busy  map[journal.Position]bool // fetched and not yet written
	look  time.Time                 // when to ask the journal again
	// recount is when count is to be asked of the journal: what of a write that
	// failed was written, and what was erased meanwhile, is known there alone.
	recount time.Time

	gone  []journal.Position // no longer stored
	done  []journal.Taken
	again []journal.Parked
	dead  []journal.Dead
}

func loadParked(ctx context.Context, e *Endpoint) (*parkedTries, error) {
	counts, err := e.log.Counts(ctx, e.o.Name)
	if err != nil {
		return nil, err
	}
	p := &parkedTries{
		count: byClass(counts.Parked), busy: map[journal.Position]bool{}, recount: time.Now().Add(summaryEvery),
	}
	if !counts.LastTry.After(longestWait(e, time.Now())) {
		return p, nil
	}
	return p, recall(ctx, e, p.total()+parkedBatch)
}

// longestWait is when what is parked now is tried again at the latest.
func longestWait(e *Endpoint, now time.Time) time.Time {
	return now.Add(e.o.Retry.Max + e.o.Retry.Max/10)
}

// recall makes those of n parked deliveries due that wait for longer than any wait is: the
// clock was set back while we did not run.
func recall(ctx context.Context, e *Endpoint, n int) error {
	now := time.Now().UTC()
	longest := longestWait(e, now)
	rows, err := e.log.DueParked(ctx, e.o.Name, now.AddDate(100, 0, 0), n)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(row journal.Parked) bool { return !row.NextTry.After(longest) })
	for i := range rows {
		rows[i].NextTry = now
	}
	for some := range slices.Chunk(rows, actRows) {
		if err := e.log.Park(ctx, some, nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *parkedTries) total() int {
	sum := 0
	for _, n := range p.count {
		sum += n
	}
	return sum
}

func (p *parkedTries) added(row journal.Parked) { p.count[row.Class]++ }

// next returns a parked delivery whose time has come.
func (p *parkedTries) next(ctx context.Context, d *dispatcher, now time.Time) *job {
	if p.total() == 0 && len(p.due) == 0 || p.unwritten() >= parkedBatch {
		return nil
	}
	for len(p.due) > 0 || p.fetch(ctx, d, now) {
		row := p.due[0]
		p.due = p.due[1:]
		if !d.owns(row.Position) {
			delete(p.busy, row.Position)
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, logTimeout)
		e, err := d.log.Get(ctx, row.Position)
		cancel()
		if err != nil {
			if errors.Is(err, journal.ErrNotFound) {
				p.gone = append(p.gone, row.Position) // erased or pruned
				continue
			}
			delete(p.busy, row.Position)
			d.report.journal(err)
			return nil
		}
		return &job{lane: parkedLane, ds: []*delivery{{entry: e, id: e.ID, body: e.Event, parked: &row}}}
	}
	return nil
}

// forgetFetched drops what was fetched and not started. Nothing may be running.
func (p *parkedTries) forgetFetched() {
	p.due, p.busy = nil, map[journal.Position]bool{}
}

// leave forgets what is to be tried or written in a stream that another gateway
// has now. What was taken is still noted, so that that one does not send it.
func (p *parkedTries) leave(s journal.Stream) {
	gone := func(row journal.Parked) bool { return row.Position.Stream() == s }
	p.due, p.again = slices.DeleteFunc(p.due, gone), slices.DeleteFunc(p.again, gone)
	p.dead = slices.DeleteFunc(p.dead, func(x journal.Dead) bool { return x.From.Stream() == s })
	maps.DeleteFunc(p.busy, func(at journal.Position, _ bool) bool { return at.Stream() == s })
}

func (p *parkedTries) unwritten() int {
	return len(p.gone) + len(p.done) + len(p.again) + len(p.dead)
}

// fetch asks the journal, once a tick unless there is more, and says whether any
// are due.
func (p *parkedTries) fetch(ctx context.Context, d *dispatcher, now time.Time) bool {
	if now.Before(p.look) {
		d.wakeAt(p.look)
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	rows, err := d.log.DueParked(ctx, d.o.Name, d.state.now(), parkedBatch)
	d.report.journal(err)
	for _, row := range rows {
		if !p.busy[row.Position] {
			p.busy[row.Position] = true
			p.due = append(p.due, row)
		}
	}
	if len(rows) < parkedBatch || len(p.due) == 0 {
		p.look = now.Add(tick)
	}
	return len(p.due) > 0
}

// countAgain asks the journal how many there are, now and then, and soon after
// some were no longer stored. What is not written yet would be counted wrongly.
func (p *parkedTries) countAgain(ctx context.Context, d *dispatcher, now time.Time) {
	if !now.Before(p.recount) && p.unwritten() == 0 && !d.standby() {
		p.recount = now.Add(summaryEvery)
		d.recount(ctx)
	}
}

// finish notes what became of a parked delivery's try.
func (p *parkedTries) finish(ctx context.Context, d *dispatcher, j *job) {
	x, a := j.ds[0], j.parts[0].answer
	row := *x.parked
	switch {
	case a.outcome == taken:
		d.taken++
		p.done = append(p.done, journal.Taken{Position: row.Position, ID: x.id, At: d.target.wall().UTC()})
		p.count[row.Class]--
	case a.cut, !d.owns(row.Position):
		delete(p.busy, row.Position)
		return
	default:
		p.charge(d, row, a)
	}
	if p.unwritten() >= parkedBatch {
		p.flush(ctx, d)
	}
}

// charge lets a delivery that failed again wait longer, or gives it up.
func (p *parkedTries) charge(d *dispatcher, row journal.Parked, a answer) {
	if !a.unseen {
		row.Tries++
	}
	row.LastError = a.reason
	limit := d.o.Retry.GiveUpAfter
	if limit <= 0 || parkSpent(row.Tries, d.o.Retry.Max) < limit {
		row.NextTry = d.state.now().Add(d.parkWait(row.Tries))
		p.again = append(p.again, row)
		return
	}
	p.dead = append(p.dead, journal.Dead{
		Endpoint: d.o.Name, Class: row.Class, From: row.Position, To: row.Position, Count: 1,
		At: d.target.wall().UTC(), Reason: fmt.Sprintf("%s, %d tries after it was parked", a.reason, row.Tries),
	})
	p.count[row.Class]--
}

// flush writes what was noted; what cannot be written stays for the next flush.
func (p *parkedTries) flush(ctx context.Context, d *dispatcher) {
	if p.unwritten() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	if len(p.gone) > 0 && d.report.journal(d.log.Unpark(ctx, d.o.Name, p.gone)) {
		for _, at := range p.gone {
			delete(p.busy, at)
		}
		p.gone, p.recount = nil, time.Time{}
	}
	if len(p.done) > 0 && d.report.journal(d.log.Take(ctx, d.o.Name, p.done)) {
		for _, x := range p.done {
			delete(p.busy, x.Position)
		}
		p.done = nil
	}
	if len(p.again) > 0 && d.report.journal(d.log.Park(ctx, p.again, nil)) {
		for _, row := range p.again {
			delete(p.busy, row.Position)
		}
		p.again = nil
	}
	if len(p.dead) > 0 && d.report.journal(d.log.Bury(ctx, p.dead, nil)) {
		for _, dead := range p.dead {
			delete(p.busy, dead.From)
			d.obs.DeadLettered(dead.Class, 1)
			d.state.dead[dead.Class]++
			d.report.deadLettered++
		}
		p.dead = nil
	}
}

// parkWait is the wait after so many tries, with up to a tenth more as jitter. The
// last one ends when the delivery is to be given up.
func (d *dispatcher) parkWait(tries int) time.Duration {
	w := parkDelay(tries, d.o.Retry.Max)
	if limit := d.o.Retry.GiveUpAfter; limit > 0 {
		w = min(w, max(limit-parkSpent(tries, d.o.Retry.Max), tick))
	}
	return w + rand.N(w/10+1)
}
