package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// get asks the admin listener.
func (s *stage) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// values returns what the stage's file is made of, for a test to change.
func (s *stage) values() values {
	return values{SMSC: s.smsc.Addr(), Sink: "http://" + s.sink.Addr()}
}

// send sends one receipt and returns the status that the webhook got.
func (s *stage) send(t *testing.T, n uint64, stat, err string) string {
	t.Helper()
	ctx := within(t, patience)
	before := s.sink.At("/app").Counts().Distinct
	s.smsc.Send(simulator.NewSource(simulator.SourceOptions{}).Make(n, simulator.Outcome{Stat: stat, Err: err}))
	must(t, s.sink.At("/app").WaitFor(ctx, before+1), s)
	arrivals := s.sink.At("/app").Arrivals()
	return arrivals[len(arrivals)-1].Status
}

// TestReloadRules changes an operator's rules: later receipts get the new
// status, and the session stays.
func TestReloadRules(t *testing.T) {
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	must(t, s.smsc.WaitBound(ctx, 1), s)
	if got := s.send(t, 1, "UNDELIV", "001"); got != "reception_error" {
		t.Errorf("without a rule: %s, want reception_error", got)
	}
	v := s.values()
	v.Operator = `    rules: [{stat: UNDELIV, err: "001", status: permanent_error_absence}]`
	s.write(t, v)
	plan, err := s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	if want := `operator "acme": changed (rules): its binds stay`; len(plan) != 1 || plan[0] != want {
		t.Errorf("plan is %q, want %q", plan, want)
	}
	if got := s.send(t, 2, "UNDELIV", "001"); got != "permanent_error_absence" {
		t.Errorf("with the rule: %s, want permanent_error_absence", got)
	}
	if n := s.smsc.Ledger().Counts().Binds; n != 1 {
		t.Errorf("%d binds, want the first one alone", n)
	}
}

// TestReloadPlan says what a reload would do, and touches nothing when only
// asked.
func TestReloadPlan(t *testing.T) {
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	v := s.values()
	v.Operator = "    window: 7"
	v.Endpoint = "    timeout: 3s"
	v.More = fmt.Sprintf("  - {name: other, url: \"%s/other\"}", v.Sink)
	s.write(t, v)
	plan, err := s.Reload(ctx, s.load(t), true)
	must(t, err, s)
	want := []string{
		`operator "acme": changed (window): unbinds and binds anew`,
		`endpoint "app": changed (timeout): starts anew and goes on where it is`,
		`endpoint "other": added: begins with the newest receipt, unless the journal knows it`,
	}
	if fmt.Sprint(plan) != fmt.Sprint(want) {
		t.Errorf("plan is %q, want %q", plan, want)
	}
	s.send(t, 1, "DELIVRD", "000")
	if n := s.sink.At("/other").Counts().Events; n != 0 {
		t.Errorf("the endpoint of a dry run got %d events", n)
	}
	_, err = s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	s.send(t, 2, "DELIVRD", "000")
	must(t, s.sink.At("/other").WaitFor(ctx, 1), s)

	s.sink.At("/other").Behave(simulator.Behaviour{FailRate: 1})
	for n := range uint64(3) {
		s.send(t, 3+n, "DELIVRD", "000")
	}
	v.More = strings.Replace(v.More, "other", "renamed", 1)
	s.write(t, v)
	again := time.NewTicker(20 * time.Millisecond) // an endpoint tells up to 100 ms late what waits
	defer again.Stop()
	for said := ""; !strings.Contains(said, `endpoint "other": removed with 3 undelivered`) ||
		!strings.Contains(said, `endpoint "renamed": added: a rename of "other"?`); said = fmt.Sprint(plan) {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("plan is %s", said)
		}
		plan, err = s.Reload(ctx, s.load(t), true)
		must(t, err, s)
	}
}

// TestReloadTells has a reload of a faulty file fail: the gateway tells so where
// it tells what needs attention, until a reload is good again.
func TestReloadTells(t *testing.T) {
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	must(t, s.smsc.WaitBound(ctx, 1), s.stage)
	if _, there := s.get("/stats")["last_reload"]; there {
		t.Error("a reload is told of before any")
	}
	v := s.values()
	v.More += tokensYAML
	bad := v
	bad.Operator = "    windw: 7"
	s.write(t, bad)
	s.ask(call{method: http.MethodPost, path: "/reload"}, http.StatusBadRequest)
	stats := s.get("/stats")
	if last := stats["last_reload"].(map[string]any); last["successful"] != false || !strings.Contains(last["fault"].(string), "windw") {
		t.Errorf("the last reload is %v", last)
	}
	if attention := fmt.Sprint(stats["attention"]); !strings.Contains(attention, "the last reload failed") || !strings.Contains(attention, "dlrgate.yaml:") {
		t.Errorf("attention is %s", attention)
	}
	v.Stop = "9s"
	v.Top = "log: {level: debug}\nprivacy: {text: drop}"
	s.write(t, v)
	plan := fmt.Sprint(s.post("/reload", nil, http.StatusOK)["changes"])
	for _, want := range []string{"shutdown_timeout: 9s instead of 10s", "log.level: debug instead of info", "privacy.text: drop instead of keep"} {
		if !strings.Contains(plan, want) {
			t.Errorf("plan %s does not say %q", plan, want)
		}
	}
	stats = s.get("/stats")
	if last := stats["last_reload"].(map[string]any); last["successful"] != true || len(stats["attention"].([]any)) != 0 {
		t.Errorf("after a good reload: %v, attention %v", last, stats["attention"])
	}
}

// TestWatch reloads when the file is replaced, as an editor or Kubernetes does
// it, and keeps what runs when the new file is faulty.
func TestWatch(t *testing.T) {
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{Top: "watch: true"})
	must(t, s.smsc.WaitBound(ctx, 1), s)
	v := s.values()
	v.Top = "watch: true"
	v.Operator = "    windw: 7"
	s.write(t, v)
	s.log.wait(ctx, t, "windw")
	v.Operator = `    rules: [{stat: UNDELIV, err: "001", status: permanent_error_absence}]`
	s.write(t, v)
	s.log.wait(ctx, t, "configuration reloaded")
	if got := s.send(t, 1, "UNDELIV", "001"); got != "permanent_error_absence" {
		t.Errorf("after the file changed: %s, want permanent_error_absence", got)
	}
}

// TestReloadTokens changes the tokens of the admin listener without a restart.
func TestReloadTokens(t *testing.T) {
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	if status, _ := s.get(t, "/api/v1/stats"); status != http.StatusOK {
		t.Fatalf("without a token set: %d, want 200", status)
	}
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("a token of some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := s.values()
	v.Top = fmt.Sprintf("admin: {tokens: [{name: ops, token: \"file:%s\", role: admin}]}", secret)
	s.write(t, v)
	_, err := s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	if status, _ := s.get(t, "/api/v1/stats"); status != http.StatusUnauthorized {
		t.Errorf("with a token set: %d for a request without one, want 401", status)
	}
}

// TestReloadRefused keeps everything as it was when a change needs a restart.
func TestReloadRefused(t *testing.T) {
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	cfg := s.load(t)
	cfg.Listen = "127.0.0.1:1"
	cfg.Journal.Retention++
	cfg.Journal.MinFreeDisk++
	_, err := s.Reload(ctx, cfg, false)
	if err == nil || !strings.Contains(err.Error(), "journal (retention, min_free_disk), listen changed") || !strings.Contains(err.Error(), "restart") {
		t.Errorf("error is %v, want the three keys named, and what to do", err)
	}
	if _, body := s.get(t, "/metrics"); !strings.Contains(body, "dlrgate_config_last_reload_successful 0") {
		t.Error("the failed reload is not in the metrics")
	}
	s.send(t, 1, "DELIVRD", "000")
}

// TestFull refuses receipts while no space is left, says so in /readyz, and goes
// on without a restart: nothing is lost.
func TestFull(t *testing.T) {
	const receipts = 300
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{Resend: simulator.Resend{After: 20 * time.Millisecond}},
		values{Operator: "    refuse_for: 60s"})
	s.gate.fill(true)
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitFor(ctx, func(simulator.Counts) bool {
		return s.smsc.Ledger().Statuses()[simulator.StatusQueueFull] > 10
	}), s)
	if status, body := s.get(t, "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "refusing receipts") {
		t.Errorf("/readyz says %d %s", status, body)
	}
	s.gate.fill(false)
	s.all(ctx, t, "/app")
	if status, body := s.get(t, "/readyz"); status != http.StatusOK {
		t.Errorf("/readyz says %d %s after space came back", status, body)
	}
}

// TestMetricsFromTheStart finds every series whose labels are known at 0 before
// the first receipt.
func TestMetricsFromTheStart(t *testing.T) {
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	_, body := s.get(t, "/metrics")
	for _, series := range []string{
		`dlrgate_receipts_total{operator="acme",status="received"} 0`,
		`dlrgate_unmapped_total{operator="acme"} 0`,
		`dlrgate_conflicts_total{operator="acme"} 0`,
		`dlrgate_duplicates_total{operator="acme"} 0`,
		`dlrgate_late_total{operator="acme"} 0`,
		`dlrgate_non_receipts_total{action="malformed",operator="acme"} 0`,
		`dlrgate_deliver_sm_total{bind="acme/gw/1",command_status="ESME_ROK",operator="acme"} 0`,
		`dlrgate_deliver_sm_total{bind="acme/gw/1",command_status="ESME_RMSGQFUL",operator="acme"} 0`,
		`dlrgate_deliver_sm_total{bind="acme/gw/1",command_status="ESME_RX_R_APPN",operator="acme"} 0`,
		`dlrgate_deliver_sm_response_seconds_count{operator="acme"} 0`,
		`dlrgate_unrouted_total 0`,
		`dlrgate_forward_attempts_total{endpoint="app",outcome="taken"} 0`,
		`dlrgate_forward_seconds_count{endpoint="app"} 0`,
		`dlrgate_endpoint_lag_receipts{endpoint="app"} 0`,
		`dlrgate_endpoint_oldest_seconds{endpoint="app"} 0`,
		`dlrgate_endpoint_breaker_open{endpoint="app"} 0`,
		`dlrgate_endpoint_disabled{endpoint="app"} 0`,
		`dlrgate_parked_receipts{endpoint="app"} 0`,
		`dlrgate_dead_letters{class="refused",endpoint="app"} 0`,
		`dlrgate_dead_lettered_total{class="unreachable",endpoint="app"} 0`,
		`dlrgate_config_last_reload_successful 1`,
		`dlrgate_search_lag_receipts 0`,
		`dlrgate_journal_commit_seconds_count `,
		`dlrgate_journal_sync_total `,
		`dlrgate_journal_size_bytes `,
		`dlrgate_journal_free_bytes `,
		`dlrgate_bind_up{bind="acme/gw/1",operator="acme"} `,
		`dlrgate_build_info{commit="",version="test"} 1`,
	} {
		if !strings.Contains(body, "\n"+series) {
			t.Errorf("no series %s", series)
		}
	}
}
