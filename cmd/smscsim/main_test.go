package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dlrgate/dlrgate/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = time.Minute

func TestExitCodesAndMessages(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("windo: 3\naccounts: [{system_id: gw, count: many}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := taken.Addr().String()
	tests := []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr []string
	}{
		{"help", nil, 0, "smscsim storm", nil},
		{"dialects", []string{"dialects"}, 0, "vonage", nil},
		{"unknown command", []string{"serv"}, 2, "", []string{`unknown command "serv"`, "did you mean serve?", "; see smscsim --help"}},
		{"unknown flag", []string{"serve", "--cuont", "1"}, 2, "", []string{"--cuont; see smscsim serve --help"}},
		{"no number", []string{"serve", "--count", "abc"}, 2, "", []string{`--count "abc": it is a whole number from 0 on; see smscsim serve`}},
		{"no duration", []string{"sink", "--delay", "5"}, 2, "", []string{`--delay "5": it is a number and a unit`}},
		{"no argument", []string{"check"}, 2, "", []string{"an argument is missing: smscsim check SCENARIO"}},
		{"unknown dialect", []string{"serve", "--dialect", "vonag"}, 2, "", []string{`nearest is "vonage"`}},
		{"port in use, serve", []string{"serve", "--listen", addr}, 1, "", []string{addr + " is in use", "ss -ltnp", "--listen 127.0.0.1:"}},
		{"port in use, sink", []string{"sink", "--listen", addr}, 1, "", []string{addr + " is in use", "--listen"}},
		{"port in use, storm", []string{"storm", "--listen", "127.0.0.1:0", "--sink", addr}, 1, "", []string{addr + " is in use", "--sink"}},
		{"port in use, page", []string{"serve", "--listen", "127.0.0.1:0", "--page", addr}, 1, "", []string{addr + " is in use", "--page"}},
		{"bad address", []string{"serve", "--listen", "nowhere"}, 2, "", []string{"host:port"}},
		{"bad port", []string{"sink", "--listen", "127.0.0.1:99999"}, 2, "", []string{"host:port"}},
		{"bad secret", []string{"sink", "--secret", "pass word"}, 2, "", []string{"base64"}},
		{"no secret", []string{"sink", "--secret", "file:gone"}, 1, "", []string{"--secret: open gone: no such file"}},
		{"version", []string{"version"}, 0, "smscsim ", nil},
		{"no rate", []string{"serve", "--rate", "NaN"}, 2, "", []string{"--rate is 0 at least"}},
		{"no storm", []string{"storm", "--rate", "Inf"}, 2, "", []string{"--rate 0"}},
		{"no share", []string{"sink", "--fail-rate", "NaN"}, 2, "", []string{"--fail-rate is a share"}},
		{"no speed", []string{"serve", "--scenario", bad, "--speed", "NaN"}, 2, "", []string{"--speed is above 0"}},
		{"rate", []string{"serve", "--rate", "-1"}, 2, "", []string{"--rate is 0 at least"}},
		{"delay", []string{"serve", "--delay", "-1s"}, 2, "", []string{"--delay"}},
		{"speed without a scenario", []string{"storm", "--speed", "2"}, 2, "", []string{"--speed goes with --scenario"}},
		{"speed", []string{"storm", "--scenario", bad, "--speed", "0"}, 2, "", []string{"--speed is above 0"}},
		{"refusal", []string{"sink", "--status", "99"}, 2, "", []string{"--status is an HTTP status"}},
		{"sink's delay", []string{"sink", "--delay", "-1s"}, 2, "", []string{"--delay"}},
		{"no certificate", []string{"serve", "--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem"}, 1, "", []string{"nowhere.pem", "--tls-cert"}},
		{"nobody binds to a scenario", []string{"storm", "--scenario", "../../examples/scenarios/everyday.yaml", "--listen", "127.0.0.1:0", "--sink", "127.0.0.1:0", "--wait", "10ms"}, 1, "system_id: gw,", []string{"0 of 1 sessions"}},
		{"scenario that is a folder", []string{"check", "."}, 1, "", []string{"is a directory", "examples/scenarios"}},
		{"fail rate", []string{"sink", "--fail-rate", "2"}, 2, "", []string{"0 to 1"}},
		{"nobody binds", []string{"storm", "--listen", "127.0.0.1:0", "--sink", "127.0.0.1:0", "--wait", "10ms"}, 1, "operators:", []string{"0 of 1 sessions", "--wait"}},
		{"good scenario", []string{"check", "../../examples/scenarios/bad-day.yaml"}, 0, "is good", nil},
		{"bad scenario", []string{"check", bad}, 2, "", []string{bad + ":1:1: windo: unknown key", bad + ":2:35: accounts[0].count"}},
		{"no scenario", []string{"check", "nowhere.yaml"}, 1, "", []string{"there is no file"}},
		{"scenario and a flag of its own", []string{"serve", "--scenario", bad, "--count", "3"}, 2, "", []string{"--count does not go with --scenario"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			var stdout, stderr bytes.Buffer
			if code := run(ctx, test.args, &stdout, &stderr); code != test.code {
				t.Errorf("exit %d, want %d; stderr %s", code, test.code, &stderr)
			}
			if !strings.Contains(stdout.String(), test.stdout) {
				t.Errorf("stdout %q lacks %q", stdout.String(), test.stdout)
			}
			for _, want := range test.stderr {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("stderr %q lacks %q", stderr.String(), want)
				}
			}
			if test.code != 0 && test.name != "bad scenario" && strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("not one line: %q", stderr.String())
			}
		})
	}
}

// watched is a buffer that tells when a text has been written into it.
type watched struct {
	mu   sync.Mutex
	text strings.Builder
	grew chan struct{}
}

func newWatched() *watched { return &watched{grew: make(chan struct{}, 1)} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.grew <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// after returns what follows the mark, up to the end of its word.
func (w *watched) after(ctx context.Context, t *testing.T, mark string) string {
	t.Helper()
	for {
		if _, rest, ok := strings.Cut(w.String(), mark); ok {
			word, _, _ := strings.Cut(rest, "\n")
			return strings.Fields(word + " ")[0]
		}
		select {
		case <-w.grew:
		case <-ctx.Done():
			t.Fatalf("%q did not come: %s", mark, w.String())
		}
	}
}

func TestServeEndsCleanly(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stdout, code := newWatched(), make(chan int, 1)
	serving, stop := context.WithCancel(ctx)
	go func() {
		code <- run(serving, []string{"serve", "--listen", "127.0.0.1:0", "--count", "5", "--page", "127.0.0.1:0", "--user", "gw", "--password", "secret"}, stdout, stdout)
	}()
	addr := strings.TrimSuffix(stdout.after(ctx, t, "SMSC on "), ",")
	if !strings.Contains(stdout.after(ctx, t, "addresses: "), addr) {
		t.Errorf("the configuration does not name %s: %s", addr, stdout)
	}
	page := stdout.after(ctx, t, "by hand on ")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if resp, err := client.Get(page); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the page %q: %v", page, err)
	} else {
		_ = resp.Body.Close()
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit %d", got)
	}
}

// TestNothingSteersTheTerminal prints what a webhook may bring.
func TestNothingSteersTheTerminal(t *testing.T) {
	var out bytes.Buffer
	(&printer{w: &out}).line("/\x1b[2J: 1 event\n  é\u202e")
	if got, want := out.String(), "/\ufffd[2J: 1 event\n  é\ufffd\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

func TestOneIsOne(t *testing.T) {
	got := stormProgress(simulator.Counts{Sessions: 1, Receipts: 2}, simulator.SinkCounts{Distinct: 1})
	if want := "1 session, 2 receipts sent, 0 answered OK, 1 webhook (0 repeated)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStormAgainstAGatewayThatLoses(t *testing.T) {
	for _, test := range []struct {
		name   string
		loses  bool
		settle string
		code   int
	}{{"a good gateway", false, "30s", 0}, {"one that loses a receipt", true, "2s", 1}} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			stdout, stderr, code := newWatched(), newWatched(), make(chan int, 1)
			go func() {
				code <- run(ctx, []string{
					"storm", "--listen", "127.0.0.1:0", "--sink", "127.0.0.1:0", "--count", "50",
					"--settle", test.settle, "--json",
				}, stdout, stderr)
			}()
			smsc := stderr.after(ctx, t, "bind to ")
			sink := strings.TrimSuffix(stderr.after(ctx, t, "post to "), ":")
			gateway := startGateway(ctx, t, smsc, sink+"/dlr", test.loses)
			if got := <-code; got != test.code {
				t.Errorf("exit %d, want %d: %s", got, test.code, stderr)
			}
			<-gateway
			var result stormResult
			if err := json.Unmarshal([]byte(stdout.String()), &result); err != nil {
				t.Fatalf("%v: %s", err, stdout)
			}
			if result.OK == test.loses || result.AnsweredOK != 50 || len(result.Endpoints) != 1 {
				t.Fatalf("result %+v", result)
			}
			e := result.Endpoints[0]
			if want := map[bool]int{true: 1, false: 0}[test.loses]; e.Lost != want || len(e.LostReceipts) != want || e.Delivered != 50-want {
				t.Errorf("endpoint %+v", e)
			}
			if e.Answer.MaxMS <= 0 || e.Delivery.P50MS <= 0 || result.AnswerRate <= 0 {
				t.Errorf("no measurements: %+v", result)
			}
		})
	}
}
