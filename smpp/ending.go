package smpp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// cause is why an attempt or a session ended; it decides when the next attempt
// may come.
type cause uint8

const (
	causeStopped    cause = iota // we wanted it
	causeDial                    // no connection
	causeTLS                     // no trust
	causeRefused                 // bind_resp with a status
	causeSilent                  // no bind_resp
	causeLost                    // the connection broke
	causeUnanswered              // it broke before an answer to our bind
	causeGarbage                 // not SMPP
	causeStalled                 // half a PDU
	causeNotRead                 // the SMSC does not read our answers
	causeLinkDead                // no answer to enquire_link
	causeUnbound                 // the SMSC unbound us
)

// ending tells why an attempt or a session ended, in words, and what to do.
type ending struct {
	cause          cause
	status         CommandStatus // of a refused bind
	bound          bool          // it ends a session that was bound
	ofAccount      bool          // a refusal that the account waits for, see login
	lingers        bool          // a refusal while sessions from before may still be bound
	reason, advice string
}

// locksAccount reports whether trying again soon could lock the account or only
// fill the SMSC's log: a person has to act.
func (e ending) locksAccount() bool { return e.refusesAccount() || e.cause == causeTLS }

// refusesAccount reports whether the SMSC may not want the account at all.
func (e ending) refusesAccount() bool {
	switch e.status {
	case StatusBindFailed, StatusBadPassword, StatusBadSystemID:
		return e.cause == causeRefused && !e.lingers
	default:
		return false
	}
}

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
		advice: "check that this port speaks TLS, else set tls.enabled: false, and that the operator allows our source address; tried again by itself",
	}
}

func endTLS(err error) ending {
	return ending{cause: causeTLS, reason: fmt.Sprintf("TLS failed: %.300s", err), advice: adviseTLS(err)}
}

// adviseTLS says what a person can do about a connection without trust.
func adviseTLS(err error) string {
	var authority x509.UnknownAuthorityError
	var plain tls.RecordHeaderError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unpinned unpinnedError
	shown := refused(err)
	switch {
	case errors.As(err, &unpinned):
		return "somebody may be between, or the operator has another certificate: " + advisePin(shown)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the operator has to renew its certificate: tell it, there is nothing to change here; or our clock is wrong"
	case errors.As(err, &name):
		return adviseName(name.Certificate)
	case errors.As(err, &authority):
		return "set tls.ca_file to the certificate authority of the operator"
	case shown != nil:
		return "ask the operator for another certificate; or trust this one: " + advisePin(shown)
	case errors.As(err, &plain):
		return "this port does not speak TLS: use the operator's TLS port, or set tls.enabled: false"
	default:
		return "check that this port speaks TLS, and tls.cert_file and tls.key_file when the operator wants a client certificate"
	}
}

// endRefusedBind tells that h refuses our bind; a generic_nack always does.
func endRefusedBind(h header) ending {
	status, how := h.status, "bind refused: "
	if h.command == pdu.GenericNACKID {
		how = "bind refused with generic_nack: "
		if status == StatusOK {
			status = StatusInvalidCommand
		}
	}
	e := ending{cause: causeRefused, status: status, reason: how + status.String()}
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

func endLinkDead(wait time.Duration) ending {
	return ending{
		cause: causeLinkDead, reason: fmt.Sprintf("enquire_link not answered within %s, and nothing else came", wait),
		advice: "bound again by itself; check the network if it goes on",
	}
}
