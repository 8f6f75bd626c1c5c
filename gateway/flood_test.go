package gateway_test

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestFloodIsRefusedAlone has one operator keep more in flight than a slow journal
// stores in time: it is told so, another operator is not, and everything arrives.
func TestFloodIsRefusedAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("long: a flood on a slow disk")
	}
	const flood, few = 14000, 40
	ctx := within(t, patience)
	small, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(small.Close)
	s := newStage(ctx, t,
		simulator.Options{Window: flood, Resend: simulator.Resend{After: 50 * time.Millisecond, AnswerTimeout: patience}},
		values{Operator: "    window: 20000\n  - {name: small, system_id: gw, addresses: [\"" + small.Addr() + "\"]}"})
	must(t, s.smsc.WaitBound(ctx, 1), s)
	must(t, small.WaitBound(ctx, 1), s)
	s.gate.slow(500 * time.Microsecond)
	must(t, s.smsc.Play(ctx, source(flood), 0), s)
	must(t, s.smsc.WaitAnswered(ctx, 1), s)
	must(t, small.Play(ctx, simulator.NewSource(simulator.SourceOptions{Receipts: few, Seed: 4, Prefix: "447"}), 20), s)
	must(t, small.WaitSettled(ctx), s)
	if n := small.Ledger().Statuses()[simulator.StatusQueueFull]; n > 0 {
		t.Errorf("%d answers to the small operator were refusals\n%s", n, s.log)
	}
	must(t, s.smsc.WaitFor(ctx, func(c simulator.Counts) bool { return c.Answered == flood }), s)
	if s.smsc.Ledger().Statuses()[simulator.StatusQueueFull] == 0 {
		t.Error("none of the flood was refused")
	}
	s.gate.slow(0)
	must(t, s.smsc.WaitSettled(ctx), s)
	must(t, s.sink.At("/app").WaitFor(ctx, flood+few), s)
}
