package gateway_test

import (
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// contract are the metrics that users' dashboards and alerts build on, as the
// manual lists them, with the labels that each has.
const contract = `
dlrgate_bind_up{operator,bind} dlrgate_bind_last_receipt_timestamp_seconds{operator,bind}
dlrgate_deliver_sm_total{operator,bind,command_status} dlrgate_deliver_sm_response_seconds{operator}
dlrgate_receipts_total{operator,status} dlrgate_unmapped_total{operator} dlrgate_conflicts_total{operator}
dlrgate_duplicates_total{operator} dlrgate_late_total{operator} dlrgate_non_receipts_total{operator,action}
dlrgate_unrouted_total dlrgate_journal_commit_seconds dlrgate_journal_sync_total dlrgate_journal_size_bytes
dlrgate_journal_free_bytes dlrgate_search_lag_receipts dlrgate_forward_attempts_total{endpoint,outcome}
dlrgate_forward_seconds{endpoint} dlrgate_endpoint_lag_receipts{endpoint} dlrgate_endpoint_oldest_seconds{endpoint}
dlrgate_endpoint_breaker_open{endpoint} dlrgate_endpoint_disabled{endpoint} dlrgate_parked_receipts{endpoint}
dlrgate_dead_letters{endpoint,class} dlrgate_dead_lettered_total{endpoint,class}
dlrgate_tls_certificate_expiry_timestamp_seconds{peer} dlrgate_config_last_reload_successful
dlrgate_build_info{version,commit}`

// metrics are the names of a scrape, each with the labels that its series have.
type metrics map[string]map[string]bool

var (
	sampleForm = regexp.MustCompile(`^(dlrgate_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? (\S+)$`)
	labelForm  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// scrape reads /metrics.
func (s *stage) scrape(t *testing.T) metrics {
	t.Helper()
	_, body := s.get(t, "/metrics")
	found := metrics{}
	for line := range strings.Lines(body) {
		m := sampleForm.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		labels := found[m[1]]
		if labels == nil {
			labels = map[string]bool{}
			found[m[1]] = labels
		}
		for _, l := range labelForm.FindAllStringSubmatch(m[2], -1) {
			if l[1] != "le" {
				labels[l[1]] = true
			}
		}
	}
	return found
}

// TestMetricsOfTheContract finds every promised metric with its labels on a
// gateway that took a receipt, and no other of ours; and the dashboard and the
// alerts ask for nothing else.
func TestMetricsOfTheContract(t *testing.T) {
	ctx := within(t, patience)
	called := make(chan struct{}, 100)
	hooks := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called <- struct{}{} }))
	defer hooks.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hooks.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStage(ctx, t, simulator.Options{}, values{More: fmt.Sprintf("  - {name: secure, url: %q, tls: {ca_file: %q}}", hooks.URL, ca)})
	if _, body := s.get(t, "/metrics"); strings.Contains(body, "\ndlrgate_bind_last_receipt_timestamp_seconds{") {
		t.Error("the time of the last receipt is there before the first receipt")
	}
	s.send(t, 1, "DELIVRD", "000")
	select {
	case <-called: // its certificate was seen before
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
	if _, body := s.get(t, "/api/v1/stats"); !strings.Contains(body, `"certificates":[{"peer":"`+strings.TrimPrefix(hooks.URL, "https://")) {
		t.Errorf("the webhook's certificate is not in the statistics: %s", body)
	}
	got := s.scrape(t)
	for _, q := range shippedQueries(t) {
		for _, problem := range got.answers(q) {
			t.Errorf("%s: %s: %s", q.where, problem, q.expr)
		}
	}
	for _, m := range regexp.MustCompile(`(\w+)(?:\{([\w,]+)\})?`).FindAllStringSubmatch(contract, -1) {
		labels, there := got[m[1]]
		var want []string
		if m[2] != "" {
			want = strings.Split(m[2], ",")
		}
		have := slices.Sorted(maps.Keys(labels))
		slices.Sort(want)
		if !there || !slices.Equal(have, want) {
			t.Errorf("%s has the labels %q (there: %v), want %q", m[1], have, there, want)
		}
		delete(got, m[1])
	}
	for name := range got {
		t.Errorf("%s is not in the contract", name)
	}
}

// TestMetricsForgetWhatIsGone takes operator and endpoint out of the
// configuration: their series go.
func TestMetricsForgetWhatIsGone(t *testing.T) {
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	s.send(t, 1, "DELIVRD", "000")
	cfg := s.load(t)
	cfg.Operators[0].Name, cfg.Endpoints[0].Name = "beta", "other"
	_, err := s.Reload(ctx, cfg, false)
	must(t, err, s)
	_, body := s.get(t, "/metrics")
	for _, gone := range []string{`"acme"`, `"acme/gw/1"`, `"app"`} {
		if strings.Contains(body, gone) {
			t.Errorf("series of %s are left after the reload", gone)
		}
	}
	for _, there := range []string{`dlrgate_receipts_total{operator="beta",status="received"} 0`, `dlrgate_endpoint_lag_receipts{endpoint="other"} 0`} {
		if !strings.Contains(body, "\n"+there) {
			t.Errorf("no %s", there)
		}
	}
}
