package smpp

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
)

// TLS says how connections are encrypted. The files are read anew for each
// connection, so a renewed certificate needs no restart.
type TLS struct {
	// Enabled turns TLS on, version 1.2 at least.
	Enabled bool
	// CAFile holds the PEM certificates that the SMSC's must lead to; empty: the
	// system's.
	CAFile string
	// CertFile and KeyFile are our client certificate; both or neither.
	CertFile, KeyFile string
	// ServerName is the name in the SMSC's certificate; empty: the address's host.
	ServerName string
	// Pins are certificates that are trusted as they are, whatever names, issuer
	// and dates they have; with any, no other certificate is.
	Pins []Pin
}

// config returns what a connection to address uses.
func (t TLS) config(address string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if c.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", address, err)
		}
		c.ServerName = host
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file %q holds no PEM certificate", t.CAFile)
		}
	}
	if t.CertFile != "" || t.KeyFile != "" {
		cert, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("load client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	if len(t.Pins) > 0 {
		c.InsecureSkipVerify = true // verifyPin verifies instead
		c.VerifyConnection = t.verifyPin
	}
	return c, nil
}

// check reports files that cannot be used now.
func (t TLS) check() error {
	if !t.Enabled {
		return nil
	}
	_, err := t.config("localhost:0")
	return err
}
