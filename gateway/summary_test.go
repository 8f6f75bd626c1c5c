package gateway_test

import (
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestSummaryCountsOwn has a stream come with a history: what was stored in it
// before is no part of the last minute.
func TestSummaryCountsOwn(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	for n := range uint64(3) {
		s.send(t, n, "DELIVRD", "000")
	}
	must(t, s.Close(), s)
	s.run(ctx, t)
	s.send(t, 3, "DELIVRD", "000")
	s.Summarize(ctx)
	if said := s.log.String(); !strings.Contains(said, `"operator":"acme","stored":1}`) {
		t.Error(said)
	}
}
