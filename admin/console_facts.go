package admin

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dlrgate/dlrgate/mapping"
)

// fact is one thing that was read, and where it stood.
type fact struct{ What, Value, From string }

// explainedJSON is what of an event's data says how it was read and decided.
type explainedJSON struct {
	IsReceipt  *bool  `json:"is_receipt"`
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
		TLVs  []tlvJSON `json:"tlvs"`
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

// factList collects what was read.
type factList []fact

// add leaves out what was not there.
func (l *factList) add(what, value, from string) {
	if value != "" {
		*l = append(*l, fact{what, value, from})
	}
}

// word adds a field of the text, also an empty one.
func (l *factList) word(what string, value *string, more string) {
	if value != nil {
		*l = append(*l, fact{what, *value, "text" + more})
	}
}

// date adds a field of the text beside the time that it stands for, or the time
// alone when the field is hidden.
func (l *factList) date(what string, value *string, at string) {
	if value == nil {
		l.add(what, at, "as a time")
		return
	}
	if at == "" {
		at = "cannot be read as a date"
	}
	l.word(what, value, "; "+at)
}

// facts lists what was parsed, from where.
func (x *explainedJSON) facts() []fact {
	var l factList
	l.add("message id", x.MessageID, "the one that id_source names")
	l.add("message key", x.MessageKey, "what receipts are joined on")
	l.add("id", x.MessageIDs.Text, "text")
	l.add("id", x.MessageIDs.TLV, "TLV receipted_message_id")
	if x.MessageIDs.Decimal != "" {
		l.add("id as number", x.MessageIDs.Decimal+" = 0x"+x.MessageIDs.Hex, "both bases are known")
	}
	x.addOutcome(&l)
	r := &x.Receipt
	l.date("submit date", r.SubmitDate, x.SubmittedAt)
	l.date("done date", r.DoneDate, x.DoneAt)
	l.word("sub", r.Sub, "")
	l.word("dlvrd", r.Dlvrd, "")
	l.word("text", r.Text, "")
	for _, key := range slices.Sorted(maps.Keys(r.Extra)) {
		l.add(key, r.Extra[key], "extra")
	}
	for _, t := range r.TLVs {
		l.add("TLV "+t.Tag, t.Hex, "TLV, not read")
	}
	l.add("reference", x.Reference, "TLV user_message_reference")
	if p := x.Part; p != nil {
		l.add("part", fmt.Sprintf("%d of %d", p.Number, p.Of), fmt.Sprintf("reference %d", p.Ref))
	}
	for _, problem := range x.Problems {
		l.add("problem", problem, "")
	}
	return l
}

// addOutcome adds what the operator says became of the message.
func (x *explainedJSON) addOutcome(l *factList) {
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
		value := fmt.Sprintf("code %d", n.Code)
		if n.Type != nil {
			value = fmt.Sprintf("type %d, code %d", *n.Type, n.Code)
		}
		l.add("network error", value, "TLV network_error_code")
	}
}

// decidedJSON is a decision as people read it.
type decidedJSON struct {
	mapping.Info
	Final              bool
	By                 string // in words
	Rule               string
	Config             string
	Unmapped, Conflict bool
}

func (x *explainedJSON) decided() *decidedJSON {
	s, ok := mapping.StatusByName(x.Status.Name)
	if !ok {
		return nil
	}
	d := &decidedJSON{
		Info: s.Info(), Final: x.Status.Final, Rule: x.Decision.Rule, Config: x.Decision.Config,
		Unmapped: x.Decision.Unmapped, Conflict: x.Decision.Conflict,
	}
	switch mapping.By(x.Decision.By) {
	case mapping.ByRule:
		d.By = "a rule of the operator"
	case mapping.ByProfile:
		d.By = "the table of profile " + x.Decision.Profile
	default:
		d.By = "the default for its state"
	}
	return d
}

// dumpOf shows octets in hex beside their characters, sixteen a line.
func dumpOf(octets []byte) string {
	more := ""
	if n := len(octets) - shownOctets; n > 0 {
		octets, more = octets[:shownOctets], fmt.Sprintf("… and %s more octets\n", count(n))
	}
	return strings.TrimRight(hex.Dump(octets)+more, "\n")
}

// RuleLine is a line for an operator's rules that gives an unmapped code a
// status: the one that it has now, to be changed.
func (u UnmappedCode) RuleLine() string {
	var keys []string
	add := func(key, value string) {
		if value != "" { // what Go escapes in a string of valid UTF-8, YAML escapes in the same way
			keys = append(keys, key+": "+strconv.Quote(strings.ToValidUTF8(value, "\uFFFD")))
		}
	}
	add("stat", u.Stat)
	add("err", u.Err)
	if u.NetworkErrorCode >= 0 {
		if u.NetworkErrorType >= 0 {
			keys = append(keys, fmt.Sprintf("network_error_type: %d", u.NetworkErrorType))
		}
		keys = append(keys, fmt.Sprintf("network_error_code: %d", u.NetworkErrorCode))
	}
	return "- {" + strings.Join(append(keys, "status: "+u.Status), ", ") + "}"
}
