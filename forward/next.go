package forward

import (
	"context"
	"time"
)

// next chooses what to send now, or returns nil and has set when to look again.
// Live events come first, then parked ones, then replays.
func (d *dispatcher) next(ctx context.Context, now time.Time) *job {
	if d.state.Disabled || d.state.paused() || d.expired != nil {
		return nil
	}
	if wait := d.limited(now); wait > 0 {
		d.wakeAt(now.Add(wait))
		return nil
	}
	var j *job
	if d.breaker.probing() {
		j = d.nextProbe(ctx, now)
	} else {
		j = d.nextJob(ctx, now)
	}
	if j != nil {
		d.limit.ReserveN(now, len(j.ds)) // a batch that is tried again may overdraw; the next one waits
	}
	return j
}

// limited returns how long the rate limit wants us to wait for one more event,
// or for a whole batch if one is ready.
func (d *dispatcher) limited(now time.Time) time.Duration {
	r := d.limit.ReserveN(now, max(1, d.queue.readyUpTo(d.o.BatchEvents)))
	defer r.CancelAt(now)
	return r.DelayFrom(now)
}

// nextJob chooses while the endpoint works.
func (d *dispatcher) nextJob(ctx context.Context, now time.Time) *job {
	if j := d.dueRetry(now); j != nil {
		return j
	}
	if j := d.fresh(now); j != nil {
		return j
	}
	if d.laneJobs >= max(1, d.o.Concurrency/2) {
		return nil // never so many that a live event waits for them
	}
	if j := d.parked.next(ctx, d, now); j != nil {
		return j
	}
	return d.replays.next(ctx, d, now)
}

// nextProbe chooses while the endpoint fails: one at a time, a message that was
// not tried before if there is one, then the one whose last try is longest ago.
func (d *dispatcher) nextProbe(ctx context.Context, now time.Time) *job {
	if d.probes > 0 {
		return nil
	}
	at := d.breaker.tryAt(true)
	if now.Before(at) {
		d.wakeAt(at)
		return nil
	}
	j := d.cutJob()
	if j == nil {
		if at = d.breaker.tryAt(false); now.Before(at) {
			d.wakeAt(at)
			return nil
		}
		j = d.anyJob(ctx, now)
	}
	if j != nil {
		j.probe = true
	}
	return j
}

func (d *dispatcher) anyJob(ctx context.Context, now time.Time) *job {
	if j := d.popRetry(); j != nil {
		return j
	}
	if j := d.parked.next(ctx, d, now); j != nil {
		return j
	}
	return d.replays.next(ctx, d, now)
}

// dueRetry returns a job whose wait is over.
func (d *dispatcher) dueRetry(now time.Time) *job {
	for len(d.retries) > 0 {
		if due := d.retries[0].due; now.Before(due) {
			d.wakeAt(due)
			return nil
		}
		if j := d.popRetry(); j != nil {
			return j
		}
	}
	return nil
}

// popRetry returns the soonest job that still has something to send.
func (d *dispatcher) popRetry() *job {
	for len(d.retries) > 0 {
		j := d.retries.pop()
		kept := j.ds[:0]
		for _, x := range j.ds {
			if x.erased && !x.done {
				d.queue.finish(x)
			}
			if !x.done { // else given up meanwhile
				kept = append(kept, x)
			}
		}
		if j.ds = kept; len(kept) > 0 {
			return j
		}
	}
	return nil
}

// fresh cuts a new job. A batch that is not full waits for max_wait, but never
// while there is more in the log.
func (d *dispatcher) fresh(now time.Time) *job {
	n := d.o.BatchEvents
	if n > 1 && d.o.BatchWait > 0 && !d.behind {
		switch ready := d.queue.readyUpTo(n); {
		case ready == 0:
			d.filling = time.Time{}
			return nil
		case ready < n && d.filling.IsZero():
			d.filling = now
			d.wakeAt(now.Add(d.o.BatchWait))
			return nil
		case ready < n && now.Before(d.filling.Add(d.o.BatchWait)):
			d.wakeAt(d.filling.Add(d.o.BatchWait))
			return nil
		}
	}
	return d.cutJob()
}

func (d *dispatcher) cutJob() *job {
	d.filling = time.Time{}
	if ds := d.queue.take(max(1, d.o.BatchEvents), batchBytes); len(ds) > 0 {
		return &job{ds: ds}
	}
	return nil
}
