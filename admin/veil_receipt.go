package admin

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/event"
)

// receipt hides what is to be hidden of one receipt.
func (v veil) receipt(r *receiptJSON, f *event.Facts) {
	r.Masked = v != veilOpen
	switch v {
	case veilOpen:
	case veilNumbers:
		m := maskerOf(f)
		m.wire(r.Wire)
		m.deliveries(r)
		r.Data = m.data(r.Data)
	case veilClosed:
		v.wire(r.Wire)
		v.deliveries(r)
		r.Data = v.data(r.Data, f.Source.Addr, f.Dest.Addr)
	}
}

// wire leaves of a frame what says which one it was. Its octets are the
// message's own.
func (v veil) wire(w *wireJSON) {
	for _, a := range []*addressJSON{w.Source, w.Destination} {
		if a != nil {
			a.Address = v.address(a.Address)
		}
	}
	w.ServiceType, w.Malformed, w.Problems = v.word(w.ServiceType), v.said(w.Malformed), v.allSaid(w.Problems)
	w.Text, w.Octets, w.TLVs = "", "", []tlvJSON{}
}

// deliveries leaves out what endpoints answered: many repeat what they were sent.
func (v veil) deliveries(r *receiptJSON) {
	r.Attempts, r.Deliveries = slices.Clone(r.Attempts), slices.Clone(r.Deliveries)
	for i := range r.Attempts {
		v.attempt(&r.Attempts[i])
	}
	for i := range r.Deliveries {
		r.Deliveries[i].LastError = v.said(r.Deliveries[i].LastError)
	}
}

func (v veil) attempt(a *Attempt) {
	a.Error = v.said(a.Error)
	if v == veilClosed {
		a.Answer = ""
	}
	a.Answer = v.text(a.Answer)
}

// treatment is what becomes of a member of an event's data.
type treatment uint8

const (
	gone    treatment = iota // all that is not listed
	asItIs                   // we wrote it, or it is a small number or a time
	asWord                   // a code of the operator
	asID                     // an id of the operator
	asPhone                  // an address
	asSaid                   // sentences of ours
	opened                   // its members are listed
)

// viewable are the members of an event's data that a viewer sees; the events'
// schema lists all there are.
var viewable = map[string]treatment{
	"id": asItIs, "sequence": asItIs, "operator": asItIs, "account": asItIs, "bind": asItIs, "is_receipt": asItIs,
	"status": asItIs, "decision": asItIs, "part": asItIs, "submitted_at": asItIs, "done_at": asItIs, "received_at": asItIs,
	"duplicate": asItIs, "late": asItIs, "standing": asItIs, "supersedes": asItIs, "replay": asItIs,
	"message_id": asID, "message_key": asID, "message_ids": opened,
	"message_ids.text": asID, "message_ids.tlv": asID, "message_ids.decimal": asID, "message_ids.hex": asID,
	"recipient": asPhone, "recipient_e164": asPhone, "sender": asPhone,
	"recipient_ton": asItIs, "recipient_npi": asItIs, "sender_ton": asItIs, "sender_npi": asItIs,
	"reference": asWord, "problems": asSaid,
	"pdu": opened, "pdu.command": asItIs, "pdu.esm_class": asItIs, "pdu.data_coding": asItIs, "pdu.sequence_number": asItIs, "pdu.service_type": asWord,
	"receipt": opened, "receipt.stat": asWord, "receipt.err": asWord, "receipt.sub": asWord, "receipt.dlvrd": asWord,
	"receipt.message_state": asItIs, "receipt.network_error_code": asItIs, "receipt.truncated": asItIs,
}

// data leaves of an event's data what is viewable; of what cannot be read
// nothing. The numbers are those that it is about.
func (v veil) data(doc json.RawMessage, numbers ...string) json.RawMessage {
	if doc == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var all map[string]any
	if err := d.Decode(&all); err != nil {
		return nil
	}
	out, err := json.Marshal(v.members("", all, numbers))
	if err != nil {
		return nil
	}
	return out
}

func (v veil) members(path string, all map[string]any, numbers []string) map[string]any {
	out := map[string]any{}
	for name, value := range all {
		text, _ := value.(string)
		switch viewable[path+name] {
		case asItIs:
			out[name] = value
		case asWord:
			out[name] = v.word(text, numbers...)
		case asID:
			out[name] = v.id(text, numbers...)
		case asPhone:
			out[name] = v.address(text)
		case asSaid:
			out[name] = v.sentences(value)
		case gone:
		case opened:
			if inner, ok := value.(map[string]any); ok {
				out[name] = v.members(path+name+".", inner, numbers)
			}
		}
	}
	return hideAllIDs(path, out)
}

func (v veil) sentences(value any) []string {
	all, _ := value.([]any)
	out := []string{}
	for _, one := range all {
		if text, ok := one.(string); ok {
			out = append(out, v.said(text))
		}
	}
	return out
}

// hideAllIDs hides all forms of an id of which one tells a number: the others are
// the same number.
func hideAllIDs(path string, members map[string]any) map[string]any {
	ids, _ := members["message_ids"].(map[string]any)
	if path != "" || !slices.Contains(slices.Collect(valuesOf(ids, members)), any(hidden)) {
		return members
	}
	for name := range ids {
		ids[name] = hidden
	}
	for _, name := range []string{"message_id", "message_key"} {
		if _, is := members[name]; is {
			members[name] = hidden
		}
	}
	return members
}

// valuesOf yields all forms of a message's id.
func valuesOf(ids, members map[string]any) func(yield func(any) bool) {
	return func(yield func(any) bool) {
		for name, value := range members {
			if strings.HasPrefix(name, "message_") && name != "message_ids" && !yield(value) {
				return
			}
		}
		for _, value := range ids {
			if !yield(value) {
				return
			}
		}
	}
}
