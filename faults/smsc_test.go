//go:build faultpoints

package faults_test

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestSMSC has the operator's side misbehave under load.
func TestSMSC(t *testing.T) {
	const receipts = 6000
	// rebound waits for a session in place of one that the gateway gave up.
	rebound := func(w *world, binds int) {
		w.must(w.smsc.WaitFor(w.ctx, func(n simulator.Counts) bool { return n.Binds > binds && n.Sessions >= w.setup.Binds }))
	}
	cases := []struct {
		name   string
		smsc   simulator.Options
		strike func(*world)
	}{
		{"dropping", simulator.Options{}, func(w *world) {
			for range 8 {
				binds, answered := w.smsc.Ledger().Counts().Binds, w.smsc.Ledger().Counts().Answered
				w.smsc.DropSessions()
				rebound(w, binds+w.setup.Binds-1)
				w.must(w.smsc.WaitAnswered(w.ctx, min(answered+100, receipts)))
			}
			w.repeats += 8 * 2 * 50 // each drop loses the answers to two windows
		}},
		{"half-open", simulator.Options{}, func(w *world) {
			binds := w.smsc.Ledger().Counts().Binds
			w.smsc.Sessions()[0].Silence(true)
			rebound(w, binds)
			w.repeats += 50
		}},
		{"not reading", simulator.Options{}, func(w *world) {
			binds := w.smsc.Ledger().Counts().Binds
			w.smsc.Sessions()[0].StopReading(true)
			rebound(w, binds)
			w.repeats += 50
		}},
		{"resending what was not answered in time", simulator.Options{
			Resend: simulator.Resend{After: 50 * time.Millisecond, AnswerTimeout: 4 * time.Millisecond},
		}, func(w *world) {
			w.must(w.smsc.WaitFor(w.ctx, func(n simulator.Counts) bool { return n.Unanswered > 50 }))
			w.repeats += receipts * 20
		}},
		{"resending what was answered", simulator.Options{Remember: 1000}, func(w *world) {
			w.must(w.smsc.WaitOK(w.ctx, receipts/2))
			w.repeats += w.smsc.Redeliver(1000)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, time.Minute, setup{
				SMSC:     c.smsc,
				Operator: "enquire_link: 300ms, response_timeout: 500ms",
				Sink:     simulator.SinkOptions{Behaviour: simulator.Behaviour{Delay: 3 * time.Millisecond}},
			})
			w.run()
			w.play(receipts)
			w.must(w.smsc.WaitOK(w.ctx, 500))
			w.must(w.app.WaitFor(w.ctx, 50))
			w.struck(c.name, unanswered, waiting, delivered)
			c.strike(w)
			w.verdict()
		})
	}
}
