package simulator

import (
	"errors"
	"fmt"
	"time"
)

var errJSON = errors.New("the body is not the JSON of an event or a batch")

// envelope is what a webhook's body holds.
type envelope struct {
	kind   string // type: sms.receipt, sms.receipt.batch, sms.receipt.test
	events []Arrival
	raw    [][]byte // each event's data
}

// scanEvent reads the keys that the sink needs, several times faster than
// encoding/json, since in a benchmark the sink shares its machine with the
// gateway.
func scanEvent(body []byte) (e envelope, err error) {
	s := scanner{b: body}
	s.object(func(key string) {
		switch key {
		case "type":
			e.kind = s.string()
		case "data":
			at := s.i
			a := Arrival{}
			s.event(&a, &e)
			if a.ID != "" {
				e.events, e.raw = append(e.events, a), append(e.raw, body[at:s.i])
			}
		default:
			s.skip()
		}
	})
	s.space()
	if s.bad || s.i != len(body) || e.kind == "" {
		return e, fmt.Errorf("%w, at octet %d", errJSON, s.i)
	}
	return e, nil
}

// event reads the data of one event; of a batch it appends the members to e.
func (s *scanner) event(a *Arrival, e *envelope) {
	s.object(func(key string) {
		switch key {
		case "events":
			s.members(e)
		case "id":
			a.ID = s.string()
		case "sequence":
			a.Sequence = uint64(s.number())
		case "replay":
			a.Replay = int(s.number())
		case "operator":
			a.Operator = s.string()
		case "message_id":
			a.MessageID = s.string()
		case "message_ids":
			s.object(func(string) { a.MessageIDs = append(a.MessageIDs, s.string()) })
		case "recipient":
			a.Recipient = s.string()
		case "status":
			s.status(a)
		case "receipt":
			s.receipt(a)
		case "received_at":
			a.ReceivedAt, _ = time.Parse(time.RFC3339Nano, s.string())
		case "duplicate":
			a.Duplicate = s.bool()
		case "late":
			a.Late = s.bool()
		case "standing":
			a.Standing = s.bool()
		default:
			s.skip()
		}
	})
}

// members reads the events of a batch. One that is a batch itself is a fault: no
// body may make the scanner call itself as deep as it likes.
func (s *scanner) members(e *envelope) {
	if s.inBatch {
		s.bad = true
		return
	}
	s.inBatch = true
	s.array(func() {
		at := s.i
		var member Arrival
		s.event(&member, e)
		e.events, e.raw = append(e.events, member), append(e.raw, s.b[at:s.i])
	})
	s.inBatch = false
}

func (s *scanner) status(a *Arrival) {
	s.object(func(key string) {
		switch key {
		case "name":
			a.Status = s.string()
		case "final":
			a.Final = s.bool()
		default:
			s.skip()
		}
	})
}

func (s *scanner) receipt(a *Arrival) {
	s.object(func(key string) {
		switch key {
		case "stat":
			a.Stat = s.string()
		case "message_state":
			a.State = byte(s.number())
		default:
			s.skip()
		}
	})
}
