package simulator_test

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestALateOKIsNoGivenUpReceipt: a receipt that was given up and is answered OK
// after all counts once, as answered.
func TestALateOKIsNoGivenUpReceipt(t *testing.T) {
	t.Parallel()
	ctx := patient(t)
	c := start(t, simulator.Options{Resend: simulator.Resend{Limit: 1, AnswerTimeout: 20 * time.Millisecond}})
	bound(t, c.Addr(), func(pdu) (uint32, bool) {
		return 0, c.WaitFor(ctx, func(n simulator.Counts) bool { return n.GivenUp == 1 }) == nil
	})
	c.Send(messages(1, "smpp").Next())
	if err := c.WaitOK(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if n := c.Ledger().Counts(); n.GivenUp != 0 || n.Open() != 0 {
		t.Errorf("%+v leaves %d open, want none open or given up", n, n.Open())
	}
	if e, _ := c.Ledger().Entry(1); e.GivenUp || e.AnsweredOK.IsZero() {
		t.Errorf("%+v, want answered OK", e)
	}
}

// TestWhatIsAnsweredOKCanBeRedelivered at once, and counts as open until its new
// answer.
func TestWhatIsAnsweredOKCanBeRedelivered(t *testing.T) {
	t.Parallel()
	ctx := patient(t)
	c := start(t, simulator.Options{Remember: 10})
	bound(t, c.Addr(), nil)
	receipts := messages(500, "smpp")
	for n := 1; n <= 500; n++ {
		c.Send(receipts.Next())
		if err := c.WaitOK(ctx, n); err != nil {
			t.Fatal(err)
		}
		if got := c.Redeliver(1); got != 1 {
			t.Fatalf("receipt %d: %d to redeliver, want 1", n, got)
		}
		if err := c.WaitSettled(ctx); err != nil {
			t.Fatal(err)
		}
		if e, _ := c.Ledger().Entry(uint64(n)); e.Answers != 2 {
			t.Fatalf("receipt %d: settled after %d answers, want 2", n, e.Answers)
		}
	}
}
