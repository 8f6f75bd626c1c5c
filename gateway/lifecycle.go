package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// errStopping refuses a change of what runs once the gateway stops.
var errStopping = errors.New("the gateway is stopping")

// undo is what ends one started part, with the name that a failed stop is
// reported under.
type undo struct {
	name string
	stop func(context.Context) error
}

// stack holds the undo steps in the order of the start. A start that fails in
// the middle is ended by the same steps as a clean stop.
type stack []undo

func (s *stack) push(name string, stop func(context.Context) error) {
	*s = append(*s, undo{name, stop})
}

// unwind runs the steps, last first, all within ctx's deadline, and returns
// every error under its step's name. A second call does nothing.
func (s *stack) unwind(ctx context.Context) error {
	var errs []error
	for i := len(*s) - 1; i >= 0; i-- {
		if err := (*s)[i].stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", (*s)[i].name, err))
		}
	}
	*s = nil
	return errors.Join(errs...)
}

// background runs fn in a goroutine and returns the undo that cancels it and
// waits for its end, or for ctx. It may be called again, to go on waiting.
func background(fn func(context.Context) error) func(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = fn(ctx)
	}()
	return func(stop context.Context) error {
		cancel()
		select {
		case <-done:
			return err
		case <-stop.Done():
			return stop.Err()
		}
	}
}

// turn lets one change of what runs happen at a time, and none once it is closed.
type turn struct {
	taken sync.Mutex // held by the change that runs

	mu     sync.Mutex
	end    context.CancelFunc // of the change that runs
	closed bool
}

// take waits for the change before, and returns what the next one has to give
// back. The context ends with ctx, and when the turn is closed.
func (t *turn) take(ctx context.Context) (context.Context, func(), error) {
	t.taken.Lock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		t.taken.Unlock()
		return nil, nil, errStopping
	}
	ctx, end := context.WithCancel(ctx)
	t.end = end
	return ctx, func() { end(); t.taken.Unlock() }, nil
}

// close ends the change that runs, waits for it, and lets no other begin.
func (t *turn) close() {
	t.mu.Lock()
	t.closed = true
	if t.end != nil {
		t.end()
	}
	t.mu.Unlock()
	t.taken.Lock()
	defer t.taken.Unlock()
}

// closeReserve, or a quarter of what is left when that is less, is kept of the
// time for a stop: what binds and endpoints need longer for is cut off, and the
// journal is still closed in order.
const closeReserve = time.Second

// beforeEnd returns a context that ends closeReserve before ctx does.
func beforeEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	end, has := ctx.Deadline()
	if !has {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(closeReserve, time.Until(end)/4)))
}
