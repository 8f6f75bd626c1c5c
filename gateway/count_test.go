package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestRefusedIsNotCounted refuses everything many times, as on a full disk: what
// was judged and kept is counted when it is stored, and only then.
func TestRefusedIsNotCounted(t *testing.T) {
	t.Parallel()
	const receipts = 50
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{Resend: simulator.Resend{After: 10 * time.Millisecond}}, values{Operator: "    refuse_for: 60s"})
	s.gate.fill(true)
	s.smsc.Send(&simulator.Receipt{Body: []byte("hello"), Text: "hello"})
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitFor(ctx, func(simulator.Counts) bool {
		return s.smsc.Ledger().Statuses()[simulator.StatusQueueFull] > 3*receipts
	}), s)
	s.gate.fill(false)
	must(t, s.smsc.WaitSettled(ctx), s)

	judged := uint64(0)
	for _, n := range s.Mappings()[0].By {
		judged += n
	}
	if judged != receipts {
		t.Errorf("%d receipts were counted as judged, want %d", judged, receipts)
	}
	if _, body := s.get(t, "/metrics"); !strings.Contains(body, `dlrgate_non_receipts_total{action="kept",operator="acme"} 1`+"\n") {
		t.Error("the message that is no receipt was not counted once")
	}
}
