package forward

import (
	"testing"
	"time"
)

var (
	seconds = Retry{Initial: time.Second, Max: time.Hour}
	alice   = [16]byte{1}
	bob     = [16]byte{2}
)

// highest makes every back-off as long as it can be.
func highest(n int64) int64 { return n - 1 }

func failedAt(at time.Time) answer { return answer{outcome: down, at: at} }

func TestBackOffStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	b := newBreaker(seconds)
	for step := range 100 {
		for range 20 {
			if d := b.backoff(step); d < seconds.Initial || d > seconds.Max || step < 5 && d > seconds.Initial<<(step+1) {
				t.Fatalf("step %d: %v", step, d)
			}
		}
	}
	b.rand = highest
	if d := b.backoff(3); d != 16*time.Second {
		t.Errorf("step 3 at most %v, want 16s", d)
	}
}

func TestBreakerOpensAtFiveInARowAndClosesWithOneTaken(t *testing.T) {
	t.Parallel()
	b := newBreaker(seconds)
	now := time.Unix(1000, 0)
	for i := range 5 {
		if b.open() {
			t.Fatalf("open after %d failures", i)
		}
		b.failed(alice, failedAt(now))
	}
	if !b.open() || !b.probing() {
		t.Fatal("not open after five failures")
	}
	b.taken()
	if b.open() || b.failing() || b.probing() {
		t.Fatal("still failing after one was taken")
	}
}

func TestFailuresUnderWayTogetherAreOneStep(t *testing.T) {
	t.Parallel()
	b := newBreaker(seconds)
	b.rand = highest
	start := time.Unix(1000, 0)
	for i := range 16 {
		a := failedAt(start)
		a.took = time.Duration(i) * time.Millisecond
		b.failed([16]byte{byte(i)}, a)
	}
	if want := start.Add(2 * time.Second); !b.hold.Equal(want) {
		t.Errorf("hold until %v, want %v: sixteen at once are one step", b.hold, want)
	}
}

func TestOneMessagesFailuresDoNotHoldTheOthers(t *testing.T) {
	t.Parallel()
	b := newBreaker(seconds)
	b.rand = highest
	now := time.Unix(1000, 0)
	for range 6 {
		now = now.Add(time.Minute)
		b.failed(alice, failedAt(now))
	}
	if got := b.tryAt(true).Sub(now); got != time.Second {
		t.Errorf("another message waits %v, want retry.initial", got)
	}
	if got := b.tryAt(false).Sub(now); got != 64*time.Second {
		t.Errorf("the same message waits %v, want 64s", got)
	}
	b.gaveUpOn(alice)
	if b.failing() {
		t.Error("the failures of a parked message still count")
	}

	b.failed(alice, failedAt(now))
	b.failed(bob, failedAt(now.Add(time.Minute)))
	if b.tryAt(true) != b.tryAt(false) {
		t.Error("two messages failed, and a third one need not wait")
	}
	b.gaveUpOn(alice)
	if !b.failing() {
		t.Error("parking one of two failing messages revived the endpoint")
	}
}

func TestRetryAfterIsClampedAndHoldsEverybody(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	for wish, want := range map[time.Duration]time.Duration{
		time.Millisecond: time.Second,
		time.Minute:      time.Minute,
		48 * time.Hour:   time.Hour,
	} {
		b := newBreaker(seconds)
		a := failedAt(now)
		a.retryAfter = wish
		b.failed(alice, a)
		if got := b.tryAt(true).Sub(now); got != want {
			t.Errorf("Retry-After %v: others wait %v, want %v", wish, got, want)
		}
		if got := b.tryAt(false).Sub(now); got != want {
			t.Errorf("Retry-After %v: %v, want %v", wish, got, want)
		}
	}
}

// TestRetryAfterOfAPostUnderWayIsHeeded: several POSTs are refused together, and
// the first to fail had named no time.
func TestRetryAfterOfAPostUnderWayIsHeeded(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	b := newBreaker(seconds)
	b.failed(alice, failedAt(now))
	a := failedAt(now)
	a.retryAfter = time.Minute
	b.failed(bob, a)
	for _, other := range []bool{true, false} {
		if got := b.tryAt(other).Sub(now); got != time.Minute {
			t.Errorf("the next try waits %v, want a minute", got)
		}
	}
}

func TestARefusedEventHoldsNobodyUntilTheBreakerOpens(t *testing.T) {
	t.Parallel()
	b := newBreaker(seconds)
	now := time.Unix(1000, 0)
	for i := range 4 {
		b.failed([16]byte{byte(i)}, answer{outcome: refused, at: now})
		if b.probing() {
			t.Fatalf("probing after %d refused events", i+1)
		}
	}
	b.failed(bob, answer{outcome: refused, at: now})
	if !b.open() || !b.probing() {
		t.Error("five refused in a row and nothing taken: not open")
	}
}
