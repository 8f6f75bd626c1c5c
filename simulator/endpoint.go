package simulator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Endpoint is what one path has seen. Its methods may be called from any
// goroutine.
type Endpoint struct {
	Path string

	changed   signal
	mu        sync.Mutex
	behaviour Behaviour
	rng       *rand.Rand
	arrivals  []Arrival
	index     map[string]int32
	counts    SinkCounts
	faults    []string
}

// SinkCounts are an endpoint's totals.
type SinkCounts struct {
	Requests   int // all of them
	Rejected   int // wrong signature or not an event: answered 401 or 400
	Failed     int // refused on purpose
	Events     int // events taken, repetitions included
	Distinct   int // events taken, each webhook-id once
	Repeated   int // Events - Distinct
	Duplicates int // distinct events that the gateway marks as duplicate, and repetitions of them
	Tests      int // sms.receipt.test
}

// Behave replaces the endpoint's behaviour.
func (e *Endpoint) Behave(b Behaviour) {
	e.mu.Lock()
	e.behaviour = b
	e.mu.Unlock()
}

// Counts returns the totals.
func (e *Endpoint) Counts() SinkCounts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts
}

// Arrivals returns every distinct event in the order of first arrival.
func (e *Endpoint) Arrivals() []Arrival {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.arrivals)
}

// Statuses returns how many distinct events carried each status.
func (e *Endpoint) Statuses() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := map[string]int{}
	for i := range e.arrivals {
		out[e.arrivals[i].Status]++
	}
	return out
}

// Faults returns what was wrong with rejected requests, the first hundred.
func (e *Endpoint) Faults() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.faults)
}

// WaitFor returns nil once n distinct events were taken, or the context's error
// with how many were.
func (e *Endpoint) WaitFor(ctx context.Context, n int) error {
	err := e.WaitUntil(ctx, func(c SinkCounts) bool { return c.Distinct >= n })
	if err != nil {
		return fmt.Errorf("%d of %d events at %s: %w", e.Counts().Distinct, n, e.Path, err)
	}
	return nil
}

// WaitUntil returns nil once done is true of the totals, or the context's error.
func (e *Endpoint) WaitUntil(ctx context.Context, done func(SinkCounts) bool) error {
	return e.changed.wait(ctx, func() bool { return done(e.Counts()) })
}

// take records events that arrived together.
func (e *Endpoint) take(events []Arrival, now time.Time) {
	e.mu.Lock()
	for _, a := range events {
		key := a.Key()
		e.counts.Events++
		if a.Duplicate {
			e.counts.Duplicates++
		}
		if at, seen := e.index[key]; seen {
			e.arrivals[at].Times++
			e.counts.Repeated++
			continue
		}
		a.First, a.Times, a.Order = now, 1, len(e.arrivals)+1
		e.index[key] = int32(len(e.arrivals))
		e.arrivals = append(e.arrivals, a)
		e.counts.Distinct++
	}
	e.mu.Unlock()
	e.changed.broadcast()
}

func (e *Endpoint) count(change func(*SinkCounts)) {
	e.mu.Lock()
	change(&e.counts)
	e.mu.Unlock()
	e.changed.broadcast()
}

func (e *Endpoint) reject(fault error) {
	e.mu.Lock()
	e.counts.Rejected++
	if len(e.faults) < 100 {
		e.faults = append(e.faults, fault.Error())
	}
	e.mu.Unlock()
	e.changed.broadcast()
}

// verdict decides what to do with the next request; 0 takes it.
func (e *Endpoint) verdict() (status int, b Behaviour) {
	e.mu.Lock()
	defer e.mu.Unlock()
	b = e.behaviour
	failure := b.FailStatus
	if failure == 0 {
		failure = http.StatusServiceUnavailable
	}
	switch {
	case len(b.Statuses) > 0:
		status = b.Statuses[0]
		e.behaviour.Statuses = b.Statuses[1:]
		if status/100 == 2 {
			status = 0
		}
	case b.FailNext > 0:
		e.behaviour.FailNext--
		status = failure
	case b.FailRate > 0 && e.rng.Float64() < b.FailRate:
		status = failure
	}
	return status, b
}
