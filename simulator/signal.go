package simulator

import (
	"context"
	"sync"
)

// signal wakes everybody who waits for a change; without waiters it costs a
// mutex.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

func (s *signal) broadcast() {
	s.mu.Lock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
	s.mu.Unlock()
}

func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

// wait returns nil when done returns true, which it asks at once and after each
// change, or the context's error.
func (s *signal) wait(ctx context.Context, done func() bool) error {
	for {
		changed := s.next()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
