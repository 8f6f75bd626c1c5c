package docs_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/dlrgate/dlrgate/simulator"
)

const (
	ownSecret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // what the receivers know
	otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// receivers are the languages of docs/webhook.md and how a file of each is run.
var receivers = []struct {
	lang, tool, file string
	run              func(file, port string) []string
}{
	{"go", "go", "receiver.go", func(file, _ string) []string { return []string{"go", "run", file} }},
	{"python", "python3", "receiver.py", func(file, _ string) []string { return []string{"python3", file} }},
	{"js", "node", "receiver.mjs", func(file, _ string) []string { return []string{"node", file} }},
	{"php", "php", "receiver.php", func(file, port string) []string { return []string{"php", "-S", "127.0.0.1:" + port, file} }},
}

// TestReceivers runs each receiver of docs/webhook.md against a delivery of the
// real gateway, then against what it must refuse.
func TestReceivers(t *testing.T) {
	if testing.Short() {
		t.Skip("long: runs receivers in four languages")
	}
	t.Parallel()
	for _, r := range receivers {
		t.Run(r.lang, func(t *testing.T) {
			t.Parallel()
			need(t, r.tool)
			ctx := within(t, 2*time.Minute)
			port := freePort(t)
			file := write(t, t.TempDir(), r.file, receiverOf(t, r.lang))
			serve(ctx, t, "127.0.0.1:"+port, r.run(file, port))
			receiver := "http://127.0.0.1:" + port + "/dlr"

			own := deliver(ctx, t, receiver, ownSecret)
			rotated := deliver(ctx, t, receiver, otherSecret, ownSecret)
			if n := len(strings.Fields(rotated.header.Get("webhook-signature"))); n != 2 {
				t.Errorf("%d signatures while a secret is rotated, not 2", n)
			}
			for _, test := range []struct {
				name string
				d    delivery
				want int
			}{
				{"as it came", own, http.StatusNoContent},
				{"rotated", rotated, http.StatusNoContent},
				{"another secret's", own.signed(t, time.Now(), otherSecret), http.StatusUnauthorized},
				{"tampered body", own.with(bytes.Replace(own.body, []byte(`"standing":true`), []byte(`"standing":false`), 1)), http.StatusUnauthorized},
				{"stale", own.signed(t, time.Now().Add(-6*time.Minute), ownSecret), http.StatusUnauthorized},
				{"from the future", own.signed(t, time.Now().Add(6*time.Minute), ownSecret), http.StatusUnauthorized},
				{"a little late", own.signed(t, time.Now().Add(-4*time.Minute), ownSecret), http.StatusNoContent},
				{"another id", own.set("webhook-id", "rcpt_0"), http.StatusUnauthorized},
				{"no number for a time", own.set("webhook-timestamp", "now"), http.StatusUnauthorized},
				{"unsigned", own.set("webhook-signature", ""), http.StatusUnauthorized},
			} {
				if got := post(ctx, t, receiver, test.d); got != test.want {
					t.Errorf("%s: answered %d, not %d", test.name, got, test.want)
				}
			}
		})
	}
}

// receiverOf returns the one program of a language in docs/webhook.md.
func receiverOf(t *testing.T, lang string) string {
	t.Helper()
	for _, b := range blocks(t, "webhook.md") {
		if b.lang == lang && strings.Contains(b.text, "WEBHOOK_SECRET") {
			return b.text
		}
	}
	t.Fatalf("docs/webhook.md has no receiver in %s", lang)
	return ""
}

// delivery is one POST of the gateway.
type delivery struct {
	header http.Header
	body   []byte
}

func (d delivery) with(body []byte) delivery { return delivery{d.header, body} }

func (d delivery) set(name, value string) delivery {
	h := d.header.Clone()
	h.Set(name, value)
	return delivery{h, d.body}
}

// signed signs anew, as somebody at another time or with another secret would.
func (d delivery) signed(t *testing.T, at time.Time, secret string) delivery {
	t.Helper()
	w, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := w.Sign(d.header.Get("webhook-id"), at, d.body)
	if err != nil {
		t.Fatal(err)
	}
	return d.set("webhook-signature", signature).set("webhook-timestamp", fmt.Sprint(at.Unix()))
}

// deliver lets the real gateway bring one receipt to a receiver, and returns
// what the receiver took.
func deliver(ctx context.Context, t *testing.T, receiver string, secrets ...string) delivery {
	t.Helper()
	smsc, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(smsc.Close)
	taken, between := tap(t, receiver)
	file := write(t, t.TempDir(), "dlrgate.yaml", fmt.Sprintf(`
listen: 127.0.0.1:0
journal: {min_free_disk: 1MiB}
operators: [{name: acme, addresses: [%q], system_id: gw}]
endpoints: [{name: app, url: %q, secrets: ["%s"]}]
`, smsc.Addr(), between, strings.Join(secrets, `", "`)))
	log := run(t, bin+"/dlrgate", "run", "-c", file)
	if err := smsc.WaitBound(ctx, 1); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if err := smsc.Play(ctx, simulator.NewSource(simulator.SourceOptions{Receipts: 1}), 0); err != nil {
		t.Fatal(err)
	}
	select {
	case d := <-taken:
		return d
	case <-ctx.Done():
		t.Fatalf("the receiver took nothing: %v\n%s", ctx.Err(), log)
		return delivery{}
	}
}

// tap is a URL that passes requests on to a receiver, and a channel of those
// that it took.
func tap(t *testing.T, receiver string) (<-chan delivery, string) {
	t.Helper()
	taken := make(chan delivery, 1)
	target, err := url.Parse(receiver)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL = target },
		ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode/100 == 2 {
				select {
				case taken <- resp.Request.Context().Value(deliveryKey{}).(delivery):
				default: // one is enough
				}
			}
			return nil
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		d := delivery{r.Header.Clone(), body}
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), deliveryKey{}, d)))
	}))
	t.Cleanup(server.Close)
	return taken, server.URL
}

type deliveryKey struct{}

func post(ctx context.Context, t *testing.T, receiver string, d delivery) int {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, receiver, bytes.NewReader(d.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = d.header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// serve starts a receiver and waits until it accepts connections.
func serve(ctx context.Context, t *testing.T, addr string, args []string) {
	t.Helper()
	_, port, _ := net.SplitHostPort(addr)
	log := run(t, "env", append([]string{"PORT=" + port, "WEBHOOK_SECRET=" + ownSecret}, args...)...)
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			t.Fatalf("%s does not listen: %v\n%s", args, err, log)
		}
	}
}

// run starts a program, ends it with the test, and returns what it writes.
func run(t *testing.T, name string, args ...string) *output {
	t.Helper()
	log := newOutput()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return log
}

// freePort finds a port below those that Linux gives away by itself: no other
// test's takes it before the receiver does.
func freePort(t *testing.T) string {
	t.Helper()
	const low, high, tries = 20000, 32000, 100
	for range tries {
		port := strconv.Itoa(low + rand.IntN(high-low))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}
