package smpp

// state is where a session stands, from the connection's first octet to its last.
type state uint8

const (
	opening   state = iota // bind sent, no bind_resp yet
	bound                  // receipts flow
	leaving                // we want to go: nothing new is taken, answers drain
	unbinding              // our unbind is sent
	released               // the SMSC unbound us: answers drain, then unbind_resp
	over                   // the connection is closing
)

// input is something that happens to a session.
type input uint8

const (
	inBindAccepted input = iota
	inBindRefused
	inReceipt // deliver_sm, data_sm
	inEnquireLink
	inEnquireLinkResp
	inUnbind
	inUnbindResp
	inAlert // alert_notification
	inUnknownRequest
	inStrayResponse // a response or nack that matches no request of ours
	inStop          // we are asked to go
	inDrained       // everything taken is answered, or the time for it is up
)

// action is what the session does about an input.
type action uint8

const (
	ignore action = iota
	announceBound
	endRefused
	take
	refuse // answer full_status
	answerEnquireLink
	noteLink
	drain // wait for the answers of what was taken
	sendUnbind
	answerUnbind // and close
	endUnbound   // our unbind is answered
	noteAlert
	nack // generic_nack 0x03
	noteStray
)

// step is one transition: the next state, and what to do on the way.
type step struct {
	to state
	do action
}

// next is the session's state machine. What a session must never do stands here
// as what is missing: nothing is taken outside opening and bound, a session that
// is over does nothing, and no request of the SMSC ends it but unbind.
func next(st state, in input) step {
	if st == over {
		return step{over, ignore}
	}
	if do, ok := anywhere(in); ok {
		return step{st, do}
	}
	switch st {
	case opening:
		return fromOpening(in)
	case bound:
		return fromBound(in)
	default:
		return fromEnding(st, in)
	}
}

// anywhere holds the inputs that change no state and mean the same in every one.
func anywhere(in input) (action, bool) {
	switch in {
	case inEnquireLink:
		return answerEnquireLink, true
	case inEnquireLinkResp:
		return noteLink, true
	case inAlert:
		return noteAlert, true
	case inUnknownRequest:
		return nack, true
	case inStrayResponse:
		return noteStray, true
	default:
		return ignore, false
	}
}

func fromOpening(in input) step {
	switch in {
	case inBindAccepted:
		return step{bound, announceBound}
	case inBindRefused:
		return step{over, endRefused}
	case inReceipt: // before bind_resp: see the package comment
		return step{opening, take}
	case inStop: // the SMSC may have bound us already, so we unbind
		return step{leaving, drain}
	case inUnbind:
		return step{released, drain}
	default:
		return step{opening, ignore}
	}
}

func fromBound(in input) step {
	switch in {
	case inReceipt:
		return step{bound, take}
	case inStop:
		return step{leaving, drain}
	case inUnbind:
		return step{released, drain}
	default:
		return step{bound, ignore}
	}
}

// fromEnding serves leaving, unbinding and released.
func fromEnding(st state, in input) step {
	switch {
	case in == inReceipt:
		return step{st, refuse}
	case in == inUnbind && st != released:
		return step{released, drain}
	case in == inDrained && st == leaving:
		return step{unbinding, sendUnbind}
	case in == inDrained && st == released:
		return step{over, answerUnbind}
	case in == inUnbindResp && st == unbinding:
		return step{over, endUnbound}
	default:
		return step{st, ignore}
	}
}
