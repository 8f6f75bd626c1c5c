package receipt

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// Cut returns what of a receipt may be kept where the message's text may not:
// nothing but what is known to be something else. The body is written anew, in
// the general form and the same character set, out of the fields that were read
// and whose values can be no text; of the TLVs those are left that hold numbers
// or the message id, and those that the dialect asks for. What it returns is read
// with Input.Cut.
func (d *Dialect) Cut(in *Input) (body []byte, tlvs []TLV) {
	for _, tlv := range in.TLVs {
		if value := d.cutTLV(tlv); len(value) > 0 {
			tlvs = append(tlvs, TLV{Tag: tlv.Tag, Value: bytes.Clone(value)})
		}
	}
	r := d.Parse(in)
	if r.Kind == NotReceipt {
		return nil, tlvs
	}
	header, was := splitHeader(in)
	text := d.cutText(in, r)
	order := utf16Order(was, in.DataCoding)
	if d.IDBCD && !in.Cut || order == nil {
		return append(partsOf(header), text...), tlvs
	}
	body = partsOf(header)
	for _, unit := range utf16.Encode([]rune(text)) {
		if order == binary.ByteOrder(binary.BigEndian) {
			body = binary.BigEndian.AppendUint16(body, unit)
		} else {
			body = binary.LittleEndian.AppendUint16(body, unit)
		}
	}
	return body, tlvs
}

// cutText writes the fields whose values can be kept. Empty ones tell nothing.
func (d *Dialect) cutText(in *Input, r *Receipt) string {
	var text strings.Builder
	add := func(key, value string) {
		if value == "" {
			return
		}
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(key + ":" + value)
	}
	add("id", idOf(r.ID.Value))
	add("sub", countOf(r.Sub.Value))
	add("dlvrd", countOf(r.Dlvrd.Value))
	add("submit date", dateOf(r.SubmitDate.Value, !r.SubmittedAt.IsZero()))
	add("done date", dateOf(r.DoneDate.Value, !r.DoneAt.IsZero()))
	add("stat", d.statOf(r.Stat.Value))
	add("err", d.errOf(r.Err.Value))
	for _, extra := range r.Extra {
		if d.keepsExtra(in, r, extra) {
			add(extra.Key, trimBlanks(extra.Value))
		}
	}
	return text.String()
}

// keepsExtra reports whether the configuration asks for a word of the text, or
// it is a network's code. What came in a TLV is kept there.
func (d *Dialect) keepsExtra(in *Input, r *Receipt, extra Extra) bool {
	same := func(key string) bool { return strings.EqualFold(key, extra.Key) }
	for _, rule := range d.Fields {
		if same(rule.Text) {
			return true
		}
		if _, ok := r.fieldValue(rule, in); ok && rule.Name == extra.Key {
			return false
		}
	}
	const longest = len("310260")
	return slices.ContainsFunc(d.AskedKeys, same) ||
		same("mccmnc") && isDigits(extra.Value) && len(extra.Value) <= longest
}

// partsOf returns a user data header with nothing but what numbers parts.
func partsOf(header []byte) []byte {
	if len(header) == 0 {
		return nil
	}
	kept := []byte{0}
	for ies := header[1:]; len(ies) > 0; {
		end := 2 + int(ies[1])
		if ies[0] == ieConcat8 && end == 2+3 || ies[0] == ieConcat16 && end == 2+4 {
			kept = append(kept, ies[:end]...)
		}
		ies = ies[end:]
	}
	if kept[0] = byte(len(kept) - 1); kept[0] == 0 {
		return nil
	}
	return kept
}

// numberTLVs are the TLVs that hold a number, by its length in octets (SMPP 3.4
// §5.3.2): too short for a text, and no place for one.
var numberTLVs = map[uint16]int{
	0x0005: 1, 0x0006: 1, 0x0007: 1, 0x000D: 1, 0x000E: 1, 0x000F: 1, 0x0019: 1, 0x0030: 1, 0x0201: 1, 0x0205: 1,
	tagUserMessageReference: 2, 0x020A: 2, 0x020B: 2, tagSARMsgRefNum: 2, 0x020D: 1, tagSARTotalSegments: 1,
	tagSARSegmentSeqnum: 1, 0x0210: 1, 0x0304: 1, 0x0420: 1, 0x0421: 1, 0x0422: 1, tagNetworkErrorCode: 3, 0x0425: 1,
	0x0426: 1, tagMessageState: 1, 0x0428: 1,
}

// cutTLV returns what of a TLV's value can be kept.
func (d *Dialect) cutTLV(tlv TLV) []byte {
	switch {
	case tlv.Tag == tagMessagePayload:
		return nil
	case slices.Contains(d.Asked, tlv.Tag) || d.hasField(tlv.Tag):
		return tlv.Value
	case tlv.Tag == tagReceiptedMessageID:
		return d.cutIDTLV(tlv.Value)
	case tlv.Tag == tagUserMessageReference && isReference(tlv.Value):
		return tlv.Value
	case numberTLVs[tlv.Tag] == len(tlv.Value):
		return tlv.Value
	}
	return nil
}
