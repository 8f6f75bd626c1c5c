package event

import (
	"slices"
	"strconv"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// Options is what of an operator's configuration the event depends on.
type Options struct {
	// RecipientIsDestination: the handset's address is the destination; else
	// the source, as in nearly every receipt.
	RecipientIsDestination bool
	// CountryCode, digits only, adds recipient_e164.
	CountryCode string
	// CutText is privacy.text: drop. What is read, decided and stored is what Cut
	// leaves.
	CutText bool
}

// Event is one receipt on its way into the journal, made by [Reading.Event]. It
// is not changed after that, and may be used by several goroutines.
type Event struct {
	facts   *Facts
	summary Summary
	// json lacks what only the commit knows: the sequence, for which a 0 stands
	// at sequenceAt, and the verdict, which belongs at the end. It is nil for
	// what is not forwarded.
	json       []byte
	sequenceAt int
}

// newEvent makes the event of what came as f and was read and decided as r and d.
// A malformed frame has no r; it and a non-receipt need no d. None of them is
// changed; the Event keeps f.
func newEvent(f *Facts, r *receipt.Receipt, d mapping.Decision, o Options) *Event {
	id := idKey(f)
	kind := kindOf(f, r)
	e := &Event{facts: f, summary: summarize(f, r, d, o)}
	e.summary.Kind, e.summary.ID, e.summary.Message = kind, idString(id), id
	if kind != KindReceipt {
		return e
	}
	if s := &e.summary; s.MessageID != "" {
		s.Message = messageKey(s.Operator, s.MessageID, s.Recipient)
	}
	e.render(&source{f, r, d, o})
	return e
}

func (e *Event) render(s *source) {
	const usual = 1536 // octets of an event without its raw text
	w := writer{b: make([]byte, 0, usual+min(len(s.read.Raw), maxText))}
	w.b = append(w.b, `{"type":"sms.receipt"`...)
	w.millis("timestamp", s.ReceivedAt)
	w.open("data", '{')
	w.text("id", e.summary.ID)
	w.number("sequence", 0)
	e.sequenceAt = len(w.b) - 1
	s.appendData(&w)
	if len(s.Problems)+len(s.read.Problems)+s.leftOut()+w.cut > 0 {
		w.open("problems", '[')
		s.appendProblems(&w)
		w.close(']')
	}
	e.json = w.b
}

func kindOf(f *Facts, r *receipt.Receipt) Kind {
	switch {
	case f.Malformed != "":
		return KindMalformed
	case r.Kind == receipt.NotReceipt:
		return KindNonReceipt
	}
	return KindReceipt
}

// summarize fills what does not depend on the id.
func summarize(f *Facts, r *receipt.Receipt, d mapping.Decision, o Options) Summary {
	recipient, sender := f.parties(o)
	s := Summary{
		Operator: f.Operator, Account: f.Account, Bind: f.Bind,
		Recipient: recipient.Addr, Sender: sender.Addr, ReceivedAt: f.ReceivedAt,
	}
	if f.Malformed != "" || r.Kind == receipt.NotReceipt {
		return s
	}
	s.MessageID = receipt.CanonicalID(r.MessageID)
	s.Stat, s.Err = r.Stat.Value, r.Err.Value
	s.Status, s.Final, s.Unmapped, s.Conflict = d.Status, d.Final, d.Unmapped, d.Conflict
	s.Intermediate = r.Kind == receipt.Intermediate
	return s
}

// parties returns the address of the handset and that of the message's sender.
func (f *Facts) parties(o Options) (recipient, sender Address) {
	if o.RecipientIsDestination {
		return f.Dest, f.Source
	}
	return f.Source, f.Dest
}

// ID returns the event's id, the same for every copy of the same receipt.
func (e *Event) ID() string { return e.summary.ID }

// Message returns the hash of operator, canonical message id and recipient.
// What has no message id is a message of its own.
func (e *Event) Message() Key { return e.summary.Message }

// Summary returns a copy of the event's summary, without a verdict.
func (e *Event) Summary() Summary { return e.summary }

// Facts returns what is to be stored of the wire: the facts that were read, or a
// copy that privacy has cut. It is shared: read only.
func (e *Event) Facts() *Facts { return e.facts }

// Forward reports whether the event goes to webhooks: it is a receipt.
func (e *Event) Forward() bool { return e.summary.Kind == KindReceipt }

// Size estimates the octets that AppendJSON and Facts.AppendBinary append.
func (e *Event) Size() int { return len(e.json) + len(e.facts.Body) + 512 }

// AppendJSON appends the whole event as it is sent. It appends nothing for what
// is not forwarded.
func (e *Event) AppendJSON(dst []byte, sequence uint64, v Verdict) []byte {
	if !e.Forward() {
		return dst
	}
	const verdict = 144 // octets that the longest one and a sequence take
	dst = slices.Grow(dst, len(e.json)+verdict)
	dst = append(dst, e.json[:e.sequenceAt]...)
	dst = strconv.AppendUint(dst, sequence, 10)
	w := writer{b: append(dst, e.json[e.sequenceAt+1:]...)}
	w.flag("duplicate", v.Duplicate)
	w.flag("late", v.Late)
	w.flag("standing", v.Standing)
	w.known("supersedes", v.Supersedes)
	return append(w.b, '}', '}')
}
