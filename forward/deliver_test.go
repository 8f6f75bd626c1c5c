package forward

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

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
