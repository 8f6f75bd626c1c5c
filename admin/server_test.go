package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

const goodToken = "a-good-token-0123456789"

// newDoor returns a server's routes, before any gateway runs behind them.
func newDoor(o Options) http.Handler {
	o.Log = zap.NewNop()
	o.Metrics = http.NotFoundHandler()
	o.Unready = func() []string { return nil }
	g := newGuard(o.Tokens, o.Log)
	s := &Server{opts: o, guard: g, console: newConsole(&o, g)}
	return s.routes(g)
}

// knock sends one request with these headers; one named Host is the host.
func knock(t *testing.T, door http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Host = "127.0.0.1:8275"
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	return w
}

// TestHosts lets in whoever names us, and nobody who was led here by a name of
// his own (DNS rebinding), not even to the routes that are open to all.
func TestHosts(t *testing.T) {
	t.Parallel()
	door := newDoor(Options{Listen: "gw.example:8275", Hosts: []string{"Ops.Example"}})
	for host, want := range map[string]int{
		"localhost": http.StatusOK, "localhost:8275": http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]:8275": http.StatusOK,
		"gw.example:8275": http.StatusOK, "ops.example": http.StatusOK, "OPS.example:443": http.StatusOK,
		"evil.example": http.StatusMisdirectedRequest, "localhost.evil.example": http.StatusMisdirectedRequest,
		"evil.example:8275": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
	} {
		w := knock(t, door, http.MethodGet, "/healthz", "Host", host)
		if w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
		if media := w.Header().Get("Content-Type"); want != http.StatusOK && (media != "application/problem+json" || !strings.Contains(w.Body.String(), "admin.hosts")) {
			t.Errorf("host %q: %s %s", host, media, w.Body)
		}
	}
}

// TestOtherSites refuses what a page of another site sends, with whatever
// token, and leaves programs alone, which say nothing of an origin.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	door := newDoor(Options{Listen: "127.0.0.1:8275", Tokens: []Token{{Name: "ops", Secret: goodToken, Role: Admin}}})
	for _, c := range []struct {
		name, path string
		headers    []string
		want       int
	}{
		{"another origin", "/api/v1/reload", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"another site", "/act/pause", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"a sibling", "/login", []string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		{"our own", "/api/v1/reload", []string{"Sec-Fetch-Site", "same-origin"}, http.StatusServiceUnavailable}, // no gateway runs yet
		{"a program", "/api/v1/reload", nil, http.StatusServiceUnavailable},
	} {
		w := knock(t, door, http.MethodPost, c.path, append(c.headers, "Authorization", "Bearer "+goodToken)...)
		if w.Code != c.want || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
	}
}

// TestNothingButUnauthorized: without a good token every address but health and
// metrics answers the same.
func TestNothingButUnauthorized(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(Options{Listen: "127.0.0.1:8275", Tokens: []Token{{Name: "ops", Secret: goodToken, Role: Admin}}})
		first := ""
		for _, path := range []string{"/api/v1/stats", "/api/v1/nothing", "/api/v1", "/api/v1/openapi.json", "/", "/binds", "/nothing", "/chart.json", "/live/binds"} {
			for _, token := range []string{"", "Bearer wrong", "Bearer " + goodToken[:10], "Basic " + goodToken} {
				w := knock(t, door, http.MethodGet, path, "Authorization", token)
				if first == "" {
					first = w.Body.String()
				}
				if w.Code != http.StatusUnauthorized || w.Body.String() != first {
					t.Errorf("%s by %q: %d %s", path, token, w.Code, w.Body)
				}
			}
		}
	})
}

// TestGuessesAreSlow: a wrong token costs its bearer time, also in the login
// form, and whoever guesses side by side waits in line; a good one costs none.
func TestGuessesAreSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(Options{Listen: "127.0.0.1:8275", Tokens: []Token{{Name: "ops", Secret: goodToken, Role: Admin}}})
		took := func(method, path, token string) time.Duration {
			begin := time.Now()
			knock(t, door, method, path, "Authorization", "Bearer "+token)
			return time.Since(begin)
		}
		if d := took(http.MethodGet, "/api/v1/stats", goodToken); d != 0 {
			t.Errorf("a good token waits %v", d)
		}
		if d := took(http.MethodGet, "/api/v1/stats", "wrong"); d != failureDelay {
			t.Errorf("a guess waits %v, want %v", d, failureDelay)
		}
		if d := took(http.MethodPost, "/login", ""); d != failureDelay {
			t.Errorf("a guess in the form waits %v, want %v", d, failureDelay)
		}
		begin := time.Now()
		var guessers sync.WaitGroup
		for range 4 * maxGuessers {
			guessers.Go(func() { took(http.MethodGet, "/api/v1/stats", "wrong") })
		}
		synctest.Wait()
		if d := took(http.MethodGet, "/api/v1/stats", goodToken); d != 0 {
			t.Errorf("beside guessers a good token waits %v", d)
		}
		guessers.Wait()
		if d := time.Since(begin); d != 4*failureDelay {
			t.Errorf("%d guesses at once take %v, want %v", 4*maxGuessers, d, 4*failureDelay)
		}
		left, leave := context.WithCancel(t.Context())
		leave()
		begin = time.Now()
		newGuard(nil, zap.NewNop()).slowDown(left)
		if d := time.Since(begin); d != 0 {
			t.Errorf("a guesser who has left is kept %v", d)
		}
	})
}

// TestGuessesAreTold: the log names who has a wrong token, once a minute.
func TestGuessesAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, seen := observer.New(zapcore.InfoLevel)
		g := newGuard([]Token{{Name: "ops", Secret: goodToken, Role: Admin}}, zap.New(core))
		door := g.require(Viewer, http.NotFoundHandler())
		knock(t, door, http.MethodGet, "/api/v1/stats") // without any token: nobody guesses
		knock(t, door, http.MethodGet, "/api/v1/stats", "Authorization", "Bearer "+goodToken)
		for range 200 {
			knock(t, door, http.MethodGet, "/api/v1/stats", "Authorization", "Bearer wrong-secret")
		}
		lines := seen.All()
		if len(lines) != 2 || lines[0].ContextMap()["client"] != "192.0.2.1" || lines[1].ContextMap()["repeated"] != int64(119) {
			t.Errorf("the log holds %v", lines)
		}
		for _, line := range lines {
			if strings.Contains(fmt.Sprint(line), "wrong-secret") {
				t.Errorf("the log holds the token: %v", line)
			}
		}
	})
}

// TestHangingUpDoesNotHelp: a guesser who does not wait for answers is not listened
// to after some guesses, with whatever token, for a while; others are.
func TestHangingUpDoesNotHelp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		door := newDoor(Options{Listen: "127.0.0.1:8275", Tokens: []Token{{Name: "ops", Secret: goodToken, Role: Admin}}})
		gone, hangUp := context.WithCancel(t.Context())
		hangUp()
		ask := func(ctx context.Context, from, method, path, token string) (int, http.Header) {
			r := httptest.NewRequestWithContext(ctx, method, path, nil)
			r.Host, r.RemoteAddr = "127.0.0.1:8275", from
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			return w.Code, w.Header()
		}
		looked := 0
		for i := range 1000 {
			if code, _ := ask(gone, "192.0.2.9:1", http.MethodGet, "/api/v1/stats", fmt.Sprint("wrong", i)); code == http.StatusUnauthorized {
				looked++
			}
		}
		if looked > maxGuesses+1 {
			t.Errorf("%d guesses of 1000 in no time were looked at, want %d", looked, maxGuesses)
		}
		wrong, before := ask(t.Context(), "192.0.2.9:2", http.MethodGet, "/api/v1/stats", "wrong")
		right, after := ask(t.Context(), "192.0.2.9:2", http.MethodGet, "/api/v1/stats", goodToken)
		if wrong != http.StatusTooManyRequests || right != wrong || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("a wrong token is told from a right one: %d %v, %d %v", wrong, before, right, after)
		}
		if code, _ := ask(t.Context(), "192.0.2.9:3", http.MethodPost, "/login", "x"); code != http.StatusTooManyRequests {
			t.Errorf("the form takes guesses: %d", code)
		}
		if code, _ := ask(t.Context(), "192.0.2.10:1", http.MethodGet, "/api/v1/stats", goodToken); code != http.StatusServiceUnavailable { // no gateway runs yet
			t.Errorf("another address gets %d", code)
		}
		<-time.After(maxGuesses * guessCost)
		if code, _ := ask(t.Context(), "192.0.2.9:4", http.MethodGet, "/api/v1/stats", goodToken); code != http.StatusServiceUnavailable {
			t.Errorf("after a while a good token gets %d", code)
		}
	})
}

// TestForeignPagesHoldNothingOpen: a page of another site may lead here, and have
// nothing of ours within itself, also where nobody needs a token.
func TestForeignPagesHoldNothingOpen(t *testing.T) {
	t.Parallel()
	door := newDoor(Options{Listen: "127.0.0.1:8275"})
	for _, c := range []struct {
		name, path string
		headers    []string
		want       int
	}{
		{"a stream", "/live/binds", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"}, http.StatusForbidden},
		{"a stream in a window", "/live/binds", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, http.StatusForbidden},
		{"a sibling's stream", "/live/binds", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors"}, http.StatusForbidden},
		{"an old browser", "/live/binds", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"the API", "/api/v1/stats", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, http.StatusForbidden},
		{"a link", "/binds", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, http.StatusServiceUnavailable}, // no gateway runs yet
		{"our own page", "/live/binds", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:8275"}, http.StatusServiceUnavailable},
		{"an old browser's own", "/live/binds", []string{"Origin", "http://127.0.0.1:8275"}, http.StatusServiceUnavailable},
		{"a program", "/live/binds", nil, http.StatusServiceUnavailable},
	} {
		w := knock(t, door, http.MethodGet, c.path, c.headers...)
		if w.Code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.want)
		}
	}
}

// TestNobodySniffs: every answer is what it says it is, refusals too.
func TestNobodySniffs(t *testing.T) {
	t.Parallel()
	door := newDoor(Options{Listen: "127.0.0.1:8275"})
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/api/v1/stats", "/api/v1/nothing", "/", "/nothing", "/static/nothing"} {
		for _, host := range []string{"127.0.0.1", "evil.example"} {
			if got := knock(t, door, http.MethodGet, path, "Host", host).Header().Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("%s at %s: %q", path, host, got)
			}
		}
	}
}

// TestReadyTellsStrangersNoNames: a database's error names its host and user.
func TestReadyTellsStrangersNoNames(t *testing.T) {
	t.Parallel()
	o := Options{Listen: "127.0.0.1:8275", Tokens: []Token{{Name: "eye", Secret: goodToken, Role: Viewer}}}
	guard := newGuard(o.Tokens, zap.NewNop())
	o.Unready = func() []string { return []string{RefusingReceipts + "failed to connect to user=gw host=db.internal"} }
	s := &Server{opts: o, guard: guard}
	for secret, told := range map[string]bool{"": false, "wrong": false, goodToken: true} {
		w := knock(t, http.HandlerFunc(s.ready), http.MethodGet, "/readyz", "Authorization", "Bearer "+secret)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "refusing receipts") || strings.Contains(w.Body.String(), "db.internal") != told {
			t.Errorf("%q: %d %s", secret, w.Code, w.Body)
		}
	}
}

// TestPanicsAreAnswered and told in the log, and nobody else notices.
func TestPanicsAreAnswered(t *testing.T) {
	t.Parallel()
	core, seen := observer.New(zapcore.InfoLevel)
	s := &Server{opts: Options{Log: zap.New(core)}}
	door := s.survive(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no such luck") }))
	w := knock(t, door, http.MethodGet, "/api/v1/stats")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "luck") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if lines := seen.All(); len(lines) != 1 || lines[0].ContextMap()["panic"] != "no such luck" || lines[0].Level != zapcore.ErrorLevel {
		t.Errorf("the log holds %v", lines)
	}
}

// TestAuditIsWritten at whatever level the log is, and tells what was done from
// what was asked for in vain.
func TestAuditIsWritten(t *testing.T) {
	t.Parallel()
	core, seen := observer.New(zapcore.ErrorLevel)
	log := zap.New(core)
	log.Info("left out")
	var want []string
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "act"},
		{fmt.Errorf("bind %q: %w", "foo", ErrNotFound), "act refused"},
		{invalid("rate: -1 is negative"), "act refused"},
		{fmt.Errorf("reload: %w", ErrConflict), "act refused"},
		{errors.New("disk"), "act failed"},
	} {
		acted(auditOf(log), c.err, zap.String("token", "ops"))
		want = append(want, c.want)
	}
	var got []string
	for _, line := range seen.All() {
		got = append(got, line.Message)
		if line.LoggerName != "admin" || line.ContextMap()["token"] != "ops" {
			t.Errorf("the log holds %v", line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("logged %q, want %q", got, want)
	}
}
