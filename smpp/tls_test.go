package smpp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// authority issues certificates for one test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
	ends time.Time // of what it issues
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = a.newKey()
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	a.must(err)
	a.cert, err = x509.ParseCertificate(der)
	a.must(err)
	a.ends = a.cert.NotAfter
	a.file = a.write("ca.pem", "CERTIFICATE", der)
	return a
}

// issue writes a certificate for the name and its key, and returns both files.
func (a *authority) issue(name string) (cert, key string) {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: a.ends,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	k := a.newKey()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &k.PublicKey, a.key)
	a.must(err)
	raw, err := x509.MarshalECPrivateKey(k)
	a.must(err)
	return a.write(name+".pem", "CERTIFICATE", der), a.write(name+".key", "EC PRIVATE KEY", raw)
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	return k
}

func (a *authority) write(name, kind string, der []byte) string {
	file := filepath.Join(a.dir, name)
	a.must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return file
}

func (a *authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// newTLSSMSC listens with TLS under the name, and asks for our certificate.
func newTLSSMSC(t *testing.T, a *authority, name string, version uint16) *smsc {
	t.Helper()
	s := newSMSC(t)
	cert, key := a.issue(name)
	pair, err := tls.LoadX509KeyPair(cert, key)
	a.must(err)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	s.tls = &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven,
		MinVersion: tls.VersionTLS10, MaxVersion: version,
	}
	return s
}

func TestTLSWithClientCertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, certificate, serverName string
		version                       uint16
	}{
		{"server name from the address", "127.0.0.1", "", tls.VersionTLS13},
		{"server name configured", "smsc.acme.example", "smsc.acme.example", tls.VersionTLS12},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			s := newTLSSMSC(t, a, c.certificate, c.version)
			s.tls.ClientAuth = tls.RequireAndVerifyClientCert
			cert, key := a.issue("client")
			opts := testOptions(s.addr)
			opts.TLS = TLS{Enabled: true, CAFile: a.file, CertFile: cert, KeyFile: key, ServerName: c.serverName}
			expiry := make(chan time.Time, 1)
			opts.Observer.CertificateExpiry = func(_ string, end time.Time) { expiry <- end }
			start(t, opts, answerOK)
			p := s.acceptBound()
			p.send(deliver(1, "id:1"))
			p.expectAnswer(idDeliverSM|idResp, 0, 1)
			if end := <-expiry; !end.Equal(a.cert.NotAfter) {
				t.Errorf("told expiry %s, want %s", end, a.cert.NotAfter)
			}
		})
	}
}

// TestTLSFailures wait for a minute and alarm at the first: nobody but a person
// can mend them.
func TestTLSFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		smsc           func(*testing.T, *authority) *smsc
		reason, advice string
	}{
		{"wrong name", func(t *testing.T, a *authority) *smsc {
			return newTLSSMSC(t, a, "other.example", tls.VersionTLS13)
		}, "cannot validate certificate for 127.0.0.1", "tls.server_name"},
		{"unknown authority", func(t *testing.T, _ *authority) *smsc {
			return newTLSSMSC(t, newAuthority(t), "127.0.0.1", tls.VersionTLS13)
		}, "unknown authority", "tls.ca_file"},
		{"ended", func(t *testing.T, a *authority) *smsc {
			a.ends = time.Now().Add(-time.Minute)
			return newTLSSMSC(t, a, "127.0.0.1", tls.VersionTLS13)
		}, "certificate has expired", "the operator has to renew its certificate"},
		{"TLS 1.1 only", func(t *testing.T, a *authority) *smsc {
			return newTLSSMSC(t, a, "127.0.0.1", tls.VersionTLS11)
		}, "protocol version", "speaks TLS"},
		{"client certificate wanted, TLS 1.3", func(t *testing.T, a *authority) *smsc {
			return wantingCertificate(newTLSSMSC(t, a, "127.0.0.1", tls.VersionTLS13))
		}, "certificate required", "tls.cert_file"},
		{"client certificate wanted, TLS 1.2", func(t *testing.T, a *authority) *smsc {
			return wantingCertificate(newTLSSMSC(t, a, "127.0.0.1", tls.VersionTLS12))
		}, "handshake failure", "tls.cert_file"},
		{"no TLS", func(t *testing.T, _ *authority) *smsc { return newSMSC(t) }, "does not look like a TLS handshake", "tls.enabled: false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			s := c.smsc(t, a)
			opts := testOptions(s.addr)
			opts.TLS = TLS{Enabled: true, CAFile: a.file}
			r := start(t, opts, answerOK)
			p := s.accept()
			handshake := spawn(func() {
				if s.tls == nil {
					p.write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
				}
				_, _ = io.Copy(io.Discard, p.conn)
			})
			got := r.reach(Waiting)
			p.conn.Close()
			<-handshake
			if !got.Alarm || !strings.Contains(got.Reason, c.reason) || !strings.Contains(got.Advice, c.advice) {
				t.Errorf("alarm %v, reason %q, advice %q; want %q, %q", got.Alarm, got.Reason, got.Advice, c.reason, c.advice)
			}
		})
	}
}

// TestBrokenConnectionIsNoTLSFailure: what breaks a connection passes by itself,
// as when an SMSC restarts behind its load balancer. It neither alarms nor waits
// as a refused certificate does.
func TestBrokenConnectionIsNoTLSFailure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reason string
		timeout      time.Duration
		act          func(*peer)
	}{
		{"closed", "TLS handshake: EOF", patience, func(p *peer) {
			_, _ = p.in.Peek(1) // reads all that there is
			p.conn.Close()
		}},
		{"reset", "TLS handshake: ", patience, func(p *peer) {
			_, _ = p.conn.Read(make([]byte, 1)) // leaves the rest, so that the end is a reset
			p.conn.Close()
		}},
		{"silent", "TLS handshake: context deadline exceeded", 2 * time.Second, func(*peer) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSMSC(t)
			opts := testOptions(s.addr)
			opts.TLS.Enabled, opts.ConnectTimeout = true, c.timeout
			r := start(t, opts, answerOK)
			c.act(s.accept())
			got := r.reach(Waiting)
			if got.Alarm || !strings.Contains(got.Reason, c.reason) || !strings.Contains(got.Advice, "speaks TLS") {
				t.Errorf("alarm %v, reason %q, advice %q; want %q", got.Alarm, got.Reason, got.Advice, c.reason)
			}
			s.accept() // again after reconnect.initial
		})
	}
}

// TestAlertOfABoundSessionIsNoTLSFailure: the SMSC has trusted us, or it would not
// have bound us.
func TestAlertOfABoundSessionIsNoTLSFailure(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := newTLSSMSC(t, a, "127.0.0.1", tls.VersionTLS13)
	config := s.tls
	s.tls = nil
	opts := testOptions(s.addr)
	opts.TLS = TLS{Enabled: true, CAFile: a.file}
	r := start(t, opts, answerOK)
	wire := &garbled{Conn: s.accept().conn}
	p := newPeer(t, tls.Server(wire, config))
	p.acceptBind()
	r.reach(Bound)
	wire.on.Store(true)
	p.send(rawPDU{id: idEnquireLink, seq: 1})
	p.expectClosed() // an alert goes out
	if got := r.reach(Waiting); got.Alarm || !strings.Contains(got.Reason, "connection lost: remote error") {
		t.Errorf("alarm %v, reason %q", got.Alarm, got.Reason)
	}
}

// garbled is a connection that may spoil what it reads.
type garbled struct {
	net.Conn
	on atomic.Bool
}

func (g *garbled) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if n > 0 && g.on.Load() {
		p[n-1] ^= 1
	}
	return n, err
}

func wantingCertificate(s *smsc) *smsc {
	s.tls.ClientAuth = tls.RequireAndVerifyClientCert
	return s
}

func TestTLSFilesAreChecked(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	empty := filepath.Join(a.dir, "empty.pem")
	a.must(os.WriteFile(empty, nil, 0o600))
	cert, _ := a.issue("client")
	for _, c := range []struct {
		name, want string
		tls        TLS
	}{
		{"missing ca_file", "read ca_file", TLS{CAFile: filepath.Join(a.dir, "missing")}},
		{"empty ca_file", "no PEM certificate", TLS{CAFile: empty}},
		{"certificate without key", "client certificate", TLS{CertFile: cert}},
		{"key that is none", "client certificate", TLS{CertFile: cert, KeyFile: a.file}},
	} {
		opts := testOptions("127.0.0.1:1")
		opts.TLS = c.tls
		opts.TLS.Enabled = true
		if _, err := NewOperator(opts, answerOK); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
