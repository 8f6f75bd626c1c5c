package event

import (
	"strconv"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// source is what an event is rendered from.
type source struct {
	*Facts
	read     *receipt.Receipt
	decision mapping.Decision
	options  Options
}

// explain returns what [Reading.Explain] does.
func explain(s *source) []byte {
	w := writer{b: []byte{'{'}}
	w.flag("is_receipt", s.read.Kind != receipt.NotReceipt)
	s.appendData(&w)
	w.open("problems", '[')
	s.appendProblems(&w)
	w.close(']')
	return append(w.b, '}')
}

// appendData writes the members of data that the wire, the parse and the
// decision tell, problems apart. Absent facts are absent keys.
func (s *source) appendData(w *writer) {
	s.appendParties(w)
	if s.decision.Status != 0 {
		appendDecision(w, s.decision)
	}
	s.appendReceipt(w)
	w.open("pdu", '{')
	w.known("command", s.Command)
	w.number("esm_class", int64(s.ESMClass))
	w.number("data_coding", int64(s.DataCoding))
	if s.Bind != "" { // else it did not come over a session
		w.number("sequence_number", int64(s.Sequence))
	}
	w.known("service_type", w.shown(s.ServiceType))
	w.close('}')
	if p := s.read.Part; p != nil {
		w.open("part", '{')
		w.number("ref", int64(p.Ref))
		w.number("number", int64(p.Number))
		w.number("of", int64(p.Of))
		w.close('}')
	}
	w.known("reference", w.shown(s.read.Reference))
	w.known("mccmnc", w.shown(s.read.MCCMNC))
	w.seconds("submitted_at", s.read.SubmittedAt)
	w.seconds("done_at", s.read.DoneAt)
	if !s.ReceivedAt.IsZero() {
		w.millis("received_at", s.ReceivedAt)
	}
}

// appendParties writes where the receipt came from and which message it is of.
func (s *source) appendParties(w *writer) {
	w.known("operator", s.Operator)
	w.known("account", s.Account)
	w.known("bind", s.Bind)
	w.known("message_id", w.shown(s.read.MessageID))
	w.known("message_key", receipt.CanonicalID(s.read.MessageID))
	if s.read.ID.Value != "" || s.read.TLVID.Value != "" {
		w.open("message_ids", '{')
		w.known("text", w.shown(s.read.ID.Value))
		w.known("tlv", w.shown(s.read.TLVID.Value))
		w.known("decimal", s.read.Decimal)
		w.known("hex", s.read.Hex)
		w.close('}')
	}
	recipient, sender := s.parties(s.options)
	if recipient.Addr != "" {
		w.text("recipient", w.shown(recipient.Addr))
		w.number("recipient_ton", int64(recipient.TON))
		w.number("recipient_npi", int64(recipient.NPI))
		w.known("recipient_e164", e164(recipient, s.options.CountryCode))
	}
	if sender.Addr != "" {
		w.text("sender", w.shown(sender.Addr))
		w.number("sender_ton", int64(sender.TON))
		w.number("sender_npi", int64(sender.NPI))
	}
}

func appendDecision(w *writer, d mapping.Decision) {
	info := d.Status.Info()
	w.open("status", '{')
	w.text("name", info.Name)
	w.number("code", int64(info.Code))
	w.text("label", info.Label)
	w.text("category", info.Category)
	w.flag("final", d.Final)
	w.text("advice", info.Advice)
	w.close('}')

	w.open("decision", '{')
	w.text("by", string(d.By))
	if d.By == mapping.ByRule {
		w.text("rule", d.Rule)
	}
	w.known("profile", d.Profile)
	w.known("config", d.Config)
	w.flag("unmapped", d.Unmapped)
	w.flag("conflict", d.Conflict)
	w.close('}')
}

// appendReceipt writes the operator's own words.
func (s *source) appendReceipt(w *writer) {
	r := s.read
	w.open("receipt", '{')
	appendFieldOf(w, "stat", r.Stat)
	appendFieldOf(w, "err", r.Err)
	appendFieldOf(w, "sub", r.Sub)
	appendFieldOf(w, "dlvrd", r.Dlvrd)
	appendFieldOf(w, "submit_date", r.SubmitDate)
	appendFieldOf(w, "done_date", r.DoneDate)
	truncated := s.appendRaw(w)
	if r.MessageState != receipt.NoState {
		w.number("message_state", int64(r.MessageState))
	}
	if n := r.NetworkError; n != nil {
		w.open("network_error_code", '{')
		if !n.ASCII {
			w.number("type", int64(n.Type))
		}
		w.number("code", int64(n.Code))
		w.close('}')
	}
	appendExtra(w, r.Extra)
	shown := shownTLVs(r.TLVs)
	appendTLVs(w, shown)
	if truncated || w.cut > 0 || len(shown) < len(r.TLVs) {
		w.flag("truncated", true)
	}
	w.close('}')
}

func appendFieldOf(w *writer, name string, f receipt.Field) {
	if f.Present {
		w.text(name, w.shown(f.Value))
	}
}

// appendRaw writes text and raw, or raw_hex when the body is not text, and
// reports whether one of them was cut.
func (s *source) appendRaw(w *writer) (truncated bool) {
	r := s.read
	body := receipt.Body(s.ESMClass, s.Body, s.TLVs)
	if r.Text.Present {
		text, cut := truncate(r.Text.Value, maxText)
		w.text("text", text)
		truncated = cut
	}
	switch {
	case len(body) == 0:
	case r.RawIsText:
		raw, cut := truncate(r.Raw, maxText)
		w.text("raw", raw)
		truncated = truncated || cut
	default:
		w.hex("raw_hex", body[:min(len(body), maxText)])
		truncated = truncated || len(body) > maxText
	}
	return truncated
}

// appendExtra writes the first value of each key.
func appendExtra(w *writer, extra []receipt.Extra) {
	if len(extra) == 0 {
		return
	}
	w.open("extra", '{')
	for i, x := range extra {
		if !hasKey(extra[:i], x.Key) {
			w.separate()
			w.b = append(appendString(w.b, w.shown(x.Key)), ':')
			w.b = appendString(w.b, w.shown(x.Value))
		}
	}
	w.close('}')
}

func hasKey(extra []receipt.Extra, key string) bool {
	for i := range extra {
		if extra[i].Key == key {
			return true
		}
	}
	return false
}

func appendTLVs(w *writer, tlvs []receipt.TLV) {
	if len(tlvs) == 0 {
		return
	}
	w.open("tlvs", '[')
	for _, t := range tlvs {
		w.separate()
		w.b = append(w.b, '{')
		w.text("tag", tagName(t.Tag))
		w.hex("hex", t.Value)
		w.close('}')
	}
	w.close(']')
}

// tagName writes a tag as users see it: 0x1403.
func tagName(tag uint16) string {
	return "0x" + strconv.FormatUint(0x10000|uint64(tag), 16)[1:]
}

// appendProblems writes what was wrong with the frame, then with the receipt in
// it, as elements of the open array, and what the event has no room for.
func (s *source) appendProblems(w *writer) {
	for _, list := range [...][]string{s.Problems, s.read.Problems} {
		for _, p := range list {
			w.separate()
			w.b = appendString(w.b, p)
		}
	}
	if w.cut > 0 {
		w.separate()
		w.b = appendString(w.b, "event: "+strconv.Itoa(w.cut)+" values are cut at 1 KiB")
	}
	if left := s.leftOut(); left > 0 {
		w.separate()
		w.b = appendString(w.b, "receipt.tlvs: "+strconv.Itoa(left)+" of "+strconv.Itoa(len(s.read.TLVs))+" are left out")
	}
}
