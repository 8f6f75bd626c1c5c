//go:build faultpoints

package faults_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
	"github.com/dlrgate/dlrgate/simulator"
)

// shared names a database as the journal, for any number of gateways.
func shared(dsn string) string { return fmt.Sprintf("driver: postgres, dsn: %q", dsn) }

// slowly keeps receipts waiting for the webhook while the fault strikes.
var slowly = simulator.SinkOptions{Behaviour: simulator.Behaviour{Delay: 10 * time.Millisecond}}

// TestPostgresCrash stops the database under load as a crash does, without a
// checkpoint: receipts are refused, after refuse_for the binds are closed, and
// when the database is there again everything goes on by itself.
func TestPostgresCrash(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t)
	if !s.Ours() {
		t.Skip("a given server cannot be stopped")
	}
	w := newWorld(t, 2*time.Minute, setup{Journal: shared(s.Database(t)), Operator: "refuse_for: 1s", Sink: slowly})
	w.run()
	over := make(chan struct{})
	w.flood(over)
	for range pick(1, 5) {
		w.must(w.smsc.WaitOK(w.ctx, w.smsc.Ledger().Counts().OK+1000))
		w.must(w.app.WaitFor(w.ctx, 100))
		w.struck("pg_ctl stop -m immediate", unanswered, waiting, delivered)
		w.must(s.Down(pgtest.Immediate))
		w.must(w.smsc.WaitUnbound(w.ctx))
		if w.smsc.Ledger().Statuses()[simulator.StatusQueueFull] == 0 {
			t.Error("no receipt was refused with ESME_RMSGQFUL before the unbind")
		}
		w.crashed() // the cursors are as they were saved last
		w.must(s.Up())
		w.must(w.smsc.WaitBound(w.ctx, w.setup.Binds))
	}
	close(over)
	w.verdict()
}

// TestPostgresCut loses the database's connection at the moment of a commit,
// before it and after it: of the statement that stores receipts, and at the
// COMMIT of a transaction that also saves cursors. No session ends for it.
func TestPostgresCut(t *testing.T) {
	t.Parallel()
	cuts := pick(8, 40)
	p, dsn := pgtest.NewProxy(t, pgtest.New(t).Database(t))
	w := newWorld(t, 3*time.Minute, setup{Journal: shared(dsn), Sink: slowly})
	w.run()
	over := make(chan struct{})
	w.flood(over)
	for n := range cuts {
		w.must(w.smsc.WaitOK(w.ctx, w.smsc.Ledger().Counts().OK+100))
		w.must(w.app.WaitFor(w.ctx, 100))
		cut, where := pgtest.Cut{At: "commit", Within: "app", Passes: n%2 == 1}, "COMMIT"
		if n%4 < 2 {
			where = "the append"
			w.cutAppend(p, cut.Passes)
		} else {
			p.CutAt(cut)
		}
		w.eventually("the connection is cut", func() bool { return p.Cuts() > n })
		w.struck(fmt.Sprintf("the cut at %s, done %v,", where, cut.Passes), unanswered, waiting, delivered)
	}
	close(over)
	if n := w.smsc.Ledger().Counts().Binds; n != w.setup.Binds {
		t.Errorf("%d sessions were bound, want the first %d alone", n, w.setup.Binds)
	}
	w.repeats += 64
	w.verdict()
}

// cutAppend has the connection lost at the append of a receipt that the SMSC has
// not sent yet.
func (w *world) cutAppend(p *pgtest.Proxy, passes bool) {
	w.t.Helper()
	w.smsc.Pause(true)
	defer w.smsc.Pause(false)
	w.eventually("receipts at the SMSC", func() bool {
		for _, e := range w.smsc.Ledger().Entries() {
			if e.Sent == 0 {
				p.CutAt(pgtest.Cut{At: e.TextID, Passes: passes})
				return true
			}
		}
		return false
	})
}

// TestPostgresPoints has the gateway die at the points that do not lie in
// SQLite's engine.
func TestPostgresPoints(t *testing.T) {
	longOnly(t, "each next life waits for the end of the lease of the one before")
	s := pgtest.New(t)
	for _, p := range []faultpoint.Point{
		faultpoint.BeforeCommit, faultpoint.AfterCommit, faultpoint.BeforeAnswer, faultpoint.BetweenAnswers,
		faultpoint.HandedOver, faultpoint.BeforePost, faultpoint.AfterPost, faultpoint.BeforePark, faultpoint.AfterPark,
		faultpoint.AfterCursors,
	} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			c := crashes[p]
			c.journal = shared(s.Database(t))
			c.run(t, p)
		})
	}
}

// TestTakeOver has two gateways on one database. The one that holds the operator
// is killed, or stopped and let go on: the other one takes over within 10 s, and
// nothing that either of them answered is lost.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		strike func(*world)
		after  func(first *process)
	}{
		{"killed", func(w *world) { w.kill() }, nil},
		{
			"stopped",
			func(w *world) { w.must(w.cmd.Process.Signal(syscall.SIGSTOP)) },
			func(first *process) { _ = first.cmd.Process.Signal(syscall.SIGCONT) },
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			takeOver(t, c.strike, c.after)
		})
	}
}

func takeOver(t *testing.T, strike func(*world), after func(*process)) {
	const limit = 10 * time.Second
	w := newWorld(t, 2*time.Minute, setup{
		Journal: shared(pgtest.New(t).Database(t)), Sink: slowly,
		Operator: "enquire_link: 1s, response_timeout: 1s",
		SMSC:     simulator.Options{Resend: simulator.Resend{After: 50 * time.Millisecond, AnswerTimeout: 2 * time.Second}},
	})
	w.run()
	first := w.process
	w.launch()
	second := w.process
	w.must(admitted(w, second))
	w.process = first
	over := make(chan struct{})
	w.flood(over)
	w.must(w.smsc.WaitOK(w.ctx, 1600))
	w.must(w.app.WaitFor(w.ctx, 1))
	binds := w.smsc.Ledger().Counts().Binds
	strike(w)
	struck := time.Now()
	w.struck("the fault of the first gateway", unanswered, waiting, delivered)
	w.crashed()
	w.must(w.smsc.WaitFor(w.ctx, func(n simulator.Counts) bool { return n.Binds >= binds+w.setup.Binds }))
	took := time.Since(struck)
	t.Logf("taken over after %s", took.Round(10*time.Millisecond))
	if took > limit {
		t.Errorf("taken over after %s, at most %s may pass", took, limit)
	}
	close(over)
	w.process = second
	if after == nil {
		w.verdict()
		return
	}
	after(first)
	w.must(w.smsc.WaitFor(w.ctx, func(n simulator.Counts) bool { return n.Sessions == w.setup.Binds }))
	w.repeats += w.smsc.Ledger().Counts().Receipts // what the stopped one had taken comes again
	w.verdict()
	w.process = first
	w.stop()
}

// admitted waits until the gateway runs beside the one that holds the operator.
func admitted(w *world, p *process) error {
	select {
	case w.admin = <-p.admin:
		return nil
	case <-p.exited:
		return errors.New("the second gateway ended")
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}
