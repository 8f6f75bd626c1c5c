package forward

import (
	"net/http"
	"testing"
	"time"
)

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
