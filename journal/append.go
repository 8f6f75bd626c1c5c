package journal

import "context"

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
