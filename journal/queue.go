package journal

import (
	"context"
	"slices"
	"sync"
)

// Bounds of one group, and of what waits for the next ones.
const (
	maxGroupRows   = 1000
	maxGroupOctets = 1 << 20
	maxQueueRows   = 64 * maxGroupRows
	maxQueueOctets = 64 * maxGroupOctets
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
	drafts    []*Draft
	octets    int
	requests  []*request
	closed    bool
	abandoned bool // what waits is to be refused
}

func (q *queue) init() { q.wake = make(chan struct{}, 1) }

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
	if len(q.drafts) >= maxQueueRows || q.octets >= maxQueueOctets {
		return ErrRefused
	}
	q.drafts = append(q.drafts, d)
	q.octets += d.Size
	q.poke()
	return nil
}

// take returns the next group, nil when nothing waits.
func (q *queue) take() []*Draft {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, octets := 0, 0
	for n < len(q.drafts) && n < maxGroupRows && (n == 0 || octets+q.drafts[n].Size <= maxGroupOctets) {
		octets += q.drafts[n].Size
		n++
	}
	group := slices.Clone(q.drafts[:n])
	q.drafts = slices.Delete(q.drafts, 0, n)
	q.octets -= octets
	return group
}

// takeAll empties the queue of drafts, which are to be refused.
func (q *queue) takeAll() []*Draft {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.drafts
	q.drafts, q.octets = nil, 0
	return all
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
	return q.closed, q.abandoned, len(q.drafts) == 0 && len(q.requests) == 0
}
