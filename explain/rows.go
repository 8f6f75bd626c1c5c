package explain

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// data is what of an event's data says how it was read and decided.
type data struct {
	raw json.RawMessage

	MessageID  string `json:"message_id"`
	MessageKey string `json:"message_key"`
	MessageIDs struct {
		Text, TLV, Decimal, Hex string
	} `json:"message_ids"`
	Status struct {
		Name  string
		Final bool
	}
	Decision struct {
		By, Rule, Profile, Config string
		Unmapped, Conflict        bool
	}
	Receipt struct {
		Stat, Err, Sub, Dlvrd *string
		Text                  *string
		SubmitDate            *string `json:"submit_date"`
		DoneDate              *string `json:"done_date"`
		MessageState          *int    `json:"message_state"`
		NetworkError          *struct {
			Type *int
			Code int
		} `json:"network_error_code"`
		Extra map[string]string
		TLVs  []struct{ Tag, Hex string } `json:"tlvs"`
	}
	SubmittedAt string `json:"submitted_at"`
	DoneAt      string `json:"done_at"`
	Reference   string
	Problems    []string
	Part        *struct{ Ref, Number, Of int }
}

// states are the values of message_state (SMPP 5.0 §4.7.15).
var states = [...]string{
	"SCHEDULED", "ENROUTE", "DELIVERED", "EXPIRED", "DELETED", "UNDELIVERABLE", "ACCEPTED", "UNKNOWN", "REJECTED", "SKIPPED",
}

func decode(raw json.RawMessage) (*data, error) {
	x := &data{raw: raw}
	if err := json.Unmarshal(raw, x); err != nil {
		return nil, fmt.Errorf("read an event's data: %w", err)
	}
	return x, nil
}

// rowList collects what was read.
type rowList []Row

func (l *rowList) add(what, value, from string) {
	*l = append(*l, Row{What: what, Value: value, From: from})
}

// known adds a word of the operator's, unless it was not there.
func (l *rowList) known(what, value, from string) {
	if value != "" {
		*l = append(*l, Row{what, value, from, true})
	}
}

// word adds a field of the text, also an empty one.
func (l *rowList) word(what string, value *string, more string) {
	if value != nil {
		*l = append(*l, Row{what, *value, "text" + more, true})
	}
}

// date adds a field of the text beside the time that it stands for, or the time
// alone when the field is hidden.
func (l *rowList) date(what string, value *string, at string) {
	if value == nil {
		l.known(what, at, "as a time")
		return
	}
	if at == "" {
		at = "cannot be read as a date"
	}
	l.word(what, value, "; "+at)
}

// rows lists what was read, and from where. Only who has the dialect knows what
// made the message id.
func (x *data) rows(d *receipt.Dialect) []Row {
	var l rowList
	l.known("message_id", x.MessageID, x.idOrigin(d))
	l.known("message_key", x.MessageKey, "what receipts are joined on")
	l.known("id", x.MessageIDs.Text, "text")
	l.known("id", x.MessageIDs.TLV, "TLV receipted_message_id")
	if x.MessageIDs.Decimal != "" {
		l.add("id as number", "decimal "+x.MessageIDs.Decimal+", hex "+x.MessageIDs.Hex, "")
	}
	x.addOutcome(&l)
	r := &x.Receipt
	l.date("submit date", r.SubmitDate, x.SubmittedAt)
	l.date("done date", r.DoneDate, x.DoneAt)
	l.word("sub", r.Sub, "")
	l.word("dlvrd", r.Dlvrd, "")
	l.word("text", r.Text, "")
	for _, key := range slices.Sorted(maps.Keys(r.Extra)) {
		l = append(l, Row{What: "extra " + key, Value: r.Extra[key], Word: true})
	}
	for _, t := range r.TLVs {
		l.add("TLV "+t.Tag, t.Hex, "not read")
	}
	l.known("reference", x.Reference, "TLV user_message_reference")
	if p := x.Part; p != nil {
		l.add("part", fmt.Sprintf("%d of %d", p.Number, p.Of), fmt.Sprintf("reference %d", p.Ref))
	}
	for _, problem := range x.Problems {
		l.add("problem", problem, "")
	}
	return l
}

// addOutcome adds what the operator says became of the message.
func (x *data) addOutcome(l *rowList) {
	r := &x.Receipt
	l.word("stat", r.Stat, "")
	if s := r.MessageState; s != nil {
		name := "not of SMPP"
		if *s >= 0 && *s < len(states) {
			name = states[*s]
		}
		l.add("message_state", fmt.Sprintf("%d (%s)", *s, name), "TLV message_state")
	}
	l.word("err", r.Err, "")
	if n := r.NetworkError; n != nil {
		value := fmt.Sprintf("code %d, written as digits", n.Code)
		if n.Type != nil {
			value = fmt.Sprintf("type %d, code %d", *n.Type, n.Code)
		}
		l.add("network_error", value, "TLV network_error_code")
	}
}
