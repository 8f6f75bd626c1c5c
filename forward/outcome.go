package forward

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// outcome is what one answer, or its absence, says.
type outcome uint8

const (
	taken   outcome = iota // 2xx: the endpoint has it
	refused                // the endpoint does not want this event
	down                   // the endpoint does not work now, whatever the event
	gone                   // 410: as down; three of them disable the endpoint
)

// String is the outcome's metric label.
func (o outcome) String() string { return Outcomes()[o] }

// Outcomes lists the outcome labels of attempts.
func Outcomes() []string { return []string{"taken", "refused", "down", "gone"} }

// byStatus is the whole table: what is not 2xx and not named here says that the
// endpoint is down, so that a deploy that answers 404 for an hour loses nothing.
func byStatus(code int) outcome {
	switch code {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return refused
	case http.StatusGone:
		return gone
	}
	if code/100 == 2 {
		return taken
	}
	return down
}

// unseenBy tells whether the status says that the event was not looked at.
func unseenBy(code int) bool {
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusGone, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return code/100 == 3
}

// answer is one attempt's result.
type answer struct {
	outcome outcome
	status  int    // 0: no answer
	reason  string // in words, without secrets; empty when taken
	body    []byte // the first 512 octets of what was not taken
	// retryAfter is the endpoint's wish, 0 when it has none.
	retryAfter time.Duration
	at         time.Time
	took       time.Duration
	// cut: we ended the attempt ourselves; it says nothing of the endpoint.
	cut bool
	// away: the event was not sent, as another gateway may have it by now.
	away bool
	// unseen: nobody looked at the event. There was no connection, or the answer
	// speaks of access, place or load.
	unseen bool
}

// errToken says that the OAuth2 token could not be had.
var errToken = errors.New("oauth2: no token")

// reasonOf says in fixed words why there was no answer: an error's own text may
// hold the URL.
func reasonOf(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.Is(err, errToken):
		return err.Error()
	case errors.Is(err, ssrf.ErrProhibitedIP):
		return "address refused: it is loopback, private or link-local (allow_private_addresses: false)"
	case errors.As(err, &dns):
		return "dns: the host cannot be resolved"
	case errors.As(err, &certificate), errors.As(err, &unknown):
		return "tls: the certificate is not trusted"
	case errors.As(err, &record):
		return "tls: handshake failed"
	case errors.As(err, &op) && op.Op == "remote error": // an alert
		return "tls: the endpoint refused the handshake; does it want a client certificate?"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), timedOut(err):
		return "timeout: no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect: connection refused"
	case errors.As(err, &op) && op.Op == "dial":
		return "connect: host not reached"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection lost before the answer"
	}
	return "no valid HTTP answer"
}

// unreachedBy tells whether the error came before there was a connection.
func unreachedBy(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.Is(err, errToken) || errors.Is(err, ssrf.ErrProhibitedIP) ||
		errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}

func timedOut(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// retryAfter reads RFC 9110 §10.2.3: seconds or a date; 0 when there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseInt(v, 10, 32); err == nil {
		return max(0, time.Duration(n)*time.Second)
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
