package gateway_test

import (
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestStoredThoughRefused has a commit seem to fail that was done: the receipt is
// refused, delivered all the same, and known when it comes again.
func TestStoredThoughRefused(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	s.gate.lie(1)
	s.send(t, 1, "DELIVRD", "000")
	must(t, s.smsc.WaitSettled(ctx), s)
	_, body := s.get(t, "/metrics")
	for _, want := range []string{
		`dlrgate_duplicates_total{operator="acme"} 1`,
		`dlrgate_receipts_total{operator="acme",status="received"} 2`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics have no %q", want)
		}
	}
}
