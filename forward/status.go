package forward

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

// Status is an endpoint at a glance.
type Status struct {
	Name string
	// Lag is how many stored receipts are ahead of the endpoint, unwanted ones
	// that it has not looked at included.
	Lag int
	// OldestWaiting is when the oldest waiting receipt was received; zero: none.
	OldestWaiting time.Time
	InFlight      int // running POSTs
	BreakerOpen   bool
	FailingSince  time.Time // zero: the last POST was taken
	LastFailure   string    // of the last failed POST, in words
	Advice        string    // what to do about it
	Paused        bool
	Disabled      bool
	DisabledWhy   string
	Parked        map[string]int // by class: refused, unreachable
	Dead          map[string]int // deliveries given up, by class
}

// snapshot is the dispatcher's state as it was last published.
type snapshot struct{ Status }

// places are how far the streams were then.
type places struct {
	mu       sync.Mutex
	byStream map[journal.Stream]progress
}

// progress is how far a stream was at the snapshot.
type progress struct {
	read    journal.Position
	waiting int // read and not finished
	oldest  time.Time
}

// publishEvery is how old a Status may be while things change.
const publishEvery = 100 * time.Millisecond

// Status returns how the endpoint stands, at most 100 ms old; it never waits.
func (e *Endpoint) Status() Status {
	snap := e.status.Load()
	s := snap.Status
	s.Name = e.o.Name
	e.places.mu.Lock()
	defer e.places.mu.Unlock()
	for id, p := range e.places.byStream {
		s.Lag += p.waiting
		if head := e.log.Head(id); head > p.read {
			s.Lag += int(head.Seq() - p.read.Seq())
		}
		if !p.oldest.IsZero() && (s.OldestWaiting.IsZero() || p.oldest.Before(s.OldestWaiting)) {
			s.OldestWaiting = p.oldest
		}
	}
	return s
}

// publishSoon publishes what changed, now or when publishEvery has passed.
func (d *dispatcher) publishSoon(now time.Time) {
	if !d.stale {
		return
	}
	if due := d.published.Add(publishEvery); now.Before(due) {
		d.wakeAt(due)
		return
	}
	d.publish()
}

// publishNext publishes what changed as soon as the step that is being done is
// done: in the middle of one, what it changes is half there.
func (d *dispatcher) publishNext() { d.stale, d.published = true, time.Time{} }

// show publishes the places of the streams that moved.
func (d *dispatcher) show() {
	e := d.Endpoint
	e.places.mu.Lock()
	defer e.places.mu.Unlock()
	if e.places.byStream == nil {
		e.places.byStream = make(map[journal.Stream]progress, len(d.queue.streams))
	}
	for _, s := range d.queue.moved {
		p := progress{read: s.read(), waiting: s.unfinished(s.read())}
		if oldest := s.oldest(); oldest != nil {
			p.oldest = oldest.ReceivedAt
		}
		s.moved, e.places.byStream[s.id] = false, p
	}
	d.queue.moved = d.queue.moved[:0]
}

// unshow forgets the place of a stream that left.
func (d *dispatcher) unshow(s journal.Stream) {
	d.places.mu.Lock()
	defer d.places.mu.Unlock()
	delete(d.places.byStream, s)
	d.stale = true
}

// publish makes the dispatcher's state visible to Status. It is called where a
// step has ended.
func (d *dispatcher) publish() {
	d.published, d.stale = time.Now(), false
	d.show()
	snap := &snapshot{}
	if d.breaker.failing() {
		snap.FailingSince = d.failingSince
		last := &d.report.lastFailure
		snap.LastFailure, snap.Advice = last.reason, adviceOn(last.status, last.reason)
	}
	snap.InFlight = d.inflight
	snap.BreakerOpen = d.breaker.open()
	snap.Paused, snap.Disabled, snap.DisabledWhy = d.state.paused(), d.state.Disabled, d.state.Why
	snap.Parked, snap.Dead = maps.Clone(d.parked.count), maps.Clone(d.state.dead)
	d.status.Store(snap)
}

// recount asks the journal how many parked and dead deliveries there are.
func (d *dispatcher) recount(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	counts, err := d.log.Counts(ctx, d.o.Name)
	if d.report.journal(err) {
		d.state.dead = byClass(counts.Dead)
		d.parked.count = byClass(counts.Parked)
	}
	d.publishNext()
}

func byClass(counts map[string]int) map[string]int {
	return map[string]int{classRefused: counts[classRefused], classUnreachable: counts[classUnreachable]}
}

// TestResult is what came of a test event.
type TestResult struct {
	Status int           // the HTTP status; 0: no answer
	Reason string        // why it was not taken; empty when it was
	Advice string        // what to do about that
	Body   []byte        // the beginning of an answer that is not 2xx, 512 octets at most
	Took   time.Duration // until the answer was read
}

// Test sends one sms.receipt.test event now, whatever the endpoint's state.
func (e *Endpoint) Test(ctx context.Context) (TestResult, error) {
	id, body := event.Test(e.o.Name, e.target.wall())
	a := newSender(e.target).post(ctx, id, body)
	if a.cut {
		return TestResult{}, fmt.Errorf("test endpoint %q: %w", e.o.Name, ctx.Err())
	}
	return TestResult{Status: a.status, Reason: a.reason, Advice: adviceOn(a.status, a.reason), Body: a.body, Took: a.took}, nil
}
