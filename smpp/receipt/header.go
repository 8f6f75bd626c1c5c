package receipt

import "bytes"

// Information elements of a user data header that number parts
// (3GPP TS 23.040 §9.2.3.24.1 and §9.2.3.24.8).
const (
	ieConcat8  = 0x00
	ieConcat16 = 0x08
)

// Body returns the octets that are read: a short_message that is blank, behind a
// user data header too, gives way to the first message_payload that is not.
func Body(esmClass byte, body []byte, tlvs []TLV) []byte {
	text := body
	if esmClass&esmUDHI != 0 && believableHeader(text) {
		text = text[1+int(text[0]):]
	}
	if !isBlank(text) {
		return body
	}
	for _, tlv := range tlvs {
		if tlv.Tag == tagMessagePayload && !isBlank(tlv.Value) {
			return tlv.Value
		}
	}
	return body
}

func isBlank(b []byte) bool { return len(bytes.Trim(b, "\x00 \t\r\n")) == 0 }

// readHeader returns the body without its user data header, if it has one, and
// reads Part out of the header.
func (r *Receipt) readHeader(in *Input) []byte {
	header, body := splitHeader(in)
	if header == nil {
		return body
	}
	for ies := header[1:]; len(ies) > 0; {
		id, value := ies[0], ies[2:2+int(ies[1])]
		ies = ies[2+len(value):]
		switch {
		case id == ieConcat8 && len(value) == 3:
			r.setPart("user data header", uint16(value[0]), value[1], value[2])
		case id == ieConcat16 && len(value) == 4:
			r.setPart("user data header", uint16(value[0])<<8|uint16(value[1]), value[2], value[3])
		}
	}
	return body
}

// splitHeader returns the user data header, nil when there is none, and what is
// behind it.
func splitHeader(in *Input) (header, rest []byte) {
	body := Body(in.ESMClass, in.Body, in.TLVs)
	if in.ESMClass&esmUDHI == 0 || !believableHeader(body) {
		return nil, body
	}
	end := int(body[0]) + 1
	return body[:end], body[end:]
}

// believableHeader reports whether body begins with a user data header.
// Operators set the bit in esm_class without sending one (0x44), so the elements
// must fill the header exactly, and its length octet must not be a printable
// character: headers of 32 octets and more are not seen in receipts.
func believableHeader(body []byte) bool {
	const shortest, longest = 2, 0x1F
	if len(body) == 0 || body[0] < shortest || body[0] > longest || int(body[0]) >= len(body) {
		return false
	}
	ies := body[1 : 1+int(body[0])]
	for len(ies) >= 2 && 2+int(ies[1]) <= len(ies) {
		ies = ies[2+int(ies[1]):]
	}
	return len(ies) == 0
}

// setPart keeps the first numbering that names one part of several.
func (r *Receipt) setPart(place string, ref uint16, of, number uint8) {
	switch {
	case of == 0 || number == 0 || number > of:
		r.problem(place, "part number and count do not fit")
	case of > 1 && r.Part == nil:
		r.Part = &Part{Ref: ref, Number: number, Of: of}
	}
}
