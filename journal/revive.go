package journal

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"
)

// probeOctets is what must fit into the log before receipts are taken again.
const probeOctets = 64 << 10

// acquireEvery is between tries to own streams that another process has: a part
// of the time that a take-over lasts.
const acquireEvery = 500 * time.Millisecond

// fails notes that a write failed: the engine must be made ready again before
// the next one, and receipts are refused until a probe was written.
func (c *committer) fails(err error) {
	c.broken = true
	if errors.Is(err, ErrFenced) {
		c.log.Warn("a stream has another owner now", zap.Error(err))
		return
	}
	c.failing, c.backoff = true, reviveFirst
	c.retryAt = time.Now().Add(jitter(c.backoff))
	c.health.setFailed(err)
}

// mend makes the log ready again after a failed write: the engine opens it
// anew and the streams' ends are read, as the failed write may have been
// stored; then a probe is written. Cursors and parked deliveries are written
// before the probe passes: on a full disk they still find room.
func (c *committer) mend() {
	if c.failing && time.Now().Before(c.retryAt) || c.broken && !c.ready() || !c.failing {
		return
	}
	probe := StateValue{Kind: "journal", Name: "probe"}
	stored := probe
	stored.Value = make([]byte, probeOctets)
	err := c.engine.Write(context.Background(), &Batch{State: []StateValue{stored, probe}})
	if err != nil {
		c.putOff(err)
		c.ready()
		return
	}
	c.failing = false
	c.health.setFailed(nil)
}

// ready tries to make the engine ready for the next write.
func (c *committer) ready() bool {
	err := c.renew()
	if c.broken = err != nil; c.broken {
		c.putOff(err)
	}
	return !c.broken
}

// putOff refuses receipts until a later try.
func (c *committer) putOff(err error) {
	c.failing = true
	c.backoff = min(max(2*c.backoff, reviveFirst), reviveMax)
	c.retryAt = time.Now().Add(jitter(c.backoff))
	c.health.setFailed(err)
}

// renew asks which streams are still owned and where they end.
func (c *committer) renew() error {
	now := time.Now()
	leases := c.owned()
	var held []Lease
	var found []*Entry
	err := c.watched(func() (err error) {
		if held, err = c.engine.Renew(context.Background(), leases); err == nil {
			found, err = c.storedAfter(leases, held)
		}
		return err
	})
	if err != nil {
		return err
	}
	kept := map[Stream]Lease{}
	for _, l := range held {
		kept[l.Stream] = l
	}
	c.mu.Lock()
	for s, l := range kept {
		if st := c.streams[s]; st != nil {
			if l.Last > st.lease.Last {
				c.recent.touch(s)
			}
			st.lease, st.since = l, now
		}
	}
	c.mu.Unlock()
	c.tellFound(found)
	for _, l := range leases {
		if _, still := kept[l.Stream]; !still {
			c.lose(l.Stream)
		}
	}
	return nil
}

// storedAfter reads what the streams hold beyond the ends that were known: a group
// whose commit seemed to fail.
func (c *committer) storedAfter(known, held []Lease) (found []*Entry, err error) {
	for _, l := range held {
		i := slices.IndexFunc(known, func(k Lease) bool { return k.Stream == l.Stream })
		for p := known[i].Last; p < l.Last; {
			some, err := c.entries(context.Background(), Span{After: p, Upto: l.Last, Max: readRows, MaxBytes: readOctets, Brief: true})
			if err != nil {
				return nil, err
			}
			if len(some) == 0 {
				break
			}
			found, p = append(found, some...), some[len(some)-1].Position
		}
	}
	return found, nil
}

// tellFound makes known what is stored although its drafts were refused.
func (c *committer) tellFound(found []*Entry) {
	if len(found) == 0 {
		return
	}
	c.log.Warn("receipts are stored although their commit seemed to fail; they were refused, and come again as duplicates",
		zap.Int("receipts", len(found)))
	if f := c.o.Observer.Found; f != nil {
		for _, e := range found {
			f(e)
		}
	}
	c.wakeReaders()
}

// lose gives up a stream that another process owns, or soon may.
func (j *Journal) lose(s Stream) {
	j.mu.Lock()
	st := j.streams[s]
	if st != nil {
		delete(j.streams, s)
		delete(j.byName, st.lease.Operator)
		j.nameOwned()
	}
	j.mu.Unlock()
	if st == nil {
		return
	}
	j.cursors.release(s)
	j.log.Warn("no longer holds the operator: another gateway may take it over", zap.String("operator", st.lease.Operator))
	j.o.Observer.owned(st.lease.Operator, false)
}

// keepLeases renews leases that end when half of their time is over, and tries
// to own the streams that others have.
func (c *committer) keepLeases() {
	now := time.Now()
	c.mu.RLock()
	half := false
	missing := slices.Clone(c.wanted)
	for _, st := range c.streams {
		half = half || !st.lease.Until.IsZero() && now.Sub(st.since) >= st.lease.Until.Sub(st.since)/2
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == st.lease.Operator })
	}
	c.mu.RUnlock()
	if half && !c.broken {
		c.ready()
	}
	if len(missing) > 0 && !c.broken && !now.Before(c.acquireAt) {
		c.acquireAt = now.Add(acquireEvery)
		if err := c.watched(func() error { return c.acquire(context.Background(), missing) }); err != nil {
			c.broken = true
			if !errors.Is(err, ErrFenced) { // else renewing makes us a new member
				c.putOff(err)
			}
		}
	}
}
