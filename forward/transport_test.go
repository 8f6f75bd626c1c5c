package forward

import (
	"bytes"
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
)

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
