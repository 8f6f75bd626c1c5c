package forward

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func newTestSender(t *testing.T, o Options) *sender {
	t.Helper()
	target, err := newTarget(&o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.close)
	return newSender(target)
}

// raw is a server that does not speak HTTP as it should: serve has each
// connection.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { defer c.Close(); serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); conns.Wait() })
	return "http://" + l.Addr().String()
}

func TestRetryAfterOfAnAnswer(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	a := newTestSender(t, options(hook.URL)).post(t.Context(), "rcpt_1", []byte(`{}`))
	if a.outcome != down || a.retryAfter != 7*time.Second {
		t.Errorf("%+v", a)
	}
}

func TestRedirectIsAFailureAndIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newReceiver(t, nil)
	hook := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	a := newTestSender(t, options(hook.URL)).post(t.Context(), "rcpt_1", []byte(`{}`))
	if a.outcome != down || a.status != 307 || len(elsewhere.got()) != 0 {
		t.Errorf("%+v, and the other place got %d", a, len(elsewhere.got()))
	}
}

func TestEndlessAnswerIsCutAndKeptInPart(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) {
		w.WriteHeader(http.StatusBadGateway)
		for line := []byte(strings.Repeat("no\n", 1000)); ; {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	})
	a := newTestSender(t, options(hook.URL)).post(t.Context(), "rcpt_1", []byte(`{}`))
	if a.status != 502 || len(a.body) != keptAnswer || a.took > 5*time.Second {
		t.Errorf("status %d, %d octets kept, %v", a.status, len(a.body), a.took)
	}
}

func TestGzipAbove(t *testing.T) {
	t.Parallel()
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC"
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.GzipAbove, o.Secrets = 100, []string{secret}
	s := newTestSender(t, o)
	long := []byte(`{"text":"` + strings.Repeat("x", 200) + `"}`)
	for _, body := range [][]byte{[]byte(`{}`), long, long} {
		if a := s.post(t.Context(), "rcpt_1", body); a.outcome != taken {
			t.Fatalf("%+v", a)
		}
	}
	hits := hook.got()
	if hits[0].header.Get("Content-Encoding") != "" || hits[0].body != "{}" {
		t.Error("a short body was compressed")
	}
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hits[1:] {
		z, err := gzip.NewReader(strings.NewReader(h.body))
		if err != nil || h.header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("not gzip: %v", err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || string(plain) != string(long) {
			t.Errorf("unpacked %q, %v", plain, err)
		}
		if err := w.Verify(plain, h.header); err != nil {
			t.Errorf("the JSON's signature: %v", err)
		}
	}
}

// TestNoSecretIsShown has every secret of an endpoint fail loudly, and looks for
// them in errors, logs and stored attempts.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	secrets := []string{"hunter2", "querykey", "headervalue", "clientsecret", "signingsecret"}
	for name, url := range map[string]string{
		"refused": "http://user:hunter2@127.0.0.1:1/p?token=querykey", "dns": "https://user:hunter2@nobody.invalid/?token=querykey",
		"bad": "://user:hunter2@?querykey", "scheme": "ftp://user:hunter2@host/?querykey",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			core, lines := observer.New(zapcore.DebugLevel)
			log := newLog(t, "acme")
			o := options(url)
			o.Headers = http.Header{"X-Key": {"headervalue"}}
			o.Secrets = []string{"signingsecret"}
			var shown strings.Builder
			if e, err := New(o, log, Observer{}, zap.New(core)); err != nil {
				fmt.Fprintln(&shown, err)
			} else {
				o.OAuth2 = OAuth2{TokenURL: url, ClientID: "x", ClientSecret: "clientsecret"}
				a := newTestSender(t, o).post(t.Context(), "rcpt_1", []byte(`{}`))
				fmt.Fprintln(&shown, a.reason)
				stop := runEndpoint(t, e)
				store(t, log, "acme", receipts("a", 10)...)
				eventually(t, "breaker open", func() bool { return e.Status().BreakerOpen })
				r, err := e.Test(t.Context())
				fmt.Fprintln(&shown, e.Status(), r, err)
				stop()
			}
			for _, line := range lines.All() {
				fmt.Fprintln(&shown, line.Message, line.ContextMap())
			}
			attempts, err := log.Attempts(t.Context(), "", 0, 100)
			fmt.Fprintln(&shown, attempts, err)
			for _, s := range secrets {
				if strings.Contains(shown.String(), s) {
					t.Errorf("%q is shown in:\n%s", s, shown.String())
				}
			}
		})
	}
}

func TestUserinfoBecomesBasicAuthentication(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	s := newTestSender(t, options(strings.Replace(hook.URL, "http://", "http://gw:pw@", 1)))
	s.post(t.Context(), "rcpt_1", []byte(`{}`))
	r := http.Request{Header: hook.got()[0].header}
	if user, pw, ok := r.BasicAuth(); !ok || user != "gw" || pw != "pw" {
		t.Errorf("%q %q %v", user, pw, ok)
	}
}

func TestAPostThatWeEndIsNotTheEndpointsFault(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	url := raw(t, func(c net.Conn) {
		cancel()
		_, _ = io.Copy(io.Discard, c)
	})
	if a := newTestSender(t, options(url)).post(ctx, "rcpt_1", []byte(`{}`)); !a.cut {
		t.Errorf("%+v", a)
	}
}
