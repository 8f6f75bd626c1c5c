package journal

import (
	"context"
	"fmt"
	"time"
)

// maxWait is how long a receipt may wait for room among its operator's before it
// is refused: half of what SMSCs commonly give an answer. What is refused comes
// again, so that a flood which is refused soon costs more than one that waits
// (ADR 12).
const maxWait = 5 * time.Second

var errNoRoom = fmt.Errorf("%w: too many receipts of the operator wait", ErrRefused)

// Room waits until there is room for one more receipt of the operator's bind,
// one that came at that time; at once, unless that operator has more waiting
// already than its turns can take within some 50 ms. ErrRefused: it waited too
// long; or what Storable says, or that ctx ended.
func (j *Journal) Room(ctx context.Context, operator, bind string, came time.Time) error {
	for {
		if err := j.Storable(); err != nil {
			return err
		}
		room := j.queue.room(operator, bind)
		if room == nil {
			return nil
		}
		if err := awaitRoom(ctx, room, maxWait-time.Since(came)); err != nil {
			return err
		}
	}
}

func awaitRoom(ctx context.Context, room <-chan struct{}, atMost time.Duration) error {
	if atMost <= 0 {
		return errNoRoom
	}
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-room:
		return nil
	case <-timer.C:
		return errNoRoom
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Append hands a draft to the committer; it never blocks. Done gets nil, or
// ErrFull, ErrRefused, ErrFenced, ErrNoStream, ErrClosed.
func (j *Journal) Append(d *Draft) {
	j.pruner.begin()
	err := j.Storable()
	if err == nil {
		if _, owned := j.StreamOf(d.Operator); !owned {
			err = ErrNoStream
		}
	}
	if err == nil {
		err = j.queue.put(d)
	}
	if err != nil {
		d.Done(err)
	}
}

// Storable returns nil when receipts can be stored now, else why not.
func (j *Journal) Storable() error { return j.health.storable() }

// change has the committer write a batch, together with what else waits. When
// ctx ends first the batch may still be written.
func (j *Journal) change(ctx context.Context, b Batch) error {
	return j.await(ctx, &request{batch: b, done: make(chan error, 1)})
}

// inCommitter has the committer call run between two transactions.
func (j *Journal) inCommitter(ctx context.Context, run func(context.Context) error) error {
	return j.await(ctx, &request{run: run, done: make(chan error, 1)})
}

func (j *Journal) await(ctx context.Context, r *request) error {
	if err := j.queue.ask(r); err != nil {
		return err
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		j.queue.withdraw(r)
		return ctx.Err()
	}
}
