package gateway

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/dlrgate/dlrgate/smpp"
)

// TestMetricsAreNamedAsPrometheusWants holds names and help texts against
// promlint.
func TestMetricsAreNamedAsPrometheusWants(t *testing.T) {
	o := &observer{metrics: newMetrics("1.2.3", "abc")}
	o.showOperator("acme", []string{"acme/gw/1"}, smpp.StatusQueueFull)
	o.showEndpoint("app")
	problems, err := testutil.GatherAndLint(o.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
