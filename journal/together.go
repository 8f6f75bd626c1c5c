package journal

import (
	"context"
	"sync"
	"time"
)

const (
	// gather is how long a look waits for others who ask at the same time.
	gather = 2 * time.Millisecond
	// lookTimeout bounds a look that several wait for.
	lookTimeout = 10 * time.Second
)

// together answers those who ask at the same time with one look at the engine:
// when hundreds of endpoints begin, or take over, that is a few statements. An
// answer is never older than its question.
type together[V any] struct {
	look func(ctx context.Context, names []string) (map[string]V, error)
	turn chan struct{} // one place: one look at a time

	mu   sync.Mutex
	next *looking[V] // those who wait for the next look; nil: nobody does
}

// looking is one look and those who wait for it.
type looking[V any] struct {
	names []string
	done  chan struct{}
	found map[string]V // read only: shared by all who asked
	err   error
}

func (t *together[V]) init(look func(context.Context, []string) (map[string]V, error)) {
	t.look, t.turn = look, make(chan struct{}, 1)
}

// ask returns what is found of a name.
func (t *together[V]) ask(ctx context.Context, name string) (v V, err error) {
	t.mu.Lock()
	first := t.next == nil
	if first {
		t.next = &looking[V]{done: make(chan struct{})}
	}
	l := t.next
	l.names = append(l.names, name)
	t.mu.Unlock()
	if first {
		t.lead(ctx, l)
	}
	select {
	case <-l.done:
		return l.found[name], l.err
	case <-ctx.Done():
		return v, ctx.Err()
	}
}

// lead looks for all who have asked by the time it is its turn. Its own caller's
// end does not end it: the others wait as well.
func (t *together[V]) lead(ctx context.Context, l *looking[V]) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer cancel()
	defer close(l.done)
	<-time.After(gather)
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		l.err = ctx.Err()
	}
	t.mu.Lock()
	t.next = nil
	names := l.names
	t.mu.Unlock()
	if l.err == nil {
		l.found, l.err = t.look(ctx, names)
	}
}
