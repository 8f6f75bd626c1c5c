package receipt

import "strings"

// The bits of esm_class that matter here (SMPP 3.4 §5.2.12).
const (
	esmMessageType  = 0x3C
	esmReceipt      = 0x04
	esmIntermediate = 0x20
	esmUDHI         = 0x40
)

// Parse reads one deliver_sm or data_sm. The fields are read whatever the Kind
// is, so that a message which is not taken for a receipt can still be explained.
func (d *Dialect) Parse(in *Input) *Receipt {
	r := &Receipt{MessageState: NoState}
	body := r.readHeader(in)
	r.Raw = decode(body, in.DataCoding, d.IDBCD && !in.Cut)
	r.RawIsText = isText(r.Raw)

	r.readTLVs(d, in)
	r.readText(d, in.Cut)
	r.Kind = d.kind(in, r)
	switch {
	case r.anyField():
	case r.Kind == NotReceipt:
		r.Extra = nil // words before colons, in a person's message
	case noText(body, r.Raw):
		r.RawIsText = false
	}
	r.copyFields(d, in)
	r.joinIDs(d)
	r.readDates(d, in)
	if r.Kind != NotReceipt && !r.readable() {
		r.problem("body", "holds no field that is known, and no TLV tells the message or its state")
	}
	return r
}

// kind decides by the bits of esm_class, not by their sum: 0x24 and 0x0C are
// sent for 0x20 and 0x04. Acknowledgements by the handset or its user (0x08,
// 0x10, 0x18) are never receipts, whatever TLVs they carry.
func (d *Dialect) kind(in *Input, r *Receipt) Kind {
	switch {
	case in.ESMClass&esmIntermediate != 0:
		if d.IgnoreIntermediate {
			return Report
		}
		return Intermediate
	case in.ESMClass&esmReceipt != 0:
		return Report
	case in.ESMClass&esmMessageType != 0:
		return NotReceipt
	case r.TLVID.Value != "" || hasTLV(in.TLVs, tagMessageState):
		return Report
	case d.Unmarked && r.fullText():
		return Report
	}
	return NotReceipt
}

// fullText reports whether the text alone is believable as a receipt: a state,
// and what it is about.
func (r *Receipt) fullText() bool {
	return r.Stat.Value != "" && (r.ID.Value != "" || r.SubmitDate.Value != "" || r.DoneDate.Value != "")
}

// readable reports whether anything tells which message this is about or what
// became of it.
func (r *Receipt) readable() bool {
	return r.anyField() || r.TLVID.Value != "" || r.MessageState != NoState || r.NetworkError != nil
}

// anyField reports whether the text holds a field of Appendix B.
func (r *Receipt) anyField() bool {
	for k := keyID; k <= keyText; k++ {
		if r.field(k).Present {
			return true
		}
	}
	return false
}

// maxProblems bounds Receipt.Problems against hostile PDUs.
const maxProblems = 32

// problem adds what could not be read, and where.
func (r *Receipt) problem(place, what string) {
	if len(r.Problems) == maxProblems {
		return
	}
	r.Problems = append(r.Problems, place+": "+what)
}

// quote gives a piece of the operator's text for a problem, of bounded length.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}
