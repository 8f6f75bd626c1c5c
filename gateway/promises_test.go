package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dlrgate/dlrgate/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func source(n uint64) *simulator.Source {
	return simulator.NewSource(simulator.SourceOptions{Receipts: n, Seed: 3})
}

// all waits until every receipt is answered OK and delivered, and judges.
func (s *stage) all(ctx context.Context, t *testing.T, path string) {
	t.Helper()
	must(t, s.smsc.WaitSettled(ctx), s)
	must(t, s.sink.At(path).WaitFor(ctx, s.smsc.Ledger().Counts().Receipts), s)
	v := simulator.Judge(s.smsc.Ledger(), s.sink.At(path))
	if !v.OK() || v.Answered != v.Receipts || len(v.WrongStatus) > 0 || len(v.Disorder) > 0 {
		t.Errorf("%s", v.String())
	}
}

// TestChain sends every dialect of the simulator through the gateway: each
// receipt becomes the status that its operator's table gives.
func TestChain(t *testing.T) {
	for _, d := range simulator.Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t, patience)
			s := newStage(ctx, t, simulator.Options{}, values{Operator: "    profile: " + d.Profile})
			must(t, s.smsc.Play(ctx, simulator.NewSource(simulator.SourceOptions{Dialect: d, Messages: 200, Seed: 5}), 0), s)
			must(t, s.smsc.WaitSettled(ctx), s)
			app := s.sink.At("/app")
			answered := s.smsc.Ledger().Counts().OK
			must(t, app.WaitUntil(ctx, func(c simulator.SinkCounts) bool { return c.Events >= answered }), s)
			v := simulator.Judge(s.smsc.Ledger(), app)
			if !v.OK() || v.Answered != v.Receipts {
				t.Errorf("%s", v.String())
			}
			for i, w := range v.WrongStatus {
				if i < 5 {
					t.Errorf("%q became %s, want %s", w.Entry.Text, w.Arrival.Status, w.Entry.Status)
				}
			}
		})
	}
}

// TestIsolation has one webhook that never answers: all receipts are answered
// and reach the healthy one before the hanging one is released.
func TestIsolation(t *testing.T) {
	const receipts = 5000
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{Window: 100}, values{})
	hang := make(chan struct{})
	s.write(t, values{
		SMSC: s.smsc.Addr(), Sink: "http://" + s.sink.Addr(),
		More: fmt.Sprintf("  - {name: hanging, url: \"http://%s/hanging\", timeout: 10m}", s.sink.Addr()),
	})
	s.sink.At("/hanging").Behave(simulator.Behaviour{Hang: hang})
	if _, err := s.Reload(ctx, s.load(t), false); err != nil {
		t.Fatal(err)
	}
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitOK(ctx, receipts), s)
	must(t, s.sink.At("/app").WaitFor(ctx, receipts), s)
	if n := s.sink.At("/hanging").Counts().Events; n != 0 {
		t.Errorf("the hanging webhook took %d events before it was released", n)
	}
	close(hang)
	must(t, s.sink.At("/hanging").WaitFor(ctx, receipts), s)
}

// TestStallWithinPatience blocks the journal for ten enquire_link intervals
// under flood, with a longer refuse_for: no session ends, what came in the
// meantime is refused for now, and all of it arrives.
func TestStallWithinPatience(t *testing.T) {
	const receipts, enquire = 3000, 100 * time.Millisecond
	ctx := within(t, patience)
	s := newStage(ctx, t,
		simulator.Options{Window: 500, EnquireLink: enquire, Resend: simulator.Resend{After: 50 * time.Millisecond}},
		values{Operator: "    window: 100\n    enquire_link: 100ms\n    refuse_for: 60s"})
	must(t, s.smsc.WaitBound(ctx, 1), s)
	s.gate.close()
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitAnswered(ctx, 100), s) // refused beyond the window
	stalled := time.After(10 * enquire)
	select {
	case <-stalled:
	case <-s.smsc.Sessions()[0].Ended():
		t.Fatalf("the session ended while the journal was blocked\n%s", s.log)
	}
	s.gate.open()
	s.all(ctx, t, "/app")
	if n := s.smsc.Ledger().Counts().Binds; n != 1 {
		t.Errorf("%d binds, want the first one alone", n)
	}
	if s.smsc.Ledger().Statuses()[simulator.StatusQueueFull] == 0 {
		t.Error("no receipt was refused with ESME_RMSGQFUL")
	}
}

// TestStallBeyondPatience blocks the journal for longer than refuse_for: the
// binds are unbound cleanly, and bind again when receipts can be stored.
func TestStallBeyondPatience(t *testing.T) {
	if testing.Short() {
		t.Skip("long: waits out the patience")
	}
	const receipts = 500
	ctx := within(t, patience)
	s := newStage(ctx, t,
		simulator.Options{Window: 50, Resend: simulator.Resend{After: 50 * time.Millisecond}},
		values{Operator: "    window: 10\n    refuse_for: 1s"})
	must(t, s.smsc.WaitBound(ctx, 1), s)
	s.gate.close()
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitUnbound(ctx), s)
	s.gate.open()
	must(t, s.smsc.WaitBound(ctx, 1), s)
	s.all(ctx, t, "/app")
}

// TestQuietLog has 20,000 receipts go to an endpoint that answers 500: the log
// does not grow with them.
func TestQuietLog(t *testing.T) {
	if testing.Short() {
		t.Skip("long: 20,000 receipts are tried over and over")
	}
	const receipts = 20000
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{Window: 100}, values{})
	s.sink.At("/app").Behave(simulator.Behaviour{FailRate: 1, FailStatus: 500})
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitOK(ctx, receipts), s)
	must(t, s.sink.At("/app").WaitUntil(ctx, func(c simulator.SinkCounts) bool { return c.Failed >= 10 }), s)
	if n := s.log.count(); n >= 100 {
		t.Errorf("%d log lines, want fewer than 100:\n%s", n, s.log)
	}
	s.sink.At("/app").Behave(simulator.Behaviour{})
	s.all(ctx, t, "/app")
}

// TestRestart goes on where it stopped: nothing is lost and nothing repeated by
// a clean stop.
func TestRestart(t *testing.T) {
	const receipts = 2000
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{Window: 100}, values{})
	s.sink.At("/app").Behave(simulator.Behaviour{Delay: 2 * time.Millisecond})
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitOK(ctx, receipts/2), s)
	must(t, s.Close(), s)
	s.run(ctx, t)
	s.all(ctx, t, "/app")
	if n := s.sink.At("/app").Counts().Repeated; n != 0 {
		t.Errorf("%d events were repeated by a clean stop", n)
	}
}
