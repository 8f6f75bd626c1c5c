package smpp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// cause is why an attempt or a session ended; it decides when the next attempt
// may come.
type cause uint8

const (
	causeStopped  cause = iota // we wanted it
	causeDial                  // no connection
	causeTLS                   // no trust
	causeRefused               // bind_resp with a status
	causeSilent                // no bind_resp
	causeLost                  // the connection broke
	causeGarbage               // not SMPP
	causeStalled               // half a PDU
	causeNotRead               // the SMSC does not read our answers
	causeLinkDead              // no answer to enquire_link
	causeUnbound               // the SMSC unbound us
)

// ending tells why an attempt or a session ended, in words, and what to do.
type ending struct {
	cause          cause
	status         CommandStatus // of a refused bind
	reason, advice string
}

// locksAccount reports whether trying again soon could lock the account or only
// fill the SMSC's log: a person has to act.
func (e ending) locksAccount() bool {
	switch e.status {
	case StatusBindFailed, StatusBadPassword, StatusBadSystemID:
		return e.cause == causeRefused
	default:
		return e.cause == causeTLS
	}
}

// sameKind reports whether o says nothing new after e.
func (e ending) sameKind(o ending) bool { return e.cause == o.cause && e.status == o.status }

// endStopped tells why we ended it ourselves: the cause that ctx ended with.
func endStopped(ctx context.Context) ending {
	why := context.Cause(ctx)
	if errors.Is(why, context.Canceled) {
		why = errShutdown
	}
	return ending{cause: causeStopped, reason: why.Error()}
}

func endDial(err error) ending {
	return ending{
		cause: causeDial, reason: fmt.Sprintf("no connection: %v", err),
		advice: "check the address, the firewall, and that the operator allows our source address",
	}
}

func endHandshake(err error) ending {
	return ending{
		cause: causeDial, reason: fmt.Sprintf("connection lost in the TLS handshake: %v", err),
		advice: "tried again by itself; if it goes on, check that this port speaks TLS and that the operator allows our source address",
	}
}

func endTLS(err error) ending {
	e := ending{
		cause: causeTLS, reason: fmt.Sprintf("TLS failed: %v", err),
		advice: "check that this port speaks TLS, and tls.cert_file and tls.key_file when the operator wants a client certificate",
	}
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var plain tls.RecordHeaderError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.advice = "the operator has to renew its certificate: tell it, there is nothing to change here; or our clock is wrong"
	case errors.As(err, &name):
		e.advice = "set tls.server_name to a name in the operator's certificate"
	case errors.As(err, &authority):
		e.advice = "set tls.ca_file to the certificate authority of the operator"
	case errors.As(err, &plain):
		e.advice = "this port does not speak TLS: use the operator's TLS port, or set tls.enabled: false"
	}
	return e
}

func endRefusedBind(status CommandStatus) ending {
	e := ending{cause: causeRefused, status: status, reason: "bind refused: " + status.String()}
	if meaning := status.meaning(); meaning != "" {
		e.reason += ", " + meaning
	}
	switch status {
	case StatusBadPassword, StatusBadSystemID:
		e.advice = "check system_id and password with the operator; tried again after a minute, then after two and so on up to 15, so that the account is not locked"
	case StatusBindFailed:
		e.advice = "ask the operator whether the account, our source address, the mode and system_type are allowed"
	case StatusAlreadyBound:
		e.advice = "an earlier session is still open at the operator, or another program uses the account: nothing to do if this passes, else lower binds"
	case 0x53: // ESME_RINVSYSTYP
		e.advice = "ask the operator for the system_type"
	case StatusInvalidCommand:
		e.advice = "the operator does not know this kind of bind: try the other mode"
	default:
		e.advice = "tried again by itself; ask the operator if it lasts"
	}
	return e
}

func endSilent(wait time.Duration) ending {
	return ending{
		cause: causeSilent, reason: fmt.Sprintf("no bind_resp within %s", wait),
		advice: "check that this port speaks SMPP without TLS, and ask the operator whether our source address is allowed",
	}
}

func endLost(err error) ending {
	return ending{
		cause: causeLost, reason: fmt.Sprintf("connection lost: %v", err),
		advice: "bound again by itself; ask the operator if it goes on",
	}
}

func endGarbage(err error) ending {
	return ending{
		cause: causeGarbage, reason: fmt.Sprintf("not SMPP: %v", err),
		advice: "check that this address and port are the operator's SMPP port, and tls.enabled",
	}
}

func endStalled(wait time.Duration) ending {
	return ending{
		cause: causeStalled, reason: fmt.Sprintf("half a PDU, and no more of it within %s", wait),
		advice: "bound again by itself; a link that cuts long packets (MTU) does this",
	}
}

func endNotRead(err error) ending {
	return ending{
		cause: causeNotRead, reason: fmt.Sprintf("the SMSC does not read our answers: %v", err),
		advice: "bound again by itself; ask the operator if it goes on",
	}
}

func endLinkDead(wait time.Duration) ending {
	return ending{
		cause: causeLinkDead, reason: fmt.Sprintf("enquire_link not answered within %s, and nothing else came", wait),
		advice: "bound again by itself; check the network if it goes on",
	}
}

// endOfReading tells what a failed read means; half a PDU was waited for that long.
func endOfReading(err error, waited time.Duration) ending {
	var length badLengthError
	switch {
	case errors.As(err, &length):
		return endGarbage(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return endStalled(waited)
	default:
		return endLost(err)
	}
}

// refusedCertificate reports whether err is the SMSC's alert. With TLS 1.3 our
// certificate is refused only after the handshake, but before bind_resp.
func refusedCertificate(err error) bool {
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error"
}

// endOfWriting tells what a failed write means.
func endOfWriting(err error) ending {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, errOutboxFull) {
		return endNotRead(err)
	}
	return endLost(err)
}

func endUnboundBySMSC() ending {
	return ending{
		cause: causeUnbound, reason: "the SMSC unbound us",
		advice: "usually the operator's maintenance; bound again by itself",
	}
}
