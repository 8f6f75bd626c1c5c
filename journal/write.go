package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// write writes the batch under its leases, again while the outcome is unknown.
func (c *committer) write(b *Batch) error {
	if c.broken {
		return fmt.Errorf("%w: the log failed and is being opened again", ErrRefused)
	}
	leases, err := c.leasesOf(b)
	if err != nil {
		return err
	}
	b.Leases = leases
	c.began = time.Now()
	c.health.commitBegins(c.began)
	defer c.health.commitEnds()
	for wait, try := againFirst, 1; ; wait, try = wait*2, try+1 {
		err = c.engine.Write(context.Background(), b)
		if !errors.Is(err, ErrAgain) || try == againTries {
			break
		}
		<-time.After(jitter(wait))
	}
	switch {
	case err == nil:
		c.observe(b)
		return nil
	case errors.Is(err, ErrData):
		return err
	}
	c.fails(err)
	return err
}

// observe reports a commit.
func (c *committer) observe(b *Batch) {
	octets := 0
	for _, e := range b.Entries {
		octets += e.Size()
	}
	if f := c.o.Observer.Commit; f != nil {
		f(time.Since(c.began), len(b.Entries), octets)
	}
}

// owns returns ErrFenced when a stream that the batch touches is not owned here.
func (c *committer) owns(b *Batch) error {
	_, err := c.leasesOf(b)
	return err
}

// leasesOf returns the leases of the streams that the batch touches.
func (c *committer) leasesOf(b *Batch) ([]Lease, error) {
	touched := map[Stream]bool{}
	for s := range b.streams() {
		touched[s] = true
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	leases := make([]Lease, 0, len(touched))
	for s := range touched {
		st := c.streams[s]
		if st == nil {
			return nil, fmt.Errorf("%w: stream %d", ErrFenced, s)
		}
		leases = append(leases, st.lease)
	}
	return leases, nil
}

// jitter returns between half and the whole of d.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
