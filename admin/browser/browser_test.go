// Package browser_test goes through the console in a real browser, before a
// real gateway between a simulated SMSC and a webhook sink.
package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/gateway"
	"github.com/dlrgate/dlrgate/simulator"
)

const (
	adminToken  = "an-admin-token-of-the-browser-test"
	viewerToken = "a-viewer-token-of-the-browser-test"
)

const stageYAML = `
listen: 127.0.0.1:0
admin:
  tokens:
    - {name: ops, token: "${DLRGATE_TEST_ADMIN}", role: admin}
    - {name: watcher, token: "${DLRGATE_TEST_VIEWER}", role: viewer}
journal: {path: data, min_free_disk: 1MiB}
operators:
  - name: acme
    addresses: ["{{.SMSC}}"]
    system_id: gw
    reconnect: {initial: 20ms, max: 100ms, after_unbind: 20ms}
    rules:
      - {stat: UNDELIV, err: "001", status: permanent_error_absence, note: "their unknown subscriber"}
      - {stat: FAILED, status: reception_error, final: true, note: "their generic failure"}
  - name: globex
    addresses: ["{{.SMSC}}"]
    system_id: gw2
  - name: initech
    addresses: ["127.0.0.1:1"]
    system_id: gw
endpoints:
  - {name: app, url: "{{.Sink}}/app"}
  - {name: crm, url: "{{.CRM}}", timeout: 2s}
  - {name: billing, url: "{{.Sink}}/billing", start: oldest, retry: {initial: 20ms, max: 100ms, give_up_after: 1s}}
`

// need skips a test without its tool on a bare laptop and fails it in CI.
func need(t *testing.T, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%q is missing, and CI must not skip", tool)
	}
	t.Skipf("%q is missing; .ci/browser installs it", tool)
	return ""
}

func TestConsole(t *testing.T) {
	if testing.Short() {
		t.Skip("long: a browser goes through every page")
	}
	need(t, "node")
	chromium := need(t, "chromium")
	if _, err := os.Stat("node_modules/playwright-core"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("playwright-core is missing, and CI must not skip: run .ci/browser")
		}
		t.Skip("playwright-core is missing; .ci/browser installs it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s := newStage(ctx, t)
	names, err := json.Marshal(map[string]string{
		"url": "http://" + s.gateway.Addr(), "control": s.control.URL, "admin": adminToken, "viewer": viewerToken,
		"chromium": chromium, "pictures": os.Getenv("DLRGATE_TEST_PICTURES"),
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", "console.mjs", string(names))
	out, err := cmd.CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Error(err)
	}
}

type stage struct {
	smsc    *simulator.SMSC
	sink    *simulator.Sink
	gateway *gateway.Gateway
	control *httptest.Server
	crm     *httptest.Server
	mended  atomic.Bool // crm takes everything
	stop    func() error
	seed    uint64
}

func newStage(ctx context.Context, t *testing.T) *stage {
	t.Helper()
	s := &stage{}
	var err error
	if s.smsc, err = simulator.Start(simulator.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.smsc.Close)
	if s.sink, err = simulator.StartSink(simulator.SinkOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sink.Close)
	s.sink.At("/billing").Behave(simulator.Behaviour{FailRate: 1})
	s.crm = httptest.NewServer(http.HandlerFunc(s.refuse))
	t.Cleanup(s.crm.Close)
	file := s.write(t)
	read := func(ctx context.Context) (*config.Config, []config.Fault) {
		cfg, faults, _ := config.Load(ctx, file, config.Options{Environ: []string{"DLRGATE_TEST_ADMIN=" + adminToken, "DLRGATE_TEST_VIEWER=" + viewerToken}})
		return cfg, faults
	}
	cfg, faults := read(ctx)
	for _, f := range faults {
		t.Fatal(f)
	}
	if s.gateway, err = gateway.Start(ctx, cfg, gateway.Options{Version: "1.0.0", Log: zap.NewNop(), Reread: read}); err != nil {
		t.Fatal(err)
	}
	s.stop = sync.OnceValue(s.gateway.Close)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	if err := s.smsc.WaitBound(ctx, 2); err != nil {
		t.Fatal(err)
	}
	s.traffic(ctx, t, 0)
	s.control = httptest.NewServer(s.orders(ctx, t))
	t.Cleanup(s.control.Close)
	return s
}

// refuse is a webhook that wants no event of one message, until it is mended; it
// repeats the number that it does not know.
func (s *stage) refuse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil && bytes.Contains(body, []byte(`"message_id":"7700010"`)) && !s.mended.Load() {
		http.Error(w, "unknown number 33687654321", http.StatusUnprocessableEntity)
	}
}

func (s *stage) write(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "dlrgate.yaml")
	var b strings.Builder
	values := map[string]string{"SMSC": s.smsc.Addr(), "Sink": "http://" + s.sink.Addr(), "CRM": s.crm.URL}
	if err := template.Must(template.New("").Parse(stageYAML)).Execute(&b, values); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// traffic sends receipts of both operators, so many a second (0: at once), and
// waits until they are stored.
func (s *stage) traffic(ctx context.Context, t *testing.T, rate float64) {
	for _, o := range []simulator.SourceOptions{{Account: "gw", Messages: 400}, {Account: "gw2", Messages: 150}} {
		s.seed++
		o.Seed = s.seed
		if err := s.smsc.Play(ctx, simulator.NewSource(o), rate); err != nil {
			t.Error(err)
		}
	}
	if err := s.smsc.WaitSettled(ctx); err != nil {
		t.Error(err)
	}
}

// orders lets the browser's script send through SMPP what it wants to see, and
// ask what reached the sink.
func (s *stage) orders(ctx context.Context, t *testing.T) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Text, Recipient string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if in.Recipient == "" {
			in.Recipient = "33687654321"
		}
		s.smsc.Send(&simulator.Receipt{
			Account: "gw", ESMClass: 4, Body: []byte(in.Text), Text: in.Text,
			Source: simulator.Address{TON: 1, NPI: 1, Number: in.Recipient}, Destination: simulator.Address{TON: 5, Number: "ACME"},
		})
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /stop", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.stop(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /mend", func(http.ResponseWriter, *http.Request) { s.mended.Store(true) })
	mux.HandleFunc("GET /traffic", func(http.ResponseWriter, *http.Request) { s.traffic(ctx, t, 30) })
	mux.HandleFunc("GET /replayed", func(w http.ResponseWriter, r *http.Request) {
		wait, cancel := context.WithTimeout(r.Context(), time.Minute)
		defer cancel()
		app := s.sink.At("/app")
		replay := func(a simulator.Arrival) bool { return a.Replay > 0 }
		if err := app.WaitUntil(wait, func(simulator.SinkCounts) bool { return slices.ContainsFunc(app.Arrivals(), replay) }); err != nil {
			http.Error(w, err.Error(), http.StatusGatewayTimeout)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
