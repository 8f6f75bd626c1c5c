package smpp

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// askTLS is the advice when a port may speak TLS, which is not asked for.
const askTLS = "does this port speak TLS? set tls.enabled: true"

// isBound reports whether the SMSC has accepted the bind.
func (s *session) isBound() bool {
	select {
	case <-s.accepted:
		return true
	default:
		return false
	}
}

// again says what happens by itself after the session.
func (s *session) again() string {
	if s.isBound() {
		return "bound again by itself"
	}
	return "tried again by itself"
}

// askAccess is the advice when the SMSC does not answer our bind. An SMSC that said
// something is no port of another kind.
func (s *session) askAccess() string {
	const ask = "ask the operator whether our source address and account are allowed"
	switch heard := s.lastOctet.Load() != 0; {
	case heard:
		return ask
	case s.bind.opts.TLS.Enabled:
		return "check that this is the operator's SMPP port, and " + ask
	default:
		return askTLS + "; else " + ask
	}
}

func (s *session) endSilent() ending {
	return ending{
		cause: causeSilent, reason: fmt.Sprintf("no bind_resp within %s", s.bind.opts.ResponseTimeout),
		advice: s.askAccess() + "; " + s.again(),
	}
}

func (s *session) endUnboundBySMSC() ending {
	if !s.isBound() {
		return ending{
			cause: causeUnbound, reason: "the SMSC answered our bind with unbind",
			advice: "ask the operator whether the account may bind; " + s.again(),
		}
	}
	return ending{
		cause: causeUnbound, reason: "the SMSC unbound us",
		advice: "usually the operator's maintenance; " + s.again(),
	}
}

// endOfReading tells what a failed read means.
func (s *session) endOfReading(err error) ending {
	var length badLengthError
	switch {
	case errors.As(err, &length):
		return s.endGarbage(length)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ending{
			cause: causeStalled, reason: fmt.Sprintf("half a PDU, and no more of it within %s", s.bind.opts.ResponseTimeout),
			advice: s.again() + "; a link that cuts long packets (MTU) does this",
		}
	default:
		return s.endLost(err)
	}
}

// endOfWriting tells what a failed write means.
func (s *session) endOfWriting(err error) ending {
	if connectionLost(err) {
		return s.endLost(err)
	}
	return ending{
		cause: causeNotRead, reason: fmt.Sprintf("the SMSC does not read our answers: %v", err),
		advice: s.again() + "; ask the operator if it goes on",
	}
}

// connectionLost tells a failed write of a connection that has ended from one of
// an SMSC that does not read.
func connectionLost(err error) bool {
	return !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, errOutboxFull)
}

func (s *session) endLost(err error) ending {
	switch {
	case s.isBound():
		return ending{
			cause: causeLost, reason: fmt.Sprintf("connection lost: %v", err),
			advice: s.again() + "; ask the operator if it goes on",
		}
	case refusedCertificate(err):
		return endTLS(err)
	default:
		return ending{
			cause: causeUnanswered, reason: fmt.Sprintf("the connection ended without an answer to our bind: %v", err),
			advice: s.askAccess() + "; " + s.again(),
		}
	}
}

// refusedCertificate reports whether err is the SMSC's alert. With TLS 1.3 our
// certificate is refused only after the handshake, but before bind_resp.
func refusedCertificate(err error) bool {
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error"
}

func (s *session) endGarbage(length badLengthError) ending {
	e := ending{cause: causeGarbage, reason: "not SMPP: " + length.Error()}
	switch {
	case s.isBound():
		e.advice = s.again() + "; show the operator this line if it goes on: no PDU of its SMSC can be read behind such a length"
	case length.tlsRecord() && !s.bind.opts.TLS.Enabled:
		e.reason = "not SMPP: the answer to our bind is one of TLS"
		e.advice = askTLS
	default:
		e.advice = "check that this address and port are the operator's SMPP port, and tls.enabled"
	}
	return e
}
