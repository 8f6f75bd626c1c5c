package forward

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/dlrgate/dlrgate/journal"
)

func status(code int) func(int, hit, http.ResponseWriter) {
	return func(_ int, _ hit, w http.ResponseWriter) { w.WriteHeader(code) }
}

func TestDeliversSignedEventsAndAdvancesTheCursor(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme", "beta")
	hook := newReceiver(t, nil)
	o := options(hook.URL + "/dlr?key=1")
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC"
	bare := "cmF3LW9sZC1zZWNyZXQ=" // without its whsec_, as some write it
	o.Secrets = []string{secret, bare}
	o.Headers = http.Header{"X-Tenant": {"a"}}
	e, _ := running(t, o, log, nil)
	store(t, log, "acme", receipts("a", 30)...)
	store(t, log, "beta", receipts("b", 30)...)
	hits := hook.untilN(t, 60)

	newest, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	oldest, err := standardwebhooks.NewWebhook(bare)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hits {
		for name, w := range map[string]*standardwebhooks.Webhook{"newest": newest, "older": oldest} {
			if err := w.Verify([]byte(h.body), h.header); err != nil {
				t.Fatalf("%s secret: %v", name, err)
			}
		}
		for header, want := range map[string]string{
			"Idempotency-Key": h.id, "Content-Type": "application/json", "User-Agent": "dlrgate/test", "X-Tenant": "a",
		} {
			if got := h.header.Get(header); got != want {
				t.Fatalf("%s: %q, want %q", header, got, want)
			}
		}
	}
	eventually(t, "lag 0", func() bool { return e.Status().Lag == 0 && e.Status().InFlight == 0 })
}

func TestRestartGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hook := newReceiver(t, nil)
	log := openLog(t, dir, "acme")
	_, stop := running(t, options(hook.URL), log, nil)
	store(t, log, "acme", receipts("a", 10)...)
	hook.untilN(t, 10)
	stop()
	store(t, log, "acme", receipts("b", 10)...)
	closeLog(t, log)

	log = openLog(t, dir, "acme")
	_, stop = running(t, options(hook.URL), log, nil)
	hook.untilN(t, 20)
	stop()
	closeLog(t, log)
	ids := hook.ids()
	slices.Sort(ids)
	if len(ids) != len(slices.Compact(ids)) {
		t.Errorf("sent twice after a clean stop: %v", ids)
	}
}

func TestEventsOfAMessageComeInOrder(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, func(n int, _ hit, w http.ResponseWriter) {
		if n%3 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	var rs []receipt
	for i := range 200 {
		r := receipts("a", 200)[i]
		r.message = string(rune('a' + i%5))
		rs = append(rs, r)
	}
	store(t, log, "acme", rs...)
	o := options(hook.URL)
	o.Concurrency = 16
	e, _ := running(t, o, log, nil)
	eventually(t, "all taken", func() bool { return e.Status().Lag == 0 })
	place := map[string]int{}
	for i, r := range rs {
		place[r.id] = i
	}
	last := map[int]int{}
	for _, id := range hook.ids() {
		i := place[id]
		if i < last[i%5] {
			t.Fatalf("event %d of message %d came after event %d", i, i%5, last[i%5])
		}
		last[i%5] = i
	}
}

func TestFilteredEventsAreNotSentAndDoNotWait(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme", "beta")
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.Filter.Operators = []string{"beta"}
	e, _ := running(t, o, log, nil)
	store(t, log, "acme", receipts("a", 500)...)
	rs := receipts("b", 3)
	rs[1].unwanted = true
	store(t, log, "beta", rs...)
	hook.untilN(t, 2)
	eventually(t, "lag 0", func() bool { return e.Status().Lag == 0 })
	if ids := hook.ids(); !slices.Equal(ids, []string{"b0", "b2"}) && !slices.Equal(ids, []string{"b2", "b0"}) {
		t.Errorf("sent %v", ids)
	}
}

func TestHangingEndpointDisturbsNobody(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	release := make(chan struct{})
	hanging := newReceiver(t, func(int, hit, http.ResponseWriter) { <-release })
	healthy := newReceiver(t, nil)
	o := options(hanging.URL)
	o.Name = "hanging"
	stuck, _ := running(t, o, log, nil)
	t.Cleanup(func() { close(release) })
	running(t, options(healthy.URL), log, nil)
	store(t, log, "acme", receipts("a", 3000)...)
	healthy.untilN(t, 3000)
	eventually(t, "the hanging endpoint has all before it", func() bool { return stuck.Status().Lag >= 2996 })
}

func TestOperatorsAreServedInTurn(t *testing.T) {
	t.Parallel()
	log := newLog(t, "big", "small")
	hook := newReceiver(t, nil)
	store(t, log, "big", receipts("big", 5000)...)
	store(t, log, "small", receipts("small", 50)...)
	o := options(hook.URL)
	o.Concurrency = 1
	running(t, o, log, nil)
	hits := hook.untilN(t, 110)
	small := 0
	for _, h := range hits[:110] {
		if h.id[0] == 's' {
			small++
		}
	}
	if small < 49 {
		t.Errorf("%d of the small operator's 50 among the first 110", small)
	}
}

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

// untilParked stores others until one is parked: those must be taken between its
// tries.
func untilParked(t *testing.T, e *Endpoint, log *journal.Journal, class string) {
	t.Helper()
	i := 0
	eventually(t, "one parked", func() bool {
		i++
		store(t, log, "acme", receipts(fmt.Sprintf("good%d-", i), 5)...)
		return e.Status().Parked[class] > 0
	})
}

func countID(hits []hit, id string) int {
	n := 0
	for _, h := range hits {
		if h.id == id {
			n++
		}
	}
	return n
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
