package forward

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/dlrgate/dlrgate/journal"
)

func TestFourthAttemptAnHourLaterVerifies(t *testing.T) {
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC"
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	var verified []error
	inVirtualTime(t, func(n int, h hit, w http.ResponseWriter) {
		verified = append(verified, verifier.Verify([]byte(h.body), h.header))
		if n < 4 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}, func(w *world) {
		w.o.Secrets = []string{secret}
		w.o.Retry.Initial, w.o.Retry.Max = 20*time.Minute, 20*time.Minute
		w.begin()
		store(w, w.log, "acme", receipts("a", 1)...)
		w.pass(61 * time.Minute)
		hits := w.hook.got()
		if len(hits) != 4 || hits[3].at.Sub(hits[0].at) != time.Hour || hits[0].id != hits[3].id {
			w.Fatalf("%d attempts, want the fourth an hour after the first", len(hits))
		}
		for i, err := range verified {
			if err != nil {
				w.Errorf("attempt %d: %v", i+1, err)
			}
		}
	})
}

func TestHourOf404LosesNothingAndProbesGently(t *testing.T) {
	inVirtualTime(t, status(http.StatusNotFound), func(w *world) {
		w.o.Concurrency, w.o.Retry.Max = 16, 10*time.Minute
		w.begin()
		store(w, w.log, "acme", receipts("a", 600)...)
		w.pass(time.Hour)
		hits := w.hook.got()
		seen := map[string]bool{}
		for i, h := range hits {
			if seen[h.id] {
				w.Errorf("POST %d tries %s again while others were not tried", i, h.id)
			}
			seen[h.id] = true
			if gap := h.at.Sub(hits[max(0, i-1)].at); i >= 16 && gap < w.o.Retry.Initial {
				w.Errorf("POST %d came %v after the one before", i, gap)
			}
		}
		if len(hits) < 20 {
			w.Errorf("%d POSTs in an hour", len(hits))
		}
		if counts, err := w.log.Counts(w.Context(), "app"); err != nil || counts.Parked[classUnreachable] != 0 {
			w.Errorf("parked: %v, %v", counts, err)
		}
		w.nothingGivenUp()
		w.hook.become(nil)
		w.pass(w.o.Retry.Max)
		if s := w.e.Status(); s.Lag != 0 || s.BreakerOpen || !s.FailingSince.IsZero() {
			w.Errorf("after recovery: %+v", s)
		}
	})
}

func TestOneEventThatAlwaysFailsOnAnIdleEndpoint(t *testing.T) {
	inVirtualTime(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "bad0" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}, func(w *world) {
		w.begin()
		store(w, w.log, "acme", receipts("bad", 1)...)
		w.pass(30 * time.Second)
		store(w, w.log, "acme", receipts("during", 1)...)
		w.pass(2 * w.o.Retry.Initial)
		if countID(w.hook.got(), "during0") != 1 {
			w.Error("another event waits for the one that fails")
		}
		w.pass(5 * time.Minute)
		s := w.e.Status()
		if s.Parked[classUnreachable] != 1 || s.Lag != 0 || s.BreakerOpen {
			w.Fatalf("not parked: %+v", s)
		}
		store(w, w.log, "acme", receipts("after", 1)...)
		w.pass(time.Second)
		if countID(w.hook.got(), "after0") != 1 {
			w.Error("the next event was not sent at once")
		}
		w.hook.become(nil)
		w.pass(9 * time.Minute)
		if s := w.e.Status(); s.Parked[classUnreachable] != 0 {
			w.Errorf("still parked although it would be taken: %+v", s)
		}
		if left, err := w.log.ListParked(w.Context(), "app", 10); err != nil || len(left) != 0 {
			w.Errorf("rows left: %v, %v", left, err)
		}
	})
}

func TestBacklogIsGivenUpByTimeSeenFailing(t *testing.T) {
	inVirtualTime(t, status(http.StatusServiceUnavailable), func(w *world) {
		w.o.Retry.GiveUpAfter, w.o.Retry.Max = 10*time.Minute, time.Minute
		w.begin()
		store(w, w.log, "acme", receipts("old", 1000)...)
		w.pass(8 * time.Minute)
		w.nothingGivenUp()
		store(w, w.log, "acme", receipts("new", 5)...)
		w.pass(3 * time.Minute)
		dead, err := w.log.ListDead(w.Context(), "app", 0, 10)
		if err != nil || len(dead) != 1 || dead[0].Count != 1000 || dead[0].Class != classUnreachable || dead[0].To.Seq() != 1000 {
			w.Fatalf("dead: %+v, %v", dead, err)
		}
		if s := w.e.Status(); s.Lag != 5 || s.Dead[classUnreachable] != 1000 || w.dead[classUnreachable] != 1000 {
			w.Errorf("status %+v, observed %v", s, w.dead)
		}
		w.hook.become(nil)
		w.pass(2 * time.Minute)
		if s := w.e.Status(); s.Lag != 0 {
			w.Errorf("the younger ones did not arrive: %+v", s)
		}
		if _, err := w.e.RetryDead(w.Context(), []int64{dead[0].ID}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Minute)
		delivered := map[string]bool{}
		for _, h := range w.hook.got() {
			delivered[h.id] = true
		}
		for _, r := range receipts("old", 1000) {
			if !delivered[r.id] {
				w.Fatalf("%s was not sent again under its webhook-id", r.id)
			}
		}
		if s := w.e.Status(); s.Dead[classUnreachable] != 0 {
			w.Errorf("still dead: %+v", s)
		}
		if _, err := w.log.GetDead(w.Context(), dead[0].ID); !errors.Is(err, journal.ErrNotFound) {
			w.Errorf("the dead letter is still there: %v", err)
		}
	})
}

func TestNeitherADownTimeNorAWrongClockGivesAnythingUp(t *testing.T) {
	inVirtualTime(t, status(http.StatusServiceUnavailable), func(w *world) {
		w.o.Retry.Max = time.Minute
		w.begin()
		store(w, w.log, "acme", receipts("a", 10)...)
		w.pass(5 * time.Minute)
		w.end()
		w.pass(76 * time.Hour) // switched off
		w.begin()
		w.pass(5 * time.Minute)
		w.nothingGivenUp()
		for _, jump := range []time.Duration{76 * time.Hour, -76 * time.Hour} {
			w.off.Store(int64(jump))
			before := len(w.hook.got())
			w.pass(5 * time.Minute)
			w.nothingGivenUp()
			hits := w.hook.got()
			if len(hits) == before {
				w.Fatalf("with the clock %v off nothing was tried", jump)
			}
			last := hits[len(hits)-1]
			unix, err := strconv.ParseInt(last.header.Get("Webhook-Timestamp"), 10, 64)
			if want := last.at.Add(jump).Unix(); err != nil || unix != want {
				w.Errorf("timestamp %d, want the wall clock's %d", unix, want)
			}
		}
	})
}

func TestGoneThreeTimesOverAMinuteDisablesUntilEnabled(t *testing.T) {
	inVirtualTime(t, status(http.StatusGone), func(w *world) {
		w.o.Retry.Max = 20 * time.Second
		w.begin()
		store(w, w.log, "acme", receipts("a", 100)...)
		w.pass(30 * time.Second)
		if w.e.Status().Disabled {
			w.Fatal("disabled before a minute had passed")
		}
		w.pass(5 * time.Minute)
		n := len(w.hook.got())
		if s := w.e.Status(); !s.Disabled || s.DisabledWhy == "" {
			w.Fatalf("not disabled after %d POSTs: %+v", n, s)
		}
		w.end()
		w.begin()
		w.hook.become(nil)
		w.pass(10 * time.Minute)
		if s := w.e.Status(); !s.Disabled || len(w.hook.got()) != n || s.Lag == 0 {
			w.Fatalf("not disabled after the restart: %+v", s)
		}
		w.nothingGivenUp()
		if err := w.e.Enable(w.Context()); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Minute)
		if s := w.e.Status(); s.Disabled || s.Lag != 0 {
			w.Errorf("after enable: %+v", s)
		}
	})
}

func TestRefusedEventDiesAfterItsOwnTime(t *testing.T) {
	inVirtualTime(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "bad0" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}, func(w *world) {
		w.o.Retry.GiveUpAfter = 10 * time.Minute // reached by the waits 1 + 2 + 4 + 3 minutes
		w.begin()
		store(w, w.log, "acme", receipts("bad", 1)...)
		for i := range 10 { // others are taken, so it is the event
			store(w, w.log, "acme", receipts("good"+strconv.Itoa(i)+"-", 1)...)
			w.pass(time.Second)
		}
		if s := w.e.Status(); s.Parked[classRefused] != 1 || s.Lag != 0 {
			w.Fatalf("not parked: %+v", s)
		}
		w.pass(9 * time.Minute)
		if s := w.e.Status(); s.Dead[classRefused] != 0 {
			w.Errorf("given up early: %+v", s)
		}
		w.pass(3 * time.Minute)
		dead, err := w.log.ListDead(w.Context(), "app", 0, 10)
		if err != nil || len(dead) != 1 || dead[0].Class != classRefused || dead[0].From != dead[0].To {
			w.Fatalf("dead %+v, %v", dead, err)
		}
		if s := w.e.Status(); s.Parked[classRefused] != 0 || s.Dead[classRefused] != 1 {
			w.Errorf("%+v", s)
		}
		var tries []time.Duration
		var last time.Time
		for _, h := range w.hook.got() {
			if h.id == "bad0" {
				if !last.IsZero() {
					tries = append(tries, h.at.Sub(last))
				}
				last = h.at
			}
		}
		for i, wait := range tries[1:] { // a tenth is jitter, a second the rhythm of looking
			if want := []time.Duration{1, 2, 4, 3}[i] * time.Minute; wait < want || wait > want+want/10+2*time.Second {
				w.Errorf("wait %d is %v, want %v: %v", i, wait, want, tries)
			}
		}
		if n, err := w.e.DropDead(w.Context(), []int64{dead[0].ID}); n != 1 || err != nil {
			w.Errorf("dropped %d, %v", n, err)
		}
	})
}

func TestRefusedEventDiesWithinShortTimes(t *testing.T) {
	t.Parallel()
	for name, retry := range map[string]Retry{
		"short waits": {Initial: 50 * time.Millisecond, Max: 200 * time.Millisecond, GiveUpAfter: 3 * time.Second},
		"long waits":  {Initial: time.Second, Max: time.Hour, GiveUpAfter: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(_ int, h hit, w http.ResponseWriter) {
				if h.id == "bad0" {
					w.WriteHeader(http.StatusUnprocessableEntity)
				}
			}, func(w *world) {
				w.o.Retry = retry
				w.begin()
				store(w, w.log, "acme", receipts("bad", 1)...)
				for i := range 5 { // others are taken, so it is the event
					store(w, w.log, "acme", receipts("good"+strconv.Itoa(i)+"-", 1)...)
					w.pass(time.Second)
				}
				w.pass(5 * time.Second)
				if s := w.e.Status(); s.Parked[classRefused] != 0 || s.Dead[classRefused] != 1 {
					w.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestPauseAndResumeOutliveARestart(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.begin()
		if err := w.e.Pause(w.Context()); err != nil {
			w.Fatal(err)
		}
		store(w, w.log, "acme", receipts("a", 5)...)
		w.pass(time.Minute)
		w.end()
		w.begin()
		w.pass(time.Minute)
		s := w.e.Status()
		if !s.Paused || s.Lag != 5 || len(w.hook.got()) != 0 || s.OldestWaiting.IsZero() {
			w.Fatalf("after pause and restart: %+v, %d POSTs", s, len(w.hook.got()))
		}
		if r, err := w.e.Test(w.Context()); err != nil || r.Status != 204 {
			w.Errorf("test while paused: %+v, %v", r, err)
		}
		if err := w.e.Resume(w.Context()); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Second)
		if s := w.e.Status(); s.Paused || s.Lag != 0 || !s.OldestWaiting.IsZero() {
			w.Errorf("after resume: %+v", s)
		}
	})
}

func TestRateLimit(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.o.RateLimit = 10
		w.begin()
		store(w, w.log, "acme", receipts("a", 100)...)
		w.pass(5 * time.Second)
		if n := len(w.hook.got()); n < 49 || n > 52 {
			w.Errorf("%d POSTs in 5 s at 10 a second", n)
		}
		w.pass(6 * time.Second)
		if n := len(w.hook.got()); n != 100 {
			w.Errorf("%d POSTs", n)
		}
	})
}

// TestRateLimitHoldsForRetries has a batch fail that is tried again without a
// pause: its events count each time.
func TestRateLimitHoldsForRetries(t *testing.T) {
	fail := func(_ int, _ hit, w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }
	inVirtualTime(t, fail, func(w *world) {
		w.o.RateLimit, w.o.BatchEvents = 10, 10
		w.o.Retry.Initial, w.o.Retry.Max = 10*time.Millisecond, 20*time.Millisecond
		w.begin()
		store(w, w.log, "acme", receipts("a", 10)...)
		w.pass(20 * time.Second)
		events := 0
		for _, h := range w.hook.got() {
			events += len(members(w, h))
		}
		if events < 190 || events > 220 {
			w.Errorf("%d events sent in 20 s at 10 a second", events)
		}
	})
}
