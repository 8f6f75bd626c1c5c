package simulator

import (
	"container/heap"
	"slices"
	"sync"
	"time"
)

// pending is a receipt that waits to be sent, or for its answer.
type pending struct {
	number   uint64
	account  string
	frame    []byte
	sends    int
	again    bool      // redelivered after an OK
	deadline time.Time // of its answer
}

// queue is a first-in first-out list without copying on take.
type queue struct {
	items []*pending
	head  int
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) push(items []*pending) { q.items = append(q.items, items...) }

func (q *queue) take(n int) []*pending {
	n = min(n, q.len())
	out := slices.Clone(q.items[q.head : q.head+n])
	clear(q.items[q.head : q.head+n])
	q.head += n
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	} else if q.head > 4096 && q.head > len(q.items)/2 {
		rest := copy(q.items, q.items[q.head:])
		clear(q.items[rest:])
		q.items, q.head = q.items[:rest], 0
	}
	return out
}

// enqueue hands receipts to the sessions of their accounts.
func (c *SMSC) enqueue(items []*pending) {
	c.mu.Lock()
	for i := 0; i < len(items); {
		j := i + 1
		for j < len(items) && items[j].account == items[i].account {
			j++
		}
		c.queueOf(items[i].account).push(items[i:j])
		i = j
	}
	c.wakeAll()
	c.mu.Unlock()
}

func (c *SMSC) queueOf(account string) *queue {
	q := c.queues[account]
	if q == nil {
		q = &queue{}
		c.queues[account] = q
	}
	return q
}

func (c *SMSC) queued(account string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queueOf(account).len()
}

func (c *SMSC) wakeAll() {
	for _, s := range c.sessions {
		s.wakeUp()
	}
}

// take returns up to room receipts for a session of the account, no more than
// its share, so that receipts spread over the sessions.
func (c *SMSC) take(account string, room int) []*pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.script.paused || room <= 0 {
		return nil
	}
	for _, name := range [...]string{account, ""} {
		q := c.queues[name]
		if q == nil || q.len() == 0 {
			continue
		}
		share := 1
		if n := len(c.sessions); n > 0 {
			share = (q.len() + n - 1) / n
		}
		return q.take(min(room, share, 256))
	}
	return nil
}

// sendAgain queues a receipt once more after the resend delay, or gives it up
// at the limit.
func (c *SMSC) sendAgain(p *pending) {
	if limit := c.opts.Resend.Limit; limit > 0 && p.sends >= limit {
		c.giveUp(p)
		return
	}
	c.agenda.after(c.opts.Resend.After, func() { c.enqueue([]*pending{p}) })
}

// takenOK ends a receipt that was answered OK. It is remembered before the ledger
// tells, since whoever waits for that may have it redelivered at once.
func (c *SMSC) takenOK(p *pending) {
	again := p.again
	p.again = false
	c.remember(p)
	c.ledger.answered(p.number, StatusOK)
	c.settled(again)
}

func (c *SMSC) giveUp(p *pending) {
	c.settled(p.again)
	c.ledger.giveUp(p.number)
}

// settled notes that a receipt waits for no more answers, if it was redelivered.
func (c *SMSC) settled(again bool) {
	if again {
		c.ledger.update(func(n *Counts) { n.Again-- })
	}
}

// agenda runs functions at their time, one after the other.
type agenda struct {
	mu    sync.Mutex
	heap  appointments
	count uint64
	wake  chan struct{}
}

type appointment struct {
	due   time.Time
	order uint64 // equal times run in the order of their making
	run   func()
}

func newAgenda() *agenda { return &agenda{wake: make(chan struct{}, 1)} }

func (a *agenda) after(d time.Duration, run func()) {
	a.mu.Lock()
	a.count++
	heap.Push(&a.heap, appointment{due: time.Now().Add(d), order: a.count, run: run})
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// run works until stop is closed.
func (a *agenda) run(stop <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := time.Hour
		for {
			a.mu.Lock()
			if len(a.heap) == 0 {
				a.mu.Unlock()
				break
			}
			if d := time.Until(a.heap[0].due); d > 0 {
				wait = d
				a.mu.Unlock()
				break
			}
			next := heap.Pop(&a.heap).(appointment)
			a.mu.Unlock()
			next.run()
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-a.wake:
		case <-stop:
			return
		}
	}
}

type appointments []appointment

func (h appointments) Len() int { return len(h) }
func (h appointments) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].order < h[j].order
	}
	return h[i].due.Before(h[j].due)
}
func (h appointments) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *appointments) Push(x any)   { *h = append(*h, x.(appointment)) }
func (h *appointments) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = appointment{}
	*h = old[:len(old)-1]
	return last
}
