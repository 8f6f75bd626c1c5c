package journal

import (
	"context"
	"fmt"
	"time"
)

// Attach registers an endpoint: when it returns, the endpoint has a durable
// cursor in every owned stream, and nothing that comes after it is pruned
// before the endpoint has passed it. A stream in which the journal has never
// seen the endpoint begins as start says; streams that are made later begin at
// their beginning. When it fails, an endpoint that was attached stays so.
func (j *Journal) Attach(ctx context.Context, endpoint string, start Start) ([]Cursor, error) {
	if err := j.AttachAll(ctx, map[string]Start{endpoint: start}); err != nil {
		return nil, err
	}
	return j.cursors.of(endpoint), nil
}

// AttachAll registers endpoints as Attach does, all in one transaction. Those that
// have their cursors cost nothing.
func (j *Journal) AttachAll(ctx context.Context, starts map[string]Start) error {
	done, err := j.alone(ctx)
	if err != nil {
		return fmt.Errorf("journal: attach %s: %w", named(starts), err)
	}
	defer done()
	for endpoint := range starts { // also when it cannot be attached now: it is to be
		j.members.want(endpoint, true)
	}
	fresh := j.cursors.without(starts, j.owned())
	if len(fresh) == 0 {
		return nil
	}
	before := j.cursors.starts()
	err = j.inCommitter(ctx, func(ctx context.Context) error {
		for endpoint, start := range fresh {
			j.cursors.attach(endpoint, start, nil)
		}
		return j.adopt(ctx, j.owned())
	})
	if err == nil {
		return nil
	}
	for endpoint := range fresh {
		if _, already := before[endpoint]; !already {
			j.detachLater(endpoint)
		}
	}
	return fmt.Errorf("journal: attach %s: %w", named(fresh), err)
}

// named names an endpoint, or says how many they are.
func named(starts map[string]Start) string {
	for endpoint := range starts {
		if len(starts) == 1 {
			return fmt.Sprintf("endpoint %q", endpoint)
		}
	}
	return fmt.Sprintf("%d endpoints", len(starts))
}

// AllAttached says that every endpoint is attached that shall be: what none of them
// needs may be removed from now on. The first receipt says so, too.
func (j *Journal) AllAttached() { j.pruner.begin() }

// detachLater undoes a registration that failed, behind it: when the caller's
// context ended first, the committer may still be at it.
func (j *Journal) detachLater(endpoint string) {
	detach := func(context.Context) error { j.cursors.detach(endpoint); return nil }
	_ = j.queue.ask(&request{run: detach, done: make(chan error, 1)}) // refused: then the journal closes
}

// adopt gives every attached endpoint its cursor in the streams: the stored
// one, or a new one. Only the committer calls it, or Open before it.
func (j *Journal) adopt(ctx context.Context, leases []Lease) error {
	starts := j.cursors.starts()
	without := j.cursors.without(starts, leases)
	if len(without) == 0 {
		return nil
	}
	stored, err := j.engine.Cursors(ctx)
	if err != nil {
		return err
	}
	saved := map[place]Cursor{}
	for _, c := range stored {
		saved[place{c.Endpoint, c.Position.Stream()}] = c
	}
	var fresh, all []Cursor
	for endpoint, start := range without {
		for _, l := range leases {
			c, known := saved[place{endpoint, l.Stream}]
			if !known {
				c = Cursor{Endpoint: endpoint, Position: l.Last, SavedAt: time.Now()}
				if start == StartOldest || l.New {
					c.Position = At(l.Stream, 0)
				}
				fresh = append(fresh, c)
			}
			all = append(all, c)
		}
	}
	if len(fresh) > 0 {
		if err := j.engine.Write(ctx, &Batch{Leases: leases, Cursors: fresh}); err != nil {
			return err
		}
	}
	for _, c := range all {
		j.cursors.attach(c.Endpoint, starts[c.Endpoint], []Cursor{c})
	}
	return nil
}

// Detach is for an endpoint that is gone from the configuration: it no longer
// holds receipts in the log. Its cursors, parked and dead deliveries stay, so
// that it goes on where it was if it comes back.
func (j *Journal) Detach(ctx context.Context, endpoint string) error {
	done, err := j.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	j.members.want(endpoint, false)
	return j.change(ctx, Batch{Cursors: j.cursors.detach(endpoint)})
}

// Forget detaches an endpoint and removes all that is known of it, in pieces
// between which receipts are stored. When it fails some is left, and it is to be
// called again. What another member has configured is not forgotten: ErrConfigured.
func (j *Journal) Forget(ctx context.Context, endpoint string) error {
	if err := j.Unwanted(ctx, endpoint); err != nil {
		return err
	}
	ranges, err := j.forgetLate(ctx, endpoint)
	if err != nil {
		return err
	}
	turn, err := j.alone(ctx)
	if err != nil {
		return err
	}
	j.cursors.detach(endpoint)
	j.members.want(endpoint, false)
	turn()
	defer j.pruner.again()
	if err := j.change(ctx, Batch{State: ranges}); err != nil {
		return err
	}
	var from Forgotten
	for done := false; !done; {
		err := j.inCommitter(ctx, func(ctx context.Context) (err error) {
			from, done, err = j.engine.Forget(ctx, endpoint, from)
			return err
		})
		if err != nil {
			return fmt.Errorf("journal: forget endpoint %q: %w", endpoint, err)
		}
	}
	return nil
}
