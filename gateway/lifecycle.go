package gateway

import (
	"context"
	"errors"
	"fmt"
)

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
// waits for its end, or for ctx.
func background(fn func(context.Context) error) func(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fn(ctx) }()
	return func(stop context.Context) error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-stop.Done():
			return stop.Err()
		}
	}
}
