package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/journal"
)

// replays are an endpoint's replays, one after the other.
type replays struct{ list []*replay }

func loadReplays(ctx context.Context, e *Endpoint) (*replays, error) {
	all, err := e.log.State(ctx, ReplayKind)
	if err != nil {
		return nil, err
	}
	rs := &replays{}
	for name, raw := range all {
		if !strings.HasPrefix(name, e.o.Name+"/") {
			continue
		}
		r := &replay{row: &row{kind: ReplayKind, name: name, stored: raw}}
		if err := json.Unmarshal(raw, r); err != nil {
			return nil, fmt.Errorf("stored replay %q: %w", name, err)
		}
		rs.list = append(rs.list, r)
	}
	slices.SortFunc(rs.list, func(a, b *replay) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return rs, nil
}

func (rs *replays) add(ctx context.Context, d *dispatcher, r *replay) error {
	if err := r.begin(ctx, d); err != nil {
		return err
	}
	if err := r.save(ctx, d.Endpoint); err != nil {
		return err
	}
	rs.list = append(rs.list, r)
	d.zap.Info("replay begins", zap.String("replay", r.ID))
	return nil
}

func (rs *replays) remove(ctx context.Context, d *dispatcher, r *replay) error {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	if err := r.row.put(ctx, d.log, nil); err != nil {
		return err
	}
	r.dropped, d.parked.recount = true, time.Time{}
	rs.list = slices.DeleteFunc(rs.list, func(x *replay) bool { return x == r })
	d.zap.Info("replay ended", zap.String("replay", r.ID), zap.Int("sent", r.Sent), zap.Int("failed", r.Failed))
	return nil
}

func (r *replay) save(ctx context.Context, e *Endpoint) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	r.savedAt = time.Now()
	return r.row.put(ctx, e.log, raw)
}

// leave forgets a replay that another gateway goes on with, or has ended.
func (rs *replays) leave(d *dispatcher, r *replay) {
	r.dropped = true
	rs.list = slices.DeleteFunc(rs.list, func(x *replay) bool { return x == r })
	d.zap.Info("replay is another gateway's now, or was ended there", zap.String("replay", r.ID))
}

// save keeps how far the replays are, so that a stop repeats nothing of them.
func (rs *replays) save(ctx context.Context, d *dispatcher) {
	for _, r := range rs.list {
		if len(r.Chunk) > 0 && r.loaded && !d.standby() {
			if err := r.save(ctx, d.Endpoint); !errors.Is(err, journal.ErrStale) { // else it goes on elsewhere
				d.report.journal(err)
			}
		}
	}
}

// tellWaiting says once that the replay waits for a stream.
func (r *replay) tellWaiting(d *dispatcher) {
	if !r.waits {
		r.waits = true
		d.zap.Warn("replay waits: it also chose receipts of an operator that is not configured, or that another gateway holds",
			zap.String("replay", r.ID), zap.String("do", "if it is to end, cancel it"))
	}
}

// next returns a job of the first replay that is not waiting for a stream. While another gateway owns the
// streams, the replays are its own to go on with.
func (rs *replays) next(ctx context.Context, d *dispatcher, now time.Time) *job {
	if len(d.queue.streams) == 0 {
		return nil
	}
	for i := 0; i < len(rs.list); {
		r := rs.list[i]
		j, done, err := r.next(ctx, d, now)
		if errors.Is(err, journal.ErrFenced) { // the others need not wait as well
			r.tellWaiting(d)
			i++
			continue
		}
		if errors.Is(err, journal.ErrStale) {
			rs.leave(d, r)
			continue
		}
		if errors.Is(err, ErrRules) {
			d.zap.Error("replay cannot go on", zap.String("replay", r.ID), zap.Error(err))
			done, err = true, nil
		}
		if !d.report.journal(err) {
			d.wakeAt(now.Add(tick))
			return nil
		}
		if !done {
			return j
		}
		err = rs.remove(ctx, d, r)
		if errors.Is(err, journal.ErrStale) {
			rs.leave(d, r)
			continue
		}
		if !d.report.journal(err) {
			return nil
		}
	}
	return nil
}

// finish notes what became of a replay's job.
func (rs *replays) finish(d *dispatcher, j *job) {
	r := j.replay
	r.running--
	if r.dropped {
		return
	}
	for _, p := range j.parts {
		switch {
		case p.cut && !p.away:
		case p.unsent, p.away:
			r.pending = append(slices.Clone(p.ds), r.pending...)
		case p.outcome == taken:
			d.taken += uint64(len(p.ds))
			r.end(p.ds, true)
		default:
			r.failed(d, j.of(p.ds, len(j.parts)), p.answer)
		}
	}
}

// failed lets a job wait for its next try. Of a batch that fails while others are
// taken the event at fault is looked for, and such an event is counted as failed.
func (r *replay) failed(d *dispatcher, j *job, a answer) {
	switch v := d.charge(j, a); {
	case v == again:
		j.due = time.Now().Add(d.breaker.wait(a.retryAfter, j.attempts-1))
		r.again.add(j)
	case len(j.ds) > 1:
		left, right, _ := cut(j.ds)
		r.again.add(d.half(j, left))
		r.again.add(d.half(j, right))
	default:
		class := classUnreachable
		if v == unwanted {
			class = classRefused
		}
		r.giveUp(j.ds, class, a.reason)
	}
}

// giveUp notes that these failed, and why.
func (r *replay) giveUp(ds []*delivery, class, reason string) {
	for _, x := range ds {
		c := &r.Chunk[x.item]
		c.Class, c.Reason = class, reason
	}
	r.end(ds, false)
}

// end notes that these were taken, or given up by the replay.
func (r *replay) end(ds []*delivery, ok bool) {
	for _, x := range ds {
		c := &r.Chunk[x.item]
		c.Done, c.Failed = true, !ok
		if x.entry != nil {
			delete(r.busy, x.entry.Message)
		}
	}
	if ok {
		r.Sent += len(ds)
	} else {
		r.Failed += len(ds)
	}
}
