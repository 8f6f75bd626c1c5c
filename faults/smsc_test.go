//go:build faultpoints

package faults_test

import (
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestSMSC has the operator's side misbehave under load.
func TestSMSC(t *testing.T) {
	// rebound waits for a session in place of one that the gateway gave up.
	rebound := func(w *world, binds int) {
		w.must(w.smsc.WaitFor(w.ctx, func(n simulator.Counts) bool { return n.Binds > binds && n.Sessions >= w.setup.Binds }))
	}
	cases := []struct {
		name   string
		smsc   simulator.Options
		strike func(w *world, ebb func())
	}{
		{"dropping", simulator.Options{}, func(w *world, _ func()) {
			for range 8 {
				binds, answered := w.smsc.Ledger().Counts().Binds, w.smsc.Ledger().Counts().Answered
				w.smsc.DropSessions()
				rebound(w, binds+w.setup.Binds-1)
				w.must(w.smsc.WaitAnswered(w.ctx, answered+100))
			}
			w.repeats += 8 * 2 * 50 // each drop loses the answers to two windows
		}},
		{"half-open", simulator.Options{}, func(w *world, _ func()) {
			binds := w.smsc.Ledger().Counts().Binds
			w.smsc.Sessions()[0].Silence(true)
			rebound(w, binds)
			w.repeats += 50
		}},
		{"not reading", simulator.Options{
			Resend: simulator.Resend{After: 50 * time.Millisecond, AnswerTimeout: time.Second},
		}, func(w *world, ebb func()) {
			ebb() // what waits for the session that is over comes again a second later
			binds := w.smsc.Ledger().Counts().Binds
			w.smsc.Sessions()[0].StopReading(true)
			rebound(w, binds)
			w.repeats += w.smsc.Ledger().Counts().Receipts
		}},
		{"resending what was not answered in time", simulator.Options{
			Resend: simulator.Resend{After: 50 * time.Millisecond, AnswerTimeout: 100 * time.Millisecond},
		}, func(w *world, _ func()) {
			w.must(w.cmd.Process.Signal(syscall.SIGSTOP)) // so that it is late, however fast it is
			err := w.smsc.WaitFor(w.ctx, func(n simulator.Counts) bool { return n.Unanswered > 50 })
			w.must(w.cmd.Process.Signal(syscall.SIGCONT))
			w.must(err)
			w.repeats += w.smsc.Ledger().Counts().Receipts * 20
		}},
		{"resending what was answered", simulator.Options{Remember: 1000}, func(w *world, _ func()) {
			w.must(w.smsc.WaitOK(w.ctx, 3000))
			w.repeats += w.smsc.Redeliver(1000)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, patience, setup{
				SMSC:     c.smsc,
				Operator: "enquire_link: 300ms, response_timeout: 500ms",
				Sink:     simulator.SinkOptions{Behaviour: simulator.Behaviour{Delay: 3 * time.Millisecond}},
			})
			w.run()
			over := make(chan struct{})
			w.flood(over)
			w.must(w.smsc.WaitOK(w.ctx, 500))
			w.must(w.app.WaitFor(w.ctx, 50))
			w.struck(c.name, unanswered, waiting, delivered)
			ebb := sync.OnceFunc(func() { close(over) })
			c.strike(w, ebb)
			ebb()
			w.verdict()
		})
	}
}
