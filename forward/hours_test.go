package forward

import (
	"net/http"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
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
