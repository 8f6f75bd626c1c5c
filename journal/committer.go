package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/faultpoint"
)

const (
	// pace is between the beginnings of commits that follow each other:
	// groups of a dozen cost a third of the CPU that lone commits cost.
	pace = 750 * time.Microsecond
	// tick is how often the committer looks for cursors to save and leases to
	// renew when nothing else wakes it.
	tick = 100 * time.Millisecond
	// againTries bounds how often a batch of unknown outcome is written again.
	againTries = 8
	againFirst = 2 * time.Millisecond
	// reviveFirst doubling to reviveMax is between tries to write again after
	// a failure.
	reviveFirst = 50 * time.Millisecond
	reviveMax   = time.Second
)

// committer is the state of the one goroutine that writes.
type committer struct {
	*Journal
	began time.Time // of the last commit
	size  groupSize

	broken    bool // Renew must come before the next write
	failing   bool // receipts are refused until a probe was written
	retryAt   time.Time
	backoff   time.Duration
	acquireAt time.Time
}

func (j *Journal) commitLoop() {
	c := &committer{Journal: j}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for more := false; ; {
		closed, abandoned, empty := j.queue.state()
		if closed && (empty || abandoned) {
			c.finish()
			return
		}
		if empty && !more || c.broken {
			select {
			case <-j.queue.wake:
			case <-ticker.C:
			}
		}
		c.mend()
		c.keepLeases()
		if c.broken {
			answer(j.queue.takeAll(), refusal(j.Storable()))
			continue
		}
		c.pause()
		c.round(false)
		more = c.tend()
	}
}

// pause keeps commits that follow each other apart.
func (c *committer) pause() {
	if wait := time.Until(c.began.Add(pace)); wait > 0 {
		pauseFor(wait)
	}
}

// round writes one transaction with what waits; all cursors with everything.
func (c *committer) round(everything bool) {
	now := time.Now()
	w := &waiting{Batch: Batch{}}
	for _, r := range c.queue.takeRequests() {
		if r.run != nil {
			r.done <- c.watched(func() error { return r.run(context.Background()) })
			continue
		}
		if err := c.owns(&r.batch); err != nil { // not those that share its transaction
			r.done <- err
			continue
		}
		w.add(r)
	}
	drafts := c.queue.take(c.size.rows())
	busy := len(drafts) > 0 || len(w.requests) > 0
	after := saveAfter
	switch {
	case everything:
		after = 0
	case len(drafts) > 0:
		after = saveWith
	}
	w.Cursors = c.cursors.raise(append(w.Cursors, c.cursors.due(now, after)...), now)
	if everything || busy || len(w.Cursors) > 0 || c.attempts.due(now) {
		w.Attempts = c.attempts.take()
	}
	if len(drafts) > 0 {
		c.append(drafts, w)
	}
	if !w.done && !w.empty() {
		c.settle(w, c.write(&w.Batch))
	}
}

// settle ends the requests with the outcome of their transaction.
func (c *committer) settle(w *waiting, err error) {
	w.done = true
	if err == nil {
		if len(w.Cursors) > 0 {
			faultpoint.Here(faultpoint.AfterCursors)
		}
		c.cursors.saved(w.Cursors)
	} else {
		c.attempts.putBack(w.Attempts)
	}
	for _, r := range w.requests {
		r.done <- err
	}
}

// append stores the drafts, and what else waits if they go together.
func (c *committer) append(drafts []*Draft, w *waiting) {
	if c.failing {
		answer(drafts, refusal(c.Storable()))
		return
	}
	drafts = c.stillOwned(drafts)
	if len(drafts) == 0 {
		return
	}
	b := w.Batch
	began := time.Now()
	b.Entries = c.render(drafts)
	faultpoint.Here(faultpoint.BeforeCommit)
	err := c.write(&b)
	if err == nil {
		c.size.learn(len(drafts), time.Since(began))
		faultpoint.Here(faultpoint.AfterCommit)
		c.o.Render.Committed()
		c.settle(w, nil)
		c.publish(b.Entries)
		faultpoint.Here(faultpoint.BeforeAnswer)
		answer(drafts, nil)
		c.wakeReaders()
		return
	}
	c.o.Render.RolledBack()
	alone := &waiting{done: true}
	switch {
	case !errors.Is(err, ErrData):
		answer(drafts, refusal(err))
	case !w.empty() && !w.done:
		c.append(drafts, alone) // the data that is refused may not be theirs
	case len(drafts) > 1:
		c.append(drafts[:len(drafts)/2], alone)
		c.append(drafts[len(drafts)/2:], alone)
	default:
		c.reduce(drafts[0], err)
	}
}

// reduce stores the one draft that was refused for its data: rendered plain,
// and if even that is refused, as its raw octets alone.
func (c *committer) reduce(d *Draft, why error) {
	c.log.Error("a receipt was refused by the database for its data, its raw octets are kept", zap.Error(why))
	d.Plain = true
	for bare := range 2 {
		b := Batch{Entries: c.render([]*Draft{d})}
		if bare == 1 {
			e := b.Entries[0]
			e.Meta, e.Event, e.Forward = nil, nil, false
		}
		err := c.write(&b)
		if err == nil {
			c.o.Render.Committed()
			c.publish(b.Entries)
			d.Done(nil)
			c.wakeReaders()
			return
		}
		c.o.Render.RolledBack()
		if why = err; !errors.Is(err, ErrData) {
			break
		}
	}
	d.Done(refusal(why))
}

// stillOwned answers the drafts whose streams were lost while they waited.
func (c *committer) stillOwned(drafts []*Draft) []*Draft {
	return slices.DeleteFunc(drafts, func(d *Draft) bool {
		_, owned := c.StreamOf(d.Operator)
		if !owned {
			d.Done(ErrNoStream)
		}
		return !owned
	})
}

// render gives positions and has the drafts rendered.
func (c *committer) render(drafts []*Draft) []*Entry {
	entries := make([]*Entry, len(drafts))
	last := map[string]Position{}
	for i, d := range drafts {
		p, known := last[d.Operator]
		if !known {
			s, _ := c.StreamOf(d.Operator)
			p = c.Head(s)
		}
		p++
		last[d.Operator] = p
		e := &Entry{Position: p, ReceivedAt: d.ReceivedAt.UTC().Truncate(time.Microsecond)}
		c.o.Render.Render(d, e)
		entries[i] = e
	}
	return entries
}

// publish makes committed entries known.
func (c *committer) publish(entries []*Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	touched := make([]Stream, len(entries))
	for i, e := range entries {
		touched[i] = e.Position.Stream()
		if st := c.streams[touched[i]]; st != nil {
			st.lease.Last = e.Position
		}
		c.ring.add(e)
	}
	c.recent.touch(touched...)
}

// wakeReaders has the endpoints look at what was published. Answers are given
// before: hundreds of endpoints would hold them up.
func (c *committer) wakeReaders() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.changed)
	c.changed = make(chan struct{})
}

// tend lets the engine do its housekeeping.
func (c *committer) tend() (more bool) {
	if c.broken {
		return false
	}
	err := c.watched(func() (err error) {
		more, err = c.engine.Tend(context.Background())
		return err
	})
	if err != nil {
		c.log.Warn("housekeeping of the journal failed", zap.Error(err))
	}
	return more
}

// watched does what is no commit of receipts, but holds one up: when it hangs they
// are refused all the same.
func (c *committer) watched(do func() error) error {
	c.health.commitBegins(time.Now())
	defer c.health.commitEnds()
	return do()
}

// finish commits what is left and ends what cannot be.
func (c *committer) finish() {
	if !c.broken {
		c.round(true)
	}
	answer(c.queue.takeAll(), ErrClosed)
	for _, r := range c.queue.takeRequests() {
		r.done <- ErrClosed
	}
}

// answer tells every draft of a group the same.
func answer(drafts []*Draft, err error) {
	for i, d := range drafts {
		if i > 0 {
			faultpoint.Here(faultpoint.BetweenAnswers)
		}
		d.Done(err)
	}
}

// refusal is what a draft is told of a failed commit.
func refusal(err error) error {
	for _, known := range []error{ErrFull, ErrFenced, ErrRefused} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}
