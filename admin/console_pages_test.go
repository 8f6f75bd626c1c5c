package admin_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/gateway"
	"github.com/dlrgate/dlrgate/simulator"
)

const stageYAML = `
listen: 127.0.0.1:0
admin:
  tokens:
    - {name: ops, token: "${DLRGATE_TEST_ADMIN}", role: admin}
    - {name: eye, token: "${DLRGATE_TEST_VIEWER}", role: viewer}
journal: {path: data, min_free_disk: 1MiB}
operators:
  - {name: acme, addresses: ["%[1]s"], system_id: gw}
endpoints:
  - {name: app, url: "%[2]s/app"}
  - {name: "crm#1?a=%%41", url: "%[2]s/crm"}
`

const (
	adminToken  = "admin-0123456789abcdef"
	viewerToken = "viewer-0123456789abcdef"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a gateway between a simulated SMSC and a sink, and a browser's side
// of its console.
type stage struct {
	t    *testing.T
	smsc *simulator.SMSC
	sink *simulator.Sink
	log  *lines
	file string // the configuration
	*gateway.Gateway
}

// lines keeps what was logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) holds(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), text)
}

func newStage(ctx context.Context, t *testing.T) *stage {
	t.Helper()
	return newStageAt(ctx, t, "")
}

// newStageAt is a stage whose webhooks are there, in place of the sink.
func newStageAt(ctx context.Context, t *testing.T, webhooks string) *stage {
	t.Helper()
	s := &stage{t: t, log: &lines{}}
	var err error
	if s.smsc, err = simulator.Start(simulator.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.smsc.Close)
	if s.sink, err = simulator.StartSink(simulator.SinkOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sink.Close)
	s.file = filepath.Join(t.TempDir(), "dlrgate.yaml")
	if err := os.WriteFile(s.file, fmt.Appendf(nil, stageYAML, s.smsc.Addr(), cmp.Or(webhooks, "http://"+s.sink.Addr())), 0o600); err != nil {
		t.Fatal(err)
	}
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(s.log), zapcore.InfoLevel))
	if s.Gateway, err = gateway.Start(ctx, s.load(), gateway.Options{Version: "test", Log: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// load reads the stage's configuration.
func (s *stage) load() *config.Config {
	s.t.Helper()
	cfg, faults, _ := config.Load(s.t.Context(), s.file, config.Options{Environ: []string{"DLRGATE_TEST_ADMIN=" + adminToken, "DLRGATE_TEST_VIEWER=" + viewerToken}})
	for _, f := range faults {
		s.t.Fatal(f)
	}
	return cfg
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// hostile is a receipt that would like to be more than text.
const hostile = "id:4711 sub:001 dlvrd:001 submit date:2601051800 done date:2601051801 stat:UNDELIV err:666 text:" +
	"<script>alert(1)</script>\" onload=x '\u202egnp"

// receive sends a receipt through SMPP and waits until it is stored.
func (s *stage) receive(ctx context.Context, body string) {
	s.t.Helper()
	s.smsc.Send(&simulator.Receipt{
		ESMClass: 4, Body: []byte(body), Text: body,
		Source: simulator.Address{TON: 1, NPI: 1, Number: "33612345678"}, Destination: simulator.Address{TON: 5, Number: "ACME"},
	})
	if err := s.smsc.WaitSettled(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// ask sends a request as a browser does: by GET, or by POST with a form.
func (s *stage) ask(ctx context.Context, path, token string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.Addr()+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Close = true
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if session, ok := strings.CutPrefix(token, "session:"); ok {
		r.AddCookie(&http.Cookie{Name: "dlrgate_session", Value: session})
	} else if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // which follows no redirect
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer, string(text)
}

// asksFast asks until an answer comes within 200 ms: one may be late on a machine
// that has much else to do.
func (s *stage) asksFast(ctx context.Context, path string) (*http.Response, string) {
	s.t.Helper()
	const fast, tries = 200 * time.Millisecond, 50
	best := time.Hour
	for range tries {
		begin := time.Now()
		answer, text := s.ask(ctx, path, adminToken, nil)
		if best = min(best, time.Since(begin)); best <= fast {
			return answer, text
		}
	}
	s.t.Fatalf("%s took %v at best, in %d tries", path, best, tries)
	return nil, ""
}

// pathOf finds the address of the one message whose id is searched for.
func (s *stage) pathOf(ctx context.Context, id string) string {
	s.t.Helper()
	_, found := s.ask(ctx, "/messages?message_id="+id, adminToken, nil)
	_, rest, ok := strings.Cut(found, `href="/messages/rcpt_`)
	if !ok {
		s.t.Fatalf("%s is not found:\n%s", id, found)
	}
	rest, _, _ = strings.Cut(rest, `"`)
	return "/messages/rcpt_" + rest
}

// TestPages holds what is true of every page: it answers fast, runs no script
// but ours, shows hostile text as text, and masks numbers.
func TestPages(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	s.receive(ctx, hostile)
	message := s.pathOf(ctx, "4711")
	for path, shows := range map[string]string{
		"/": "acme", "/binds": "acme/gw/1", "/messages": "4711", message: "alert(1)", "/endpoints": "app", "/endpoints/app": "app", "/mapping": "666",
	} {
		answer, text := s.asksFast(ctx, path)
		if answer.StatusCode != http.StatusOK || !strings.Contains(text, shows) {
			t.Errorf("%s: %s without %q\n%s", path, answer.Status, shows, text)
		}
		if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'; script-src 'self';") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s may run more than our scripts: %q", path, csp)
		}
		for header, want := range map[string]string{"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if got := answer.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		for _, never := range []string{"<script>alert", "\u202e", "33612345678", " style=", " onload=x '\u202e"} {
			if strings.Contains(text, never) {
				t.Errorf("%s holds %q", path, never)
			}
		}
	}
	if _, text := s.ask(ctx, message+"?reveal=1", adminToken, nil); !strings.Contains(text, "33612345678") {
		t.Error("a revealed message does not show the number")
	}
	if !s.log.holds(`"msg":"numbers revealed","token":"ops"`) {
		t.Error("the reveal is not logged")
	}
}

// TestNamesInAddresses follows the links to an endpoint whose name means something
// in an address.
func TestNamesInAddresses(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	s.receive(ctx, hostile)
	for _, path := range []string{"/", "/endpoints", s.pathOf(ctx, "4711")} {
		_, text := s.ask(ctx, path, adminToken, nil)
		_, link, _ := strings.Cut(text, `href="/endpoints/crm`)
		link, _, _ = strings.Cut(link, `"`)
		link = html.UnescapeString("/endpoints/crm" + link)
		answer, text := s.ask(ctx, link, adminToken, nil)
		if answer.StatusCode != http.StatusOK || !strings.Contains(text, "Endpoint crm#1?a=%41") {
			t.Errorf("%s links to %q, which is %s", path, link, answer.Status)
		}
		_, back, _ := strings.Cut(text, `name="back" value="`)
		if back, _, _ = strings.Cut(back, `"`); html.UnescapeString(back) != link {
			t.Errorf("an act there leads back to %q, want %q", back, link)
		}
	}
}

func TestBadInput(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/messages/rcpt_none":          {http.StatusNotFound, "journal.retention"},
		"/endpoints/none":              {http.StatusNotFound, "not known"},
		"/nowhere":                     {http.StatusNotFound, "no page"},
		"/messages?status=none":        {http.StatusOK, "no documented status"},
		"/messages?since=yesterday":    {http.StatusOK, "since:"},
		"/messages?since=1h&until=2h":  {http.StatusOK, "nothing can be found"},
		"/messages?operator=none":      {http.StatusOK, "there are acme"},
		"/messages?recipent=33612":     {http.StatusOK, "recipent"},
		"/chart.json?by=moon":          {http.StatusBadRequest, "moon"},
		"/chart.json?range=7d":         {http.StatusBadRequest, "7d"},
		"/static/0000000000/console.x": {http.StatusNotFound, "no such file"},
	} {
		if answer, text := s.ask(ctx, path, adminToken, nil); answer.StatusCode != want.status || !strings.Contains(text, want.says) {
			t.Errorf("%s: %s without %q\n%s", path, answer.Status, want.says, text)
		}
	}
	form := url.Values{"text": {"hex:zz"}, "by": {"operator:acme"}, "esm_class": {"0x04"}, "data_coding": {"0"}}
	if answer, text := s.ask(ctx, "/mapping", viewerToken, form); answer.StatusCode != http.StatusBadRequest || !strings.Contains(text, "octets cannot be read") {
		t.Errorf("bad octets: %s", answer.Status)
	}
	form.Set("text", "id:1 stat:EXPIRED err:000")
	if answer, text := s.ask(ctx, "/mapping", viewerToken, form); answer.StatusCode != http.StatusOK || !strings.Contains(text, "temporary_error_absence") {
		t.Errorf("a viewer's receipt is not explained: %s\n%s", answer.Status, text)
	}
}

func TestRoles(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	s.receive(ctx, hostile)
	message := s.pathOf(ctx, "4711")
	for _, path := range []string{"/", "/binds", "/endpoints", "/endpoints/app", "/mapping", message} {
		if _, text := s.ask(ctx, path, viewerToken, nil); strings.Contains(text, "/act/") || strings.Contains(text, "reveal=1") {
			t.Errorf("%s offers a viewer to act", path)
		}
	}
	pause := url.Values{"name": {"app"}, "back": {"/endpoints"}}
	for token, want := range map[string]int{"": http.StatusUnauthorized, "wrong": http.StatusUnauthorized, viewerToken: http.StatusForbidden, adminToken: http.StatusSeeOther} {
		if answer, _ := s.ask(ctx, "/act/pause", token, pause); answer.StatusCode != want {
			t.Errorf("pause by %q: %s, want %d", token, answer.Status, want)
		}
	}
	if answer, _ := s.ask(ctx, message+"?reveal=1", viewerToken, nil); answer.StatusCode != http.StatusForbidden {
		t.Errorf("reveal by a viewer: %s", answer.Status)
	}
	if _, text := s.ask(ctx, "/endpoints", viewerToken, nil); !strings.Contains(text, "t-warn\">paused") {
		t.Error("the endpoint is not shown as paused")
	}
	if !s.log.holds(`"msg":"act","token":"ops","method":"POST","path":"/act/pause","on":"app"`) {
		t.Error("the act is not logged")
	}
}

// TestConfirm: what cannot be taken back is asked for first, with the count.
func TestConfirm(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	form := url.Values{"name": {"app"}, "back": {"//evil.example"}}
	answer, text := s.ask(ctx, "/act/dead-drop", adminToken, form)
	if answer.StatusCode != http.StatusOK || !strings.Contains(text, "Drop 0 deliveries of app for good?") {
		t.Errorf("dropping is not asked for: %s\n%s", answer.Status, text)
	}
	form.Set("confirmed", "1")
	if answer, _ := s.ask(ctx, "/act/dead-drop", adminToken, form); answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/" {
		t.Errorf("confirmed: %s, to %q", answer.Status, answer.Header.Get("Location"))
	}
}

func TestLogin(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	answer, text := s.ask(ctx, "/binds", "", nil)
	if answer.StatusCode != http.StatusUnauthorized || !strings.Contains(text, `name="token"`) || strings.Contains(text, "acme") {
		t.Errorf("nobody gets %s\n%s", answer.Status, text)
	}
	if answer, _ := s.ask(ctx, "/login", "", url.Values{"token": {"wrong"}}); answer.StatusCode != http.StatusUnauthorized || len(answer.Cookies()) > 0 {
		t.Errorf("a wrong token gets %s and %v", answer.Status, answer.Cookies())
	}
	answer, _ = s.ask(ctx, "/login", "", url.Values{"token": {viewerToken}, "next": {"/binds"}})
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/binds" || len(answer.Cookies()) != 1 {
		t.Fatalf("a good token gets %s and %v", answer.Status, answer.Cookies())
	}
	cookie := answer.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || strings.Contains(cookie.Value, viewerToken) {
		t.Errorf("the cookie is %v", cookie)
	}
	session := "session:" + cookie.Value
	if answer, text := s.ask(ctx, "/binds", session, nil); answer.StatusCode != http.StatusOK || !strings.Contains(text, "eye · viewer") {
		t.Errorf("the session gets %s", answer.Status)
	}
	s.ask(ctx, "/logout", session, url.Values{})
	if answer, _ := s.ask(ctx, "/binds", session, nil); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("after the logout the session gets %s", answer.Status)
	}
}

// TestStreams: a page is renewed by what comes through SMPP, no more than so
// many are open, and the gateway's stop ends them all.
func TestStreams(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newStage(ctx, t)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	open := func() *http.Response {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr()+"/live/messages", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+viewerToken)
		answer, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	var streams []*http.Response
	for range 32 {
		streams = append(streams, open())
		defer streams[len(streams)-1].Body.Close()
	}
	over := open()
	over.Body.Close()
	if over.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one stream too many gets %s", over.Status)
	}
	s.receive(ctx, hostile)
	lines := bufio.NewScanner(streams[0].Body)
	for lines.Scan() && !strings.Contains(lines.Text(), "4711") {
		if strings.TrimSpace(lines.Text()) != "" && !strings.HasPrefix(lines.Text(), "data: ") && !strings.HasPrefix(lines.Text(), "retry: ") {
			t.Errorf("a line of the stream is %q", lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the receipt does not come: %v", err)
	}
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 15*time.Second { // shutdown_timeout is 20s
		t.Errorf("open streams held the stop up for %v", took)
	}
}
