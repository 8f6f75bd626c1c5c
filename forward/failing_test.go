package forward

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestRefusedEventIsParkedAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "a7" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	o := options(hook.URL)
	o.Retry.Max = time.Hour // else the parked one is tried again at once
	e, _ := running(t, o, log, nil)
	store(t, log, "acme", receipts("a", 20)...)
	hook.until(t, func(hits []hit) bool { return countID(hits, "a7") >= 1 && len(hits) >= 20 })
	for i := 0; e.Status().Parked[classRefused] == 0; i++ { // others must be taken between its tries
		store(t, log, "acme", receipts(fmt.Sprintf("more%d-", i), 5)...)
		eventually(t, "lag of one at most", func() bool { return e.Status().Lag <= 1 })
	}
	eventually(t, "lag 0", func() bool { return e.Status().Lag == 0 })
	parked, err := log.ListParked(t.Context(), "app", 10)
	if err != nil || len(parked) != 1 || parked[0].ID != "a7" || parked[0].Class != classRefused {
		t.Errorf("parked %+v, %v", parked, err)
	}
	if n := countID(hook.got(), "a7"); n < 2 || n > 4 {
		t.Errorf("the refused event was tried %d times", n)
	}
}

func TestDownEndpointCostsNoRowAndFewLogLines(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, status(http.StatusInternalServerError))
	core, lines := observer.New(zapcore.InfoLevel)
	o := options(hook.URL)
	o.Retry = Retry{Initial: 5 * time.Millisecond, Max: 20 * time.Millisecond, GiveUpAfter: time.Hour}
	e, _ := running(t, o, log, zap.New(core))
	store(t, log, "acme", receipts("a", 20000)...)
	hook.untilN(t, 60)
	eventually(t, "breaker open", func() bool { return e.Status().BreakerOpen })
	if n := lines.Len(); n >= 100 {
		t.Errorf("%d log lines", n)
	}
	counts, err := log.Counts(t.Context(), "app")
	if err != nil || counts.Parked[classRefused]+counts.Parked[classUnreachable]+counts.Dead[classUnreachable] != 0 {
		t.Errorf("rows were written for waiting receipts: %+v, %v", counts, err)
	}
	eventually(t, "all of them wait", func() bool { return e.Status().Lag == 20000 })
	hook.become(nil)
	eventually(t, "delivering again", func() bool { return !e.Status().BreakerOpen && e.Status().Lag < 19000 })
}

func TestEventThatAlwaysFailsIsParkedWhileOthersPass(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "bad0" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	e, _ := running(t, options(hook.URL), log, nil)
	store(t, log, "acme", receipts("bad", 1)...)
	untilParked(t, e, log, classUnreachable)
	eventually(t, "lag 0", func() bool { return e.Status().Lag == 0 })
}

// TestNobodyListensParksNothing: what was never sent over a connection says
// nothing of the event, however often it is tried.
func TestNobodyListensParksNothing(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	attempts := make(chan string, 1000)
	o := options("http://127.0.0.1:1")
	o.Retry.Max = 2 * o.Retry.Initial
	e, _ := observed(t, o, log, Observer{Attempt: func(outcome string, _ time.Duration) { attempts <- outcome }}, nil)
	store(t, log, "acme", receipts("r", 1)...)
	for range tripAfter + 3*failedProbes {
		if outcome := <-attempts; outcome != down.String() {
			t.Fatalf("an attempt was %s", outcome)
		}
	}
	eventually(t, "the breaker open", func() bool { return e.Status().BreakerOpen })
	since := e.Status().FailingSince
	if err := e.Enable(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-attempts
	if s := e.Status(); s.Parked[classUnreachable] != 0 || !s.BreakerOpen || !s.FailingSince.Equal(since) {
		t.Errorf("after %s: %+v", since, s)
	}
}

// TestTheOnlyFailingEventIsParkedAndTheBreakerCloses: nothing is known against
// the endpoint then, and every view says so.
func TestTheOnlyFailingEventIsParkedAndTheBreakerCloses(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) })
	breaker := make(chan bool, 10)
	o := options(hook.URL)
	o.Retry.Max = 2 * o.Retry.Initial
	e, _ := observed(t, o, log, Observer{Breaker: func(open bool) { breaker <- open }}, nil)
	store(t, log, "acme", receipts("r", 1)...)
	for _, want := range []bool{false, true, false} { // at the start, while it fails, once it is parked
		if open := <-breaker; open != want {
			t.Fatalf("breaker open %t, want %t", open, want)
		}
	}
	eventually(t, "one parked", func() bool {
		s := e.Status()
		return s.Parked[classUnreachable] == 1 && !s.BreakerOpen
	})
}

// TestManyRefusedEventsHoldNobody: their second tries come together, when all
// that may start besides them was taken, and are no sign of an outage.
func TestManyRefusedEventsHoldNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("long: thousands of events")
	}
	t.Parallel()
	const stored, every = 3 * windowSize, 5
	log := newLog(t, "acme")
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if n, err := strconv.Atoi(strings.TrimPrefix(h.id, "r")); err == nil && n%every == 0 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	o := options(hook.URL)
	o.Concurrency = 16
	o.Retry = Retry{Initial: 100 * time.Millisecond, Max: time.Hour, GiveUpAfter: 72 * time.Hour}
	e, _ := running(t, o, log, nil)
	store(t, log, "acme", receipts("r", stored)...)
	eventually(t, "all taken or parked", func() bool {
		s := e.Status()
		return s.Lag == 0 && s.Parked[classRefused]+s.Parked[classUnreachable] == (stored+every-1)/every
	})
	if s := e.Status(); s.Parked[classUnreachable] != 0 {
		t.Errorf("%d are parked as unreachable", s.Parked[classUnreachable])
	}
}

// TestAnEndpointThatLetsNobodyInParksNothing: an answer about access, place or
// load says nothing of the only event that there is.
func TestAnEndpointThatLetsNobodyInParksNothing(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 401, 403, 404, 405, 408, 429, 502, 503, 504} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			log := newLog(t, "acme")
			hook := newReceiver(t, status(code))
			o := options(hook.URL)
			o.Retry.Max = 2 * o.Retry.Initial
			e, _ := running(t, o, log, nil)
			store(t, log, "acme", receipts("r", 1)...)
			hook.until(t, func(hits []hit) bool { return len(hits) > tripAfter+3*failedProbes })
			eventually(t, "the breaker open", func() bool { return e.Status().BreakerOpen })
			if s := e.Status(); s.Parked[classUnreachable] != 0 || s.LastFailure == "" {
				t.Errorf("%+v", s)
			}
		})
	}
}
