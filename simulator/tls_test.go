package simulator_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// certificate writes a key and its certificate for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", private)
}

func TestTLS(t *testing.T) {
	certFile, keyFile := certificate(t)
	s, err := simulator.ParseScenario("s.yaml", fmt.Appendf(nil, `
listen: 127.0.0.1:0
tls: {cert_file: %q, key_file: %q}
accounts: [{system_id: gw, count: 1}]
`, certFile, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	conn, err := tls.Dial("tcp", run.Site("main").Addr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	e := newESME(t, conn)
	e.send(pdu{command: bindReceiver, sequence: 1, body: append(cstrings("gw", "", ""), 0x34, 0, 0, 0)})
	if p, err := e.read(); err != nil || p.status != 0 {
		t.Fatalf("bind over TLS: %+v, %v", p, err)
	}
	go e.work()
	if err := run.Wait(patient(t)); err != nil {
		t.Fatal(err)
	}
	s.KeyFile = "nowhere.pem"
	if _, err := s.Start(nil); err == nil {
		t.Error("a key file that is not there is taken")
	}
}
