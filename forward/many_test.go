package forward

import (
	"fmt"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/dlrgate/dlrgate/journal"
)

// counting counts what an endpoint asks of its journal for each receipt.
type counting struct {
	*journal.Journal
	heads, advances atomic.Int64
}

func (c *counting) Head(s journal.Stream) journal.Position {
	c.heads.Add(1)
	return c.Journal.Head(s)
}

func (c *counting) Advance(endpoint string, p journal.Position) {
	c.advances.Add(1)
	c.Journal.Advance(endpoint, p)
}

// TestIdleEndpointsTakeNoWorkers starts endpoints that may POST 64 at once and
// have nothing to: what runs is counted by what is in flight.
func TestIdleEndpointsTakeNoWorkers(t *testing.T) { //nolint:paralleltest // it counts the goroutines of the process
	const endpoints = 20
	hook := newReceiver(t, nil)
	log := newLog(t, "acme")
	before := runtime.NumGoroutine()
	for i := range endpoints {
		o := options(hook.URL)
		o.Name, o.Concurrency = fmt.Sprint("app", i), 64
		running(t, o, log, nil)
	}
	store(t, log, "acme", receipts("a", 3)...)
	hook.untilN(t, 3*endpoints)
	// One each, two for a test's own, and those of the connections at both ends.
	eventually(t, "the workers end", func() bool { return runtime.NumGoroutine()-before < endpoints*(3+3*4) })
}

// TestReceiptCostsNothingInTheStreamsOfOthers counts how often the ends of the
// streams are asked for while receipts of one of forty operators are delivered.
func TestReceiptCostsNothingInTheStreamsOfOthers(t *testing.T) {
	t.Parallel()
	const operators, n = 40, 50
	names := []string{"acme"}
	for i := range operators - 1 {
		names = append(names, fmt.Sprint("other", i))
	}
	hook := newReceiver(t, nil)
	log := &counting{Journal: newLog(t, names...)}
	running(t, options(hook.URL), log, nil)
	store(t, log.Journal, "acme", receipts("first", 1)...)
	hook.untilN(t, 1)
	before := log.heads.Load()
	for i := range n {
		store(t, log.Journal, "acme", receipts(fmt.Sprint("a", i, "-"), 1)...)
		hook.untilN(t, 2+i)
	}
	if asked := log.heads.Load() - before; asked > n*operators/2 {
		t.Errorf("%d looks at the ends of streams for %d receipts of one operator", asked, n)
	}
}

// TestUnwantedReceiptsSaveNoPlaceEach stores a receipt a second that the endpoint
// does not want: its place is saved now and then, and in the end.
func TestUnwantedReceiptsSaveNoPlaceEach(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.log = openLog(w, w.dir, "acme")
		log := &counting{Journal: w.log}
		w.o.Filter = Filter{Operators: []string{"beta"}}
		e, err := New(w.o, log, Observer{}, nil)
		if err != nil {
			w.Fatal(err)
		}
		w.e, w.stop = e, runEndpoint(w, e)
		synctest.Wait()
		for i := range 60 {
			store(w, w.log, "acme", receipts(fmt.Sprint("r", i, "-"), 1)...)
			w.pass(time.Second)
		}
		if n := log.advances.Load(); n > 15 {
			w.Errorf("its place was saved %d times for 60 receipts", n)
		}
		if s := w.e.Status(); s.Lag != 0 {
			w.Errorf("status: %+v", s)
		}
		w.stop()
		cursors, err := w.log.Attach(w.Context(), "app", journal.StartOldest)
		if err != nil || len(cursors) != 1 || cursors[0].Position.Seq() != 60 {
			w.Errorf("it stopped at %v, %v", cursors, err)
		}
	})
}

// TestStatusIsRightAfterARecovery: what the first success after an outage changes
// is shown whole, and not as it was in the middle of it.
func TestStatusIsRightAfterARecovery(t *testing.T) {
	inVirtualTime(t, status(http.StatusServiceUnavailable), func(w *world) {
		w.begin()
		store(w, w.log, "acme", receipts("a", 1)...)
		w.pass(10 * time.Minute)
		if s := w.e.Status(); !s.BreakerOpen || s.Lag != 1 || s.FailingSince.IsZero() {
			w.Fatalf("it is not down: %+v", s)
		}
		w.hook.become(nil)
		before := len(w.hook.got())
		for len(w.hook.got()) == before {
			w.pass(time.Second)
		}
		w.pass(2 * time.Second)
		s := w.e.Status()
		if s.BreakerOpen || s.Lag != 0 || !s.OldestWaiting.IsZero() || s.InFlight != 0 || !s.FailingSince.IsZero() || s.LastFailure != "" {
			w.Errorf("two seconds after it is delivered: %+v", s)
		}
	})
}

// TestGivenUpBacklogIsToldOnceAMinute keeps an endpoint down past its
// give_up_after while receipts come every second.
func TestGivenUpBacklogIsToldOnceAMinute(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.InfoLevel)
	r := newReporter(zap.New(core))
	o := &Options{Name: "app", Retry: Retry{GiveUpAfter: time.Hour}}
	start := time.Unix(1000, 0)
	for s := range 180 {
		r.gaveUp(2, "acme")
		if s%2 == 1 {
			r.gaveUp(1, "beta")
		}
		r.tellGivenUp(o, start.Add(time.Duration(s)*time.Second))
	}
	lines := logs.All()
	if len(lines) != 3 {
		t.Fatalf("%d lines in three minutes: %v", len(lines), lines)
	}
	m := lines[1].ContextMap()
	if m["receipts"] != int64(150) || m["operator"] != "acme, beta" || m["reason"] != "the endpoint was seen failing for 1h0m0s" ||
		m["do"] != "they are dead letters; once the endpoint works: dlrgate dead retry --endpoint app" {
		t.Errorf("%q %v", lines[1].Message, m)
	}
}
