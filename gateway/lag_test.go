package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestLagIsWhatWaits has a receipt wait at an endpoint behind whose place many
// others lie that its filter does not want: the metric counts as status does.
func TestLagIsWhatWaits(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	s := newAPIStage(ctx, t, values{Endpoint: "    filter: {statuses: [reception_error]}"})
	s.sink.At("/app").Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusServiceUnavailable})
	must(t, s.smsc.WaitBound(ctx, 1), s.stage)
	s.deliver("33612345678", "id:1 stat:UNDELIV err:000")
	for range 20 {
		s.deliver("33612345679", "id:2 stat:DELIVRD err:000")
	}
	waiting := func() float64 { return itemsOf(s.get("/endpoints"))[0]["lag"].(float64) }
	s.until("one waits", func() bool { return waiting() == 1 })
	if _, body := s.stage.get(t, "/metrics"); !strings.Contains(body, "\ndlrgate_endpoint_lag_receipts{endpoint=\"app\"} 1\n") {
		t.Errorf("one receipt waits, and the metrics say\n%s", linesWith(body, "dlrgate_endpoint_lag"))
	}
	s.sink.At("/app").Behave(simulator.Behaviour{})
}

func linesWith(text, word string) string {
	var found strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			found.WriteString(line)
		}
	}
	return found.String()
}
