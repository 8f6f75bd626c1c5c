package forward

import (
	"context"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

const (
	refusedTries = 2 // of an event, while others are taken; then it is parked
	failedProbes = 3 // of an event; then it is parked
)

// The classes of what was not delivered.
const (
	classRefused     = "refused"
	classUnreachable = "unreachable"
)

// Classes returns the classes of parked and dead deliveries, for the labels of
// metrics.
func Classes() []string { return []string{classRefused, classUnreachable} }

// finish decides what becomes of a job that a worker ended.
func (d *dispatcher) finish(ctx context.Context, j *job) {
	d.inflight--
	if j.lane != live {
		d.laneJobs--
	}
	if j.probe {
		d.probes--
		j.probe = false
	}
	d.note(j)
	if d.state.dirty {
		d.report.journal(d.keep(ctx))
	}
	switch j.lane {
	case parkedLane:
		d.parked.finish(ctx, d, j)
	case replayLane:
		d.replays.finish(d, j)
	case live:
		d.settle(j)
	}
	d.stale = true
}

// note tells breaker, observer and journal of each answer.
func (d *dispatcher) note(j *job) {
	wasOpen, wasFailing := d.breaker.open(), d.breaker.failing()
	for _, a := range j.posts {
		if a.cut {
			continue
		}
		d.obs.Attempt(a.outcome.String(), a.took)
		d.report.attempt(a.answer)
		if a.outcome == taken {
			d.breaker.taken()
			d.state.gone = goneRun{}
			continue
		}
		d.tell(j, a)
		d.seenGone(a.answer)
	}
	if p := j.firstFailed(); p != nil && (j.lane != parkedLane || d.breaker.open()) && !d.ownRefusal(j, p.answer) {
		d.breaker.failed(p.ds[0].entry.Message, p.answer)
	}
	if d.breaker.failing() && !wasFailing {
		d.failingSince = d.target.wall().UTC()
	}
	d.breakerChanged(wasOpen, "endpoint is up again")
}

// tell tells the journal of a failed attempt. It is held for what is parked or
// dead, and for the rest once it is.
func (d *dispatcher) tell(j *job, a posted) {
	x := journal.Attempt{
		Endpoint: d.o.Name, Position: a.first.entry.Position, ID: a.first.id,
		At: d.target.wall().UTC(), Took: a.took, Status: a.status, Error: a.reason, Answer: a.body,
		Held: j.lane == parkedLane || j.lane == replayLane && j.replay.Dead != nil,
	}
	d.log.RecordAttempt(x)
	if x.Held {
		return
	}
	if len(j.told) == journal.KeptFirst+journal.KeptLast {
		j.told = slices.Delete(j.told, journal.KeptFirst, journal.KeptFirst+1)
	}
	j.told = append(j.told, x)
}

// hold has the attempts of deliveries kept that are being parked or given up.
func (d *dispatcher) hold(j *job, ds []*delivery) {
	for _, x := range j.told {
		if slices.ContainsFunc(ds, func(y *delivery) bool { return y.entry.Position == x.Position && !y.erased }) {
			x.Held = true
			d.log.RecordAttempt(x)
		}
	}
}

// breakerChanged tells of it when the breaker opened, or closed and why.
func (d *dispatcher) breakerChanged(wasOpen bool, why string) {
	open := d.breaker.open()
	if open == wasOpen {
		return
	}
	d.obs.Breaker(open)
	d.report.breaker(open, why, time.Now())
	if !open {
		d.retries.allDue(time.Now())
	}
	d.publishNext()
}

// settle deals with each part of a live job.
func (d *dispatcher) settle(j *job) {
	for _, p := range j.parts {
		if p.unsent {
			for _, x := range p.ds {
				d.queue.giveBack(x)
			}
		}
	}
	for _, p := range j.parts {
		switch {
		case p.unsent:
		case p.outcome == taken:
			d.take(p.ds)
		default:
			d.failed(j.of(p.ds, len(j.parts)), p.answer)
		}
	}
}

// of returns the job of a part: the same job when it is the only one.
func (j *job) of(ds []*delivery, parts int) *job {
	if parts == 1 {
		return j
	}
	part := *j
	part.ds, part.posts, part.parts, part.told = ds, nil, nil, slices.Clone(j.told)
	return &part
}

func (d *dispatcher) take(ds []*delivery) {
	d.taken += uint64(len(ds))
	for _, x := range ds {
		if x.doubt {
			d.parked.gone = append(d.parked.gone, x.entry.Position)
		}
		d.queue.finish(x)
	}
}

// failed charges a live job for a failed try, and parks it or lets it wait.
func (d *dispatcher) failed(j *job, a answer) {
	if a.away { // if it stays ours; else its stream is left soon
		j.due = time.Now().Add(tick)
		d.retries.add(j)
		return
	}
	if a.cut { // we are stopping; the next run sends it
		return
	}
	switch v := d.charge(j, a); {
	case v == again:
		j.due = time.Now().Add(d.breaker.wait(a.retryAfter, j.attempts-1))
		d.retries.add(j)
	case v == atFault && len(j.ds) > 1:
		d.split(j)
	case v == atFault:
		d.park(j, a, classUnreachable)
	case v == unwanted:
		d.park(j, a, classRefused)
	}
}

// verdict says whose fault a failure is.
type verdict uint8

const (
	again    verdict = iota // the endpoint's, or not known yet
	unwanted                // the event's: it was refused while others were taken
	atFault                 // the event's: it fails where others pass, or failed as a probe
)

// othersPass tells whether anything was taken since the try before this one.
func (d *dispatcher) othersPass(j *job) bool { return d.taken > j.takenBefore }

// ownRefusal tells that a refusal is the event's own: it was refused before, and
// others were taken since. Many of them in a row, as when their second tries
// come together, say nothing of the endpoint.
func (d *dispatcher) ownRefusal(j *job, a answer) bool {
	return a.outcome == refused && j.attempts > 0 && d.othersPass(j)
}

// charge counts a failed try of a job and judges it. Nobody is charged while
// nothing passes, but the probes of an open breaker; nor for what nobody looked at.
func (d *dispatcher) charge(j *job, a answer) verdict {
	othersPass := d.othersPass(j)
	switch {
	case a.unseen:
	case a.outcome == refused && (j.attempts == 0 || othersPass):
		j.tries++
	case j.probedOpen, j.attempts > 0 && othersPass:
		j.fails++
	}
	j.attempts++
	switch {
	case j.tries >= refusedTries:
		return unwanted
	case j.fails >= failedProbes:
		return atFault
	}
	return again
}

// split halves a batch that fails while others are taken, to find out which of
// its events is at fault; each half has one try before it is split again.
func (d *dispatcher) split(j *job) {
	left, right, together := cut(j.ds)
	d.retries.add(d.half(j, left))
	if !together {
		d.retries.add(d.half(j, right))
		return
	}
	for _, x := range right {
		d.queue.giveBack(x)
	}
}

func (d *dispatcher) half(j *job, ds []*delivery) *job {
	half := j.of(ds, 2)
	half.fails--
	half.attempts = 1
	half.due = time.Now().Add(d.breaker.backoff(0))
	return half
}
