package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// table collects aligned lines: what, its value, where it comes from.
type table [][]string

func (t *table) add(what, value, from string) { *t = append(*t, []string{what, value, from}) }

// print explains the receipt to a person.
func (x *explainer) print(w io.Writer, in *event.Facts) error {
	read := x.read(in)
	r, decision := read.Receipt, read.Decision
	var t table
	if saysNothing(r) {
		t.add("is receipt", fmt.Sprintf("by esm_class 0x%02x alone", in.ESMClass), noReceipt(in.Body))
	} else {
		t.add("is receipt", kindInWords(r.Kind), fmt.Sprintf("esm_class 0x%02x, %s", in.ESMClass, in.Command))
	}
	t.addIDs(r, &x.operator.Receipts)
	t.addOutcome(r)
	t.addDate("submit date", r.SubmitDate, r.SubmittedAt)
	t.addDate("done date", r.DoneDate, r.DoneAt)
	t.addField("sub", r.Sub)
	t.addField("dlvrd", r.Dlvrd)
	t.addField("text", r.Text)
	for _, e := range r.Extra {
		t.add("extra "+e.Key, quoteOdd(e.Value), "")
	}
	for _, tlv := range r.TLVs {
		t.add(fmt.Sprintf("TLV 0x%04x", tlv.Tag), fmt.Sprintf("%x", tlv.Value), "not read")
	}
	if p := r.Part; p != nil {
		t.add("part", fmt.Sprintf("%d of %d", p.Number, p.Of), fmt.Sprintf("reference %d", p.Ref))
	}
	for _, problem := range slices.Concat(in.Problems, r.Problems) {
		t.add("problem", problem, "")
	}
	if r.Kind == receipt.NotReceipt {
		t.add("status", "none", whyNot(in.ESMClass))
	} else {
		decision.Unmapped = decision.Unmapped && !saysNothing(r) // no rule could help
		t.addDecision(decision)
	}
	return printTable(w, t)
}

// noReceipt says why a text is none.
func noReceipt(body []byte) string {
	if octets, ok := fromHex(body); ok && len(octets) > 16 { // a header and more
		return "the text is hex, but not of one whole deliver_sm or data_sm"
	}
	return `the text is no receipt: one reads as "id:1 stat:DELIVRD err:000"`
}

// saysNothing reports whether only its marks make a message a receipt.
func saysNothing(r *receipt.Receipt) bool {
	return r.Kind != receipt.NotReceipt && r.MessageID == "" && !r.Stat.Present && r.MessageState == receipt.NoState &&
		!r.Err.Present && r.NetworkError == nil && len(r.Extra) == 0
}

func (t *table) addIDs(r *receipt.Receipt, keys *config.Receipts) {
	if r.MessageID != "" {
		t.add("message_id", quoteOdd(r.MessageID), idOrigin(r, keys))
		t.add("message_key", quoteOdd(receipt.CanonicalID(r.MessageID)), "what receipts are joined on")
	}
	t.addField("id", r.ID)
	if r.TLVID.Present {
		t.add("id", quoteOdd(r.TLVID.Value), "TLV receipted_message_id")
	}
	if r.Decimal != "" {
		t.add("id as number", "decimal "+r.Decimal+", hex "+r.Hex, "")
	}
}

// idOrigin says where message_id comes from, and by which keys.
func idOrigin(r *receipt.Receipt, keys *config.Receipts) string {
	from, as := "text", r.ID.Value
	if r.TLVID.Value != "" && (keys.IDSource == "tlv" || as == "") {
		from, as = "TLV receipted_message_id", r.TLVID.Value
	}
	if r.ID.Value != "" && r.TLVID.Value != "" {
		from += ", by id_source: " + keys.IDSource
	}
	if r.MessageID == as {
		return from
	}
	if as == r.ID.Value && keys.MessageID != "raw" {
		from += ", by message_id: " + keys.MessageID
	} else if keys.IDPattern.Regexp != nil {
		from += ", by id_pattern"
	}
	return from + formInWords(keys)
}

// formInWords names the keys that say how message_id is written.
func formInWords(keys *config.Receipts) (by string) {
	if keys.IDStripZeros {
		by += ", by id_strip_zeros"
	}
	if keys.IDWidth > 0 {
		by += fmt.Sprintf(", by id_width: %d", keys.IDWidth)
	}
	if keys.IDCase != "keep" {
		by += ", by id_case: " + keys.IDCase
	}
	return by
}

// addOutcome adds what the operator says became of the message.
func (t *table) addOutcome(r *receipt.Receipt) {
	t.addField("stat", r.Stat)
	if r.MessageState != receipt.NoState {
		t.add("message_state", stateInWords(r.MessageState), "TLV message_state")
	}
	t.addField("err", r.Err)
	if n := r.NetworkError; n != nil {
		value := fmt.Sprintf("type %d, code %d", n.Type, n.Code)
		if n.ASCII {
			value = fmt.Sprintf("code %d, written as digits", n.Code)
		}
		t.add("network_error", value, "TLV network_error_code")
	}
}

func (t *table) addField(name string, f receipt.Field) {
	if f.Present {
		t.add(name, quoteOdd(f.Value), "text")
	}
}

func (t *table) addDate(name string, f receipt.Field, at time.Time) {
	switch {
	case !f.Present:
	case at.IsZero():
		t.add(name, quoteOdd(f.Value), "text; cannot be read as a date")
	default:
		t.add(name, quoteOdd(f.Value), "text; "+at.UTC().Format(time.RFC3339))
	}
}

func (t *table) addDecision(d mapping.Decision) {
	info := d.Status.Info()
	by := string(d.By)
	if d.By == mapping.ByRule {
		by = fmt.Sprintf("rules[%d]", d.RuleIndex)
	}
	t.add("decided by", by+" (profile "+d.Profile+")", d.Rule)
	if d.Unmapped {
		t.add("unmapped", "yes", "no rule or table knows its code or stat: add a rule for it")
	}
	if d.Conflict {
		t.add("conflict", "yes", "text and TLV say different things")
	}
	final := "final"
	if !d.Final {
		final = "not final"
	}
	t.add("status", info.Name, fmt.Sprintf("%d, %s, %s", info.Code, info.Label, final))
	t.add("advice", info.Advice, adviceInWords[info.Advice])
}

// whyNot says why a message is no receipt.
func whyNot(esmClass byte) string {
	const messageType = 0x3C // SMPP 3.4 §5.2.12
	if esmClass&messageType != 0 {
		return "esm_class says that the handset or its user acknowledges something"
	}
	return "neither esm_class nor a TLV says that it is a receipt (receipts.unmarked takes a full text for one)"
}

var adviceInWords = map[string]string{
	"none":           "nothing is known of the number",
	"keep":           "keep the number",
	"removable":      "the number may be removed",
	"do_not_contact": "do not send to this number again",
}

func kindInWords(k receipt.Kind) string {
	switch k {
	case receipt.Report:
		return "yes"
	case receipt.Intermediate:
		return "yes, intermediate"
	case receipt.NotReceipt:
	}
	return "no"
}

// states are the values of message_state (SMPP 5.0 §4.7.15).
var states = []string{
	"SCHEDULED", "ENROUTE", "DELIVERED", "EXPIRED", "DELETED", "UNDELIVERABLE", "ACCEPTED", "UNKNOWN", "REJECTED", "SKIPPED",
}

func stateInWords(state int) string {
	if state < len(states) {
		return fmt.Sprintf("%d (%s)", state, states[state])
	}
	return fmt.Sprintf("%d (not of SMPP)", state)
}

// quoteOdd quotes what a terminal would not show as it is: hostile and empty
// values, and blanks at the ends.
func quoteOdd(s string) string {
	if quoted := fmt.Sprintf("%q", s); quoted[1:len(quoted)-1] != s || s == "" || strings.TrimSpace(s) != s {
		return quoted
	}
	return s
}
