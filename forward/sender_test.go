package forward

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
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

// TestEachTransportErrorIsNamedAndDown goes through the ways in which there is
// no answer.
func TestEachTransportErrorIsNamedAndDown(t *testing.T) {
	t.Parallel()
	closed := raw(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	const unused = "http://127.0.0.1:1" // of nobody: a port that was just free may be another test's
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	untrusted.Config.ErrorLog = nil
	private := func(o *Options) { o.AllowPrivateAddresses = false }
	for name, c := range map[string]struct {
		url, want string
		change    func(*Options)
	}{
		"closed":    {url: closed, want: "connection lost before the answer"},
		"refused":   {url: unused, want: "connect: connection refused"},
		"dns":       {url: "http://nobody..invalid/", want: "dns: the host cannot be resolved"},
		"untrusted": {url: untrusted.URL, want: "tls: the certificate is not trusted"},
		"no tls":    {url: strings.Replace(closed, "http:", "https:", 1), want: "connection lost before the answer"},
		"private":   {url: unused, want: "address refused", change: private},
		"name":      {url: strings.Replace(unused, "127.0.0.1", "localhost", 1), want: "address refused", change: private},
		"token server": {
			url: "http://192.0.2.1/", want: "oauth2: no token: address refused", change: func(o *Options) {
				private(o)
				o.OAuth2 = OAuth2{TokenURL: unused, ClientID: "gw", ClientSecret: "s3cret"}
			},
		},
		"mapped": {url: "http://[::ffff:127.0.0.1]:80/", want: "address refused", change: private},
		"hanging": {
			url: raw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), want: "timeout",
			change: func(o *Options) { o.Timeout = 50 * time.Millisecond },
		},
		"garbage": {url: raw(t, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1)) // an answer before the request is none
			fmt.Fprint(c, "220 smtp ready\r\n")
		}), want: "no valid HTTP answer"},
		"endless header": {
			url: raw(t, func(c net.Conn) {
				_, _ = c.Read(make([]byte, 1))
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
				for line := strings.Repeat("x: y\r\n", 1000); ; {
					if _, err := fmt.Fprint(c, line); err != nil {
						return
					}
				}
			}), want: "no valid HTTP answer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(c.url)
			if c.change != nil {
				c.change(&o)
			}
			a := newTestSender(t, o).post(t.Context(), "rcpt_1", []byte(`{}`))
			if a.outcome != down || a.cut || a.status != 0 || !strings.HasPrefix(a.reason, c.want) {
				t.Errorf("%+v, want down with %q", a, c.want)
			}
		})
	}
}

// TestClientCertificate has the webhook ask for one.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	presented := make(chan []byte, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		presented <- r.TLS.PeerCertificates[0].Raw
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	o := options(srv.URL)
	o.TLS = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}
	if a := newTestSender(t, o).post(t.Context(), "rcpt_1", []byte(`{}`)); a.outcome != down || !strings.HasPrefix(a.reason, "tls: the endpoint refused") {
		t.Errorf("without a certificate: %+v", a)
	}
	own := srv.TLS.Certificates[0]
	o.TLS.Certificates = []tls.Certificate{own}
	if a := newTestSender(t, o).post(t.Context(), "rcpt_1", []byte(`{}`)); a.outcome != taken || !bytes.Equal(<-presented, own.Certificate[0]) {
		t.Errorf("with a certificate: %+v", a)
	}
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

func TestOAuth2TokenIsKeptAndRenewedAfter401(t *testing.T) {
	t.Parallel()
	var issued atomic.Int32
	tokenServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":3600}`, issued.Add(1))
	}))
	t.Cleanup(tokenServer.Close)
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.header.Get("Authorization") == "Bearer t1" && h.id == "last" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	o := options(hook.URL)
	o.OAuth2 = OAuth2{TokenURL: tokenServer.URL, ClientID: "gw", ClientSecret: "s3cret"}
	s := newTestSender(t, o)
	for _, id := range []string{"one", "two", "last", "last"} {
		s.post(t.Context(), id, []byte(`{}`))
	}
	hits := hook.got()
	if n := issued.Load(); n != 2 {
		t.Errorf("%d tokens for four POSTs, want 2", n)
	}
	for i, want := range []string{"Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"} {
		if got := hits[i].header.Get("Authorization"); got != want {
			t.Errorf("POST %d: %q, want %q", i, got, want)
		}
	}
}

func TestConnectionsAreBoundedKeptAndRenewed(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"http/1.1": false, "h2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opened atomic.Int32
			var proto atomic.Value
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proto.Store(r.Proto) }))
			srv.EnableHTTP2 = http2
			srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					opened.Add(1)
				}
			}
			srv.StartTLS()
			t.Cleanup(srv.Close)
			o := options(srv.URL)
			o.Concurrency, o.HTTP2 = 8, http2
			o.TLS = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}
			target, err := newTarget(&o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(target.close)
			round := func() {
				var workers sync.WaitGroup
				for range 8 {
					workers.Go(func() {
						s := newSender(target)
						for range 20 {
							if a := s.post(t.Context(), "rcpt_1", []byte(`{}`)); a.outcome != taken {
								t.Errorf("%+v", a)
							}
						}
					})
				}
				workers.Wait()
			}
			round()
			before := opened.Load()
			if before > 8+http2Conns {
				t.Errorf("%d connections for 8 workers", before)
			}
			round()
			if n := opened.Load() - before; n > http2Conns {
				t.Errorf("%d more connections for the same work", n)
			}
			if want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]; proto.Load() != want {
				t.Errorf("spoke %v, want %s", proto.Load(), want)
			}
			before = opened.Load()
			target.o.MaxConnectionAge = time.Nanosecond
			round()
			if opened.Load() == before {
				t.Error("no connection was renewed after max_connection_age")
			}
		})
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
