package smpp

import (
	"slices"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"go.uber.org/zap"
)

// binds are the commands of a bind. An SMSC may answer one with another's response.
var binds = []pdu.ID{pdu.BindReceiverID, pdu.BindTransceiverID, pdu.BindTransmitterID}

// match says what a response means to the session.
func (s *session) match(h header) input {
	asked, r, found := s.claim(h)
	if !found {
		return inStrayResponse
	}
	s.matched = r
	nacked := h.command == pdu.GenericNACKID
	if r.sequence != h.sequence || !nacked && h.command != asked|responseBit {
		s.bind.note("an answer with another sequence or command_id than its request, taken for the answer",
			zap.Stringer("asked", asked), zap.Stringer("command_id", h.command), zap.Uint32("sequence", h.sequence))
	}
	switch {
	case asked == pdu.EnquireLinkID:
		return inEnquireLinkResp
	case asked == pdu.UnbindID:
		return inUnbindResp
	case nacked || h.status != StatusOK:
		return inBindRefused
	default:
		return inBindAccepted
	}
}

// claim closes the open request of ours that h answers. At most one of each
// command is open, so the command decides; the sequence does not, which some SMSCs
// leave at zero or count for themselves.
func (s *session) claim(h header) (asked pdu.ID, r request, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.command == pdu.GenericNACKID {
		asked, found = s.nacked(h.sequence)
	} else {
		asked, found = s.open(h.command &^ responseBit)
	}
	r = s.pending[asked]
	delete(s.pending, asked)
	return asked, r, found
}

// open returns the open request that a response of the command answers. s.mu is held.
func (s *session) open(command pdu.ID) (asked pdu.ID, found bool) {
	if !slices.Contains(binds, command) {
		_, found = s.pending[command]
		return command, found
	}
	for _, asked = range binds {
		if _, found = s.pending[asked]; found {
			break
		}
	}
	return asked, found
}

// nacked returns the open request that a generic_nack answers. It names no command,
// and its sequence is 0 when the SMSC could not read what it refuses (SMPP 3.4
// §4.3): then it answers what decides most. Before bind_resp that is the bind,
// whatever its sequence. s.mu is held.
func (s *session) nacked(sequence uint32) (asked pdu.ID, found bool) {
	for command, r := range s.pending {
		if r.sequence == sequence {
			return command, true
		}
	}
	if asked, found = s.open(pdu.BindReceiverID); found || sequence != 0 {
		return asked, found
	}
	if asked, found = s.open(pdu.UnbindID); found {
		return asked, true
	}
	return s.open(pdu.EnquireLinkID)
}
