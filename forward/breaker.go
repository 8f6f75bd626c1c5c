package forward

import (
	"math/rand/v2"
	"time"
)

// tripAfter is how many failures in a row open the breaker.
const tripAfter = 5

// breaker tells when an endpoint that fails may be tried again. It is our own
// and not gobreaker's because the wait here grows, obeys Retry-After, and one
// message's failures must not speak for the endpoint: gobreaker has one fixed
// time-out and counts requests alone.
//
// After a failure that says the endpoint is down, attempts are single probes, a
// back-off apart; at tripAfter failures in a row the breaker is open, and stays
// so until an event is taken.
type breaker struct {
	retry Retry
	rand  func(n int64) int64 // in [0, n)

	failures int // in a row
	// culprit is the message of the failures so far; several says that there was
	// more than one, so that it is the endpoint and not the event.
	culprit [16]byte
	several bool
	// steps counts the back-offs so far; attempts that were under way together
	// make one step. noted is when the last step was made.
	steps int
	noted time.Time
	// hold is when the culprit, or any when there are several, may be tried
	// again; holdOthers when another message may. Zero: at once.
	hold, holdOthers time.Time
}

func newBreaker(r Retry) *breaker { return &breaker{retry: r, rand: rand.Int64N} }

// failing: the last attempt failed, and none was taken since.
func (b *breaker) failing() bool { return b.failures > 0 }

// open: the endpoint counts as down.
func (b *breaker) open() bool { return b.failures >= tripAfter }

// probing: attempts are made one at a time, when mayTry says so.
func (b *breaker) probing() bool { return !b.hold.IsZero() }

// taken notes a success.
func (b *breaker) taken() { *b = breaker{retry: b.retry, rand: b.rand} }

// failed notes a failure that a delivery of message m met.
func (b *breaker) failed(m [16]byte, a answer) {
	if b.failures > 0 && b.culprit != m {
		b.several = true
	}
	b.culprit = m
	b.failures++
	if a.outcome == refused && !b.open() {
		return // the event may be at fault: the others go on
	}
	if !b.noted.IsZero() && !a.at.After(b.noted) {
		b.wish(a) // it was under way when the last step was made
		return
	}
	b.noted = a.at.Add(a.took)
	b.hold = b.noted.Add(b.wait(a.retryAfter, b.steps))
	b.holdOthers = b.noted.Add(b.retry.Initial)
	if a.retryAfter > 0 {
		b.holdOthers = b.hold
	}
	b.steps++
}

// wish heeds a Retry-After that asks for more than the others' hold.
func (b *breaker) wish(a answer) {
	if a.retryAfter <= 0 {
		return
	}
	if until := a.at.Add(a.took).Add(b.wait(a.retryAfter, b.steps)); until.After(b.hold) {
		b.hold, b.holdOthers = until, until
	}
}

// tryAt returns when the next probe may start: one of another message than the
// culprit's, or any.
func (b *breaker) tryAt(other bool) time.Time {
	if other && !b.several {
		return b.holdOthers
	}
	return b.hold
}

// tryNow lets the next probe start at once, and the back-off begin again. What
// is known of the endpoint stays until an event is taken.
func (b *breaker) tryNow(now time.Time) {
	if b.probing() {
		b.hold, b.holdOthers, b.steps = now, now, 0
	}
}

// gaveUpOn tells that message m was parked. When all failures were its own,
// nothing is known against the endpoint any more.
func (b *breaker) gaveUpOn(m [16]byte) {
	if b.failing() && !b.several && b.culprit == m {
		b.taken()
	}
}

// wait is the endpoint's wish, clamped to [Initial, Max], or the back-off.
func (b *breaker) wait(wish time.Duration, step int) time.Duration {
	if wish > 0 {
		return min(max(wish, b.retry.Initial), b.retry.Max)
	}
	return b.backoff(step)
}

// backoff returns the wait after step failures: anything between Initial and
// what doubles from twice Initial up to Max.
func (b *breaker) backoff(step int) time.Duration {
	upper := b.retry.Max
	if step < 40 { // beyond it the shift would overflow
		if d := b.retry.Initial << (step + 1); d > 0 && d < upper {
			upper = d
		}
	}
	if upper <= b.retry.Initial {
		return upper
	}
	return b.retry.Initial + time.Duration(b.rand(int64(upper-b.retry.Initial)+1))
}
