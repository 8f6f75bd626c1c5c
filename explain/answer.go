package explain

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// Row is one thing that was read, and where it stood.
type Row struct {
	What, Value, From string
	// Word: Value is the operator's own, whatever octets that may be.
	Word bool
}

// Answer says how a receipt is read and decided.
type Answer struct {
	// Data is the event's data, as far as it is known.
	Data json.RawMessage
	// Rows are what was read, and from where.
	Rows []Row
	// Decided is nil for what has no status.
	Decided *Decided
	// NotReceipt says why it is none; empty for one.
	NotReceipt string
}

// Decided is a decision, for people.
type Decided struct {
	mapping.Info
	Final bool
	By    string // in words
	// Place names what decided as the configuration does: rules[0] (profile smpp).
	Place, Rule, Config string
	Unmapped, Conflict  bool
}

// By explains f by an operator's rules.
func By(rules *event.Rules, f *event.Facts) (*Answer, error) {
	read := rules.Read(f)
	x, err := decode(read.Explain())
	if err != nil {
		return nil, err
	}
	a := &Answer{Data: x.raw, Rows: append([]Row{isReceipt(read)}, x.rows(rules.Dialect)...), Decided: x.decided()}
	switch d := a.Decided; {
	case f.Malformed != "":
		a.NotReceipt = "the PDU cannot be read: " + f.Malformed
	case d == nil:
		a.NotReceipt = whyNot(f.ESMClass)
	default:
		d.Unmapped = d.Unmapped && !saysNothing(read.Receipt) // no rule could help
		d.Rule = read.Decision.Rule
		if read.Decision.By == mapping.ByRule {
			d.Place = fmt.Sprintf("rules[%d] (profile %s)", read.Decision.RuleIndex, read.Decision.Profile)
		}
	}
	return a, nil
}

// Stored explains the data of an event that was made before; whoever has hidden
// something in it has it hidden here too.
func Stored(data json.RawMessage) (*Answer, error) {
	x, err := decode(data)
	if err != nil {
		return nil, err
	}
	return &Answer{Data: data, Rows: x.rows(nil), Decided: x.decided()}, nil
}

func (x *data) decided() *Decided {
	s, ok := mapping.StatusByName(x.Status.Name)
	if !ok {
		return nil
	}
	by := &x.Decision
	d := &Decided{
		Info: s.Info(), Final: x.Status.Final, Place: by.By + " (profile " + by.Profile + ")",
		Rule: by.Rule, Config: by.Config, Unmapped: by.Unmapped, Conflict: by.Conflict,
	}
	switch mapping.By(by.By) {
	case mapping.ByRule:
		d.By = "a rule of the operator"
	case mapping.ByProfile:
		d.By = "the table of profile " + by.Profile
	default:
		d.By = "the default for its state"
	}
	return d
}

var advice = map[string]string{
	"none":           "nothing is known of the number",
	"keep":           "keep the number",
	"removable":      "the number may be removed",
	"do_not_contact": "do not send to this number again",
}

// decision returns the decision as rows behind those of what was read.
func (a *Answer) decision() []Row {
	d := a.Decided
	if d == nil {
		return []Row{{What: "status", Value: "none", From: a.NotReceipt}}
	}
	rows := []Row{{What: "decided by", Value: d.Place, From: d.Rule}}
	if d.Unmapped {
		rows = append(rows, Row{What: "unmapped", Value: "yes", From: "no rule or table knows its code or stat: add a rule for it"})
	}
	if d.Conflict {
		rows = append(rows, Row{What: "conflict", Value: "yes", From: "text and TLV say different things"})
	}
	final := "final"
	if !d.Final {
		final = "not final"
	}
	return append(
		rows,
		Row{What: "status", Value: d.Name, From: fmt.Sprintf("%d, %s, %s", d.Code, d.Label, final)},
		Row{What: "advice", Value: d.Advice, From: advice[d.Advice]},
	)
}

// All are the rows of what was read, and of the decision.
func (a *Answer) All() []Row { return append(a.Rows[:len(a.Rows):len(a.Rows)], a.decision()...) }

// isReceipt says what the PDU is, and what says so.
func isReceipt(read *event.Reading) Row {
	f, what := read.Facts, "is receipt"
	switch {
	case read.Kind() == event.KindMalformed:
		return Row{What: what, Value: "no", From: f.Malformed}
	case saysNothing(read.Receipt):
		return Row{What: what, Value: fmt.Sprintf("by esm_class 0x%02x alone", f.ESMClass), From: noReceipt(f.Body)}
	}
	words := map[receipt.Kind]string{receipt.Report: "yes", receipt.Intermediate: "yes, intermediate", receipt.NotReceipt: "no"}
	return Row{What: what, Value: words[read.Receipt.Kind], From: fmt.Sprintf("esm_class 0x%02x, %s", f.ESMClass, f.Command)}
}

// noReceipt says why a text is none.
func noReceipt(body []byte) string {
	if octets, err := fromHex(strings.TrimSpace(string(body))); err == nil && len(octets) > 16 { // a header and more
		return "the text is hex, but not of one whole deliver_sm or data_sm"
	}
	return `the text is no receipt: one reads as "id:1 stat:DELIVRD err:000"`
}

// saysNothing reports whether only its marks make a message a receipt.
func saysNothing(r *receipt.Receipt) bool {
	return r.Kind != receipt.NotReceipt && r.MessageID == "" && !r.Stat.Present && r.MessageState == receipt.NoState &&
		!r.Err.Present && r.NetworkError == nil && len(r.Extra) == 0
}

// whyNot says why a message is no receipt.
func whyNot(esmClass byte) string {
	const messageType = 0x3C // SMPP 3.4 §5.2.12
	if esmClass&messageType != 0 {
		return "esm_class says that the handset or its user acknowledges something"
	}
	return "neither esm_class nor a TLV says that it is a receipt (receipts.unmarked takes a full text for one)"
}
