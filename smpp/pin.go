package smpp

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pin is the SHA-256 of a certificate in DER.
type Pin [sha256.Size]byte

// ParsePin reads a pin in hex, with colons or without, as openssl and browsers
// show a fingerprint.
func ParsePin(text string) (Pin, error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(raw) != sha256.Size {
		return Pin{}, errors.New("must be the SHA-256 of a certificate in hex: 64 digits, colons allowed; " +
			"openssl x509 -in FILE -noout -fingerprint -sha256 prints it behind the =")
	}
	return Pin(raw), nil
}

// pinOf returns the pin of a certificate.
func pinOf(c *x509.Certificate) Pin { return sha256.Sum256(c.Raw) }

// String is the pin in hex.
func (p Pin) String() string { return hex.EncodeToString(p[:]) }

// unpinnedError is an SMSC's certificate that is none of the pinned ones.
type unpinnedError struct{ certificate *x509.Certificate }

func (e unpinnedError) Error() string {
	return fmt.Sprintf("the certificate, SHA-256 %s, is not pinned", pinOf(e.certificate))
}

// verifyPin trusts a connection by the pin of its certificate alone.
func (t TLS) verifyPin(c tls.ConnectionState) error {
	shown := c.PeerCertificates[0] // a server shows one, or the handshake has failed before
	if !slices.Contains(t.Pins, pinOf(shown)) {
		return unpinnedError{shown}
	}
	return nil
}

// refused returns the certificate that a failed handshake did not trust, nil when
// it failed of something else.
func refused(err error) *x509.Certificate {
	var unverified *tls.CertificateVerificationError
	var unpinned unpinnedError
	switch {
	case errors.As(err, &unpinned):
		return unpinned.certificate
	case errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0:
		return unverified.UnverifiedCertificates[0]
	default:
		return nil
	}
}

// adviseName says what helps with a certificate that does not name the host.
func adviseName(c *x509.Certificate) string {
	const most = 5
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "the certificate has a Common Name alone, which no longer counts, and tls.server_name cannot help: " +
			"ask the operator for one with a subjectAltName, or trust this one: " + advisePin(c)
	}
	more := ""
	if len(names) > most {
		names, more = names[:most], " and others"
	}
	return fmt.Sprintf("set tls.server_name to a name in the operator's certificate: %q%s", names, more)
}

// advisePin says how a certificate is trusted as it is.
func advisePin(c *x509.Certificate) string {
	return fmt.Sprintf("when the operator confirms that its SHA-256 is %s, set tls.pin_sha256 to it", pinOf(c))
}
