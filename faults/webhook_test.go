//go:build faultpoints

package faults_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestWebhook breaks the webhook in the middle of the traffic, and mends it when
// all receipts are answered and it has failed many times.
func TestWebhook(t *testing.T) {
	const failures = 12
	at := func(f func(net.Conn)) func(*world) func() {
		return func(w *world) func() {
			w.door.misbehave(f)
			w.eventually("it was tried again and again", func() bool { return w.door.turnedAway() >= failures })
			return func() { w.door.misbehave(nil) }
		}
	}
	cases := []struct {
		name     string
		endpoint string
		strike   func(*world) (mend func())
	}{
		{"down", "", func(w *world) func() {
			w.door.close()
			w.failed(failures)
			return func() { w.must(w.door.open()) }
		}},
		{"slow", "", func(w *world) func() {
			before := w.app.Counts().Distinct
			w.app.Behave(simulator.Behaviour{Delay: 500 * time.Millisecond})
			w.must(w.app.WaitFor(w.ctx, before+60))
			return func() { w.app.Behave(simulator.Behaviour{}) }
		}},
		{"hanging", "retry: {initial: 50ms, max: 500ms}, timeout: 2s", func(w *world) func() {
			hang := make(chan struct{})
			w.app.Behave(simulator.Behaviour{Hang: hang})
			w.failed(failures)
			return func() { w.app.Behave(simulator.Behaviour{}); close(hang) }
		}},
		{"resetting", "", at(reset)},
		{"endless answer", "retry: {initial: 50ms, max: 500ms}, timeout: 1s", at(endless)},
		{"endless header", "", at(endlessHeader)},
		{"garbage", "", at(garbage)},
		{"half an answer", "retry: {initial: 50ms, max: 500ms}, timeout: 1s", at(half)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, patience, setup{
				Endpoint: c.endpoint,
				Sink:     simulator.SinkOptions{Behaviour: simulator.Behaviour{Delay: 5 * time.Millisecond}},
			})
			w.run()
			over := make(chan struct{})
			w.flood(over)
			w.must(w.smsc.WaitOK(w.ctx, 500))
			w.must(w.app.WaitFor(w.ctx, 50))
			w.struck(c.name, unanswered, waiting, delivered)
			close(over)
			mend := c.strike(w)
			w.must(<-w.played)
			w.played <- nil
			w.must(w.smsc.WaitSettled(w.ctx)) // it blocks nobody
			w.struck("the mending", waiting)
			if w.metric("dlrgate_parked_receipts", "") != 0 {
				t.Error("receipts were parked for a fault that was not theirs")
			}
			mend()
			w.repeats += 16 + failures*4 // what was under way when it broke, and what timed out
			w.verdict()
		})
	}
}

// failed waits until so many attempts were not answered.
func (w *world) failed(n float64) {
	w.t.Helper()
	taken := func() float64 { return w.metric("dlrgate_forward_attempts_total", `outcome="taken"`) }
	all := func() float64 { return w.metric("dlrgate_forward_attempts_total", "") }
	w.eventually("it was tried again and again", func() bool { return all()-taken() >= n })
}

// always500 answers 500 to a recipient's receipts while on is open.
func always500(recipient string, on <-chan struct{}) func(http.ResponseWriter, *http.Request) bool {
	return func(rw http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil || !strings.Contains(string(body), recipient) {
			return false
		}
		select {
		case <-on:
			return false
		default:
			rw.WriteHeader(http.StatusInternalServerError)
			return true
		}
	}
}

// TestPoison has one event that always gets 500 on an otherwise idle endpoint:
// it is set aside, and what comes later is delivered.
func TestPoison(t *testing.T) {
	t.Parallel()
	cured := make(chan struct{})
	first := source(1).Next().Recipient
	w := newWorld(t, patience, setup{Hook: always500(first, cured)})
	w.run()
	src := source(50)
	for range 50 {
		r := src.Next()
		w.smsc.Send(r)
		if r.Recipient == first {
			w.failed(3) // alone
			w.struck("the poison", waiting)
		}
	}
	w.played <- nil
	w.must(w.smsc.WaitSettled(w.ctx))
	w.eventually("set aside", func() bool { return w.metric("dlrgate_parked_receipts", "") > 0 })
	parked := int(w.metric("dlrgate_parked_receipts", ""))
	w.must(w.app.WaitFor(w.ctx, 50-parked))
	w.struck("the cure", waiting, delivered)
	close(cured)
	w.verdict()
}

// TestNotFound has the webhook answer 404 to everything for as many tries as
// the default back-off makes in an hour: nothing is dead, and no row is written
// for a receipt that waits.
func TestNotFound(t *testing.T) {
	t.Parallel()
	const receipts, tries = 3000, 40
	w := newWorld(t, patience, setup{Endpoint: "retry: {initial: 20ms, max: 100ms}"})
	w.app.Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusNotFound})
	w.run()
	w.play(receipts)
	w.must(w.smsc.WaitOK(w.ctx, receipts))
	w.must(w.app.WaitUntil(w.ctx, func(c simulator.SinkCounts) bool { return c.Failed >= tries }))
	w.struck("404", waiting)
	w.stop()
	for table, most := range map[string]int{"parked": 0, "dead": 0, "attempts": 100, "cursors": 1} {
		if n := w.rows(table); n > most {
			t.Errorf("%d rows in %q while %d receipts wait, at most %d are right", n, table, receipts, most)
		}
	}
	w.app.Behave(simulator.Behaviour{})
	w.run()
	w.verdict()
}
