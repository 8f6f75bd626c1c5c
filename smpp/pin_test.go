package smpp

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"
)

// newNamelessSMSC listens with a certificate of its own making that has a Common
// Name alone.
func newNamelessSMSC(t *testing.T, ends time.Time) (s *smsc, pin string) {
	t.Helper()
	a := newAuthority(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: ends.Add(-time.Hour), NotAfter: ends,
	}
	key := a.newKey()
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	a.must(err)
	cert, err := x509.ParseCertificate(der)
	a.must(err)
	s = newSMSC(t)
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	return s, pinOf(cert).String()
}

// TestPinnedCertificate: it is trusted without a name, an issuer or a date that
// holds, and its end is told.
func TestPinnedCertificate(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]time.Time{"running": time.Now().Add(time.Hour), "ended": time.Now().Add(-time.Hour)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, text := newNamelessSMSC(t, ends)
			pin, err := ParsePin(strings.ToUpper(text[:2] + ":" + text[2:]))
			if err != nil {
				t.Fatal(err)
			}
			opts := testOptions(s.addr)
			opts.TLS = TLS{Enabled: true, Pins: []Pin{{1}, pin}}
			expiry := make(chan time.Time, 1)
			opts.Observer.CertificateExpiry = func(_ string, end time.Time) { expiry <- end }
			start(t, opts, answerOK)
			s.acceptBound()
			if end := receive(t, expiry); !end.Equal(ends.Truncate(time.Second)) {
				t.Errorf("told expiry %s, want %s", end, ends)
			}
		})
	}
}

// TestUntrustedCertificate says what helps: a name where there is one, a pin where
// there is none, and the pin that is shown where another one is wanted.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		pins           []Pin
		reason, advice string
	}{
		{"Common Name alone", nil, "TLS failed", "tls.server_name cannot help"},
		{"another is pinned", []Pin{{1}}, "is not pinned", "somebody may be between"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, pin := newNamelessSMSC(t, time.Now().Add(time.Hour))
			opts := testOptions(s.addr)
			opts.TLS = TLS{Enabled: true, Pins: c.pins}
			expiry := make(chan time.Time, 1)
			opts.Observer.CertificateExpiry = func(_ string, end time.Time) { expiry <- end }
			r := start(t, opts, answerOK)
			p := s.accept()
			handshake := spawn(func() { _, _ = p.conn.Read(make([]byte, 1)) })
			got := r.reach(Waiting)
			p.conn.Close()
			<-handshake
			if !got.Alarm || !strings.Contains(got.Reason, c.reason) || !strings.Contains(got.Advice, c.advice) ||
				!strings.Contains(got.Advice, pin) || !strings.Contains(got.Advice, "tls.pin_sha256") {
				t.Errorf("alarm %v, reason %q, advice %q; want %q, %q, %s", got.Alarm, got.Reason, got.Advice, c.reason, c.advice, pin)
			}
			receive(t, expiry)
		})
	}
}

func TestParsePin(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("5e", 32)
	for _, good := range []string{digits, strings.ToUpper(digits), strings.TrimSuffix(strings.Repeat("5E:", 32), ":")} {
		if pin, err := ParsePin(good); err != nil || hex.EncodeToString(pin[:]) != digits {
			t.Errorf("%q: %s, %v", good, pin, err)
		}
	}
	for _, bad := range []string{"", "5e", digits + "5e", "zz" + digits[2:], "sha256 Fingerprint=" + digits} {
		if pin, err := ParsePin(bad); err == nil {
			t.Errorf("%q is read as %s", bad, pin)
		}
	}
}
