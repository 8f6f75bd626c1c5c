package journal

import (
	"context"
	"slices"
	"sync"
)

// request is a change that a caller waits for; it shares a transaction with
// others and with receipts.
type request struct {
	batch Batch
	// run, when set, is called by the committer between transactions instead.
	run  func(context.Context) error
	done chan error // one place
}

// queue is what waits for the committer.
type queue struct {
	wake chan struct{} // one place: something is there

	mu        sync.Mutex
	receipts  intake
	requests  []*request
	closed    bool
	abandoned bool // what waits is to be refused
}

func (q *queue) init() {
	q.wake = make(chan struct{}, 1)
	q.receipts = newIntake()
}

func (q *queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// put adds a draft; an error says why it cannot wait.
func (q *queue) put(d *Draft) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	if !q.receipts.put(d) {
		return ErrRefused
	}
	q.poke()
	return nil
}

// room returns nil when a receipt of the bind may be put, else a channel that is
// closed when it is time to ask again.
func (q *queue) room(operator, bind string) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.receipts.room(operator, bind)
}

// take returns the next group, of about that many receipts; nil when none waits.
func (q *queue) take(rows int) []*Draft {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.receipts.take(rows)
}

// takeAll empties the queue of drafts, which are to be refused.
func (q *queue) takeAll() []*Draft {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.receipts.takeAll()
}

// ask adds a request.
func (q *queue) ask(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	q.requests = append(q.requests, r)
	q.poke()
	return nil
}

// withdraw takes a request back if the committer has not taken it yet.
func (q *queue) withdraw(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.requests, r)
	if i >= 0 {
		q.requests = slices.Delete(q.requests, i, i+1)
	}
	return i >= 0
}

func (q *queue) takeRequests() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.requests
	q.requests = nil
	return all
}

// close lets nothing more in; false when it was closed before.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.closed
	q.closed = true
	q.poke()
	return !was
}

func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.abandoned = true
	q.poke()
}

// state tells the committer whether to go on, and whether anything waits.
func (q *queue) state() (closed, abandoned, empty bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed, q.abandoned, q.receipts.empty() && len(q.requests) == 0
}
