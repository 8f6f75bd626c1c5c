package receipt

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The TLVs that Parse reads (SMPP 3.4 §5.3.2).
const (
	tagReceiptedMessageID   = 0x001E
	tagUserMessageReference = 0x0204
	tagSARMsgRefNum         = 0x020C
	tagSARTotalSegments     = 0x020E
	tagSARSegmentSeqnum     = 0x020F
	tagNetworkErrorCode     = 0x0423
	tagMessagePayload       = 0x0424
	tagMessageState         = 0x0427
)

// mostTLVs is how many TLVs are searched for one that comes again.
const mostTLVs = 64

// tlvReader reads the TLVs in wire order. Of a TLV that comes twice the first
// that can be read counts, as with the keys of the text.
type tlvReader struct {
	r    *Receipt
	d    *Dialect
	tlvs []TLV
	body []byte // what is read as the text
	// The sar_ TLVs, -1 where absent.
	sarRef, sarOf, sarNumber int
}

// readTLVs reads what is known and keeps the others in r.TLVs, as well as those
// of a known tag that could not be read or came again.
func (r *Receipt) readTLVs(d *Dialect, in *Input) {
	reader := tlvReader{r: r, d: d, tlvs: in.TLVs, body: Body(in.ESMClass, in.Body, in.TLVs), sarRef: -1, sarOf: -1, sarNumber: -1}
	kept := 0
	for i := range in.TLVs {
		tlv := in.TLVs[i]
		switch {
		case !reader.read(i):
			kept += len(tlv.Value)
			r.TLVs = append(r.TLVs, tlv)
		case slices.Contains(d.Asked, tlv.Tag):
			r.Asked = append(r.Asked, TLV{Tag: tlv.Tag, Value: bytes.Clone(tlv.Value)})
		}
	}
	values := make([]byte, 0, kept)
	for i := range r.TLVs {
		values = append(values, r.TLVs[i].Value...)
		r.TLVs[i].Value = values[len(values)-len(r.TLVs[i].Value):]
	}
	if reader.sarRef >= 0 && reader.sarOf >= 0 && reader.sarNumber >= 0 {
		r.setPart("sar TLVs", uint16(reader.sarRef), byte(reader.sarOf), byte(reader.sarNumber))
	}
}

// read reports whether the TLV at index i is shown elsewhere than in r.TLVs.
func (t *tlvReader) read(i int) bool {
	tlv := t.tlvs[i]
	if firstTLV(t.tlvs[:min(i, mostTLVs)], tlv.Tag) >= 0 {
		t.problem(tlv, "comes more than once")
	}
	switch tlv.Tag {
	case tagReceiptedMessageID:
		return t.readID(tlv)
	case tagMessageState:
		if t.r.MessageState != NoState || !t.hasLength(tlv, 1) {
			return false
		}
		t.r.MessageState = int(tlv.Value[0])
		return true
	case tagNetworkErrorCode:
		return t.readNetworkError(tlv)
	case tagUserMessageReference:
		return t.readReference(tlv)
	case tagSARMsgRefNum:
		return t.readNumber(tlv, 2, &t.sarRef)
	case tagSARTotalSegments:
		return t.readNumber(tlv, 1, &t.sarOf)
	case tagSARSegmentSeqnum:
		return t.readNumber(tlv, 1, &t.sarNumber)
	case tagMessagePayload:
		return bytes.Equal(tlv.Value, t.body)
	}
	return t.d.hasField(tlv.Tag) && firstTLV(t.tlvs[:i], tlv.Tag) < 0
}

// readID reads a C-Octet String that operators pad, or leave without its NUL.
func (t *tlvReader) readID(tlv TLV) bool {
	if t.r.TLVID.Value != "" {
		return false
	}
	id := bytes.TrimLeft(tlv.Value, "\x00")
	if t.d.IDBCD && len(tlv.Value) == bcdLength && !isPrintable(tlv.Value) {
		t.r.TLVID = Field{Value: hex.EncodeToString(tlv.Value), Present: true}
		return true
	}
	id, behind, _ := bytes.Cut(id, []byte{0})
	if len(bytes.TrimLeft(behind, "\x00")) > 0 {
		t.problem(tlv, "holds octets behind the NUL that ends it")
	}
	t.r.TLVID = Field{Value: strings.TrimSpace(latin1(id)), Present: true}
	return true
}

func (t *tlvReader) readNetworkError(tlv TLV) bool {
	if t.r.NetworkError != nil || !t.hasLength(tlv, 3) {
		return false
	}
	if isDigits(string(tlv.Value)) {
		code, _ := strconv.ParseUint(string(tlv.Value), 10, 16)
		t.r.NetworkError = &NetworkError{Code: uint16(code), ASCII: true}
		return true
	}
	t.r.NetworkError = &NetworkError{Type: tlv.Value[0], Code: binary.BigEndian.Uint16(tlv.Value[1:])}
	return true
}

// readReference reads two octets as the number that SMPP 3.4 §5.3.2.17 says, and
// any other length as the text that operators put there.
func (t *tlvReader) readReference(tlv TLV) bool {
	if t.r.Reference != "" || len(tlv.Value) == 0 {
		return false
	}
	if len(tlv.Value) == 2 {
		t.r.Reference = strconv.Itoa(int(binary.BigEndian.Uint16(tlv.Value)))
	} else {
		t.r.Reference = textOrHex(tlv.Value)
	}
	return true
}

func (t *tlvReader) readNumber(tlv TLV, length int, number *int) bool {
	if *number >= 0 || !t.hasLength(tlv, length) {
		return false
	}
	*number = 0
	for _, octet := range tlv.Value {
		*number = *number<<8 | int(octet)
	}
	return true
}

func (t *tlvReader) hasLength(tlv TLV, length int) bool {
	if len(tlv.Value) == length {
		return true
	}
	t.problem(tlv, fmt.Sprintf("length is %d, not %d", len(tlv.Value), length))
	return false
}

func (t *tlvReader) problem(tlv TLV, what string) {
	t.r.problem(fmt.Sprintf("tlv 0x%04X", tlv.Tag), what)
}

// firstTLV returns the index of the first TLV with the tag, -1 when there is none.
func firstTLV(tlvs []TLV, tag uint16) int {
	for i := range tlvs {
		if tlvs[i].Tag == tag {
			return i
		}
	}
	return -1
}

// tlvValue returns the value of the first TLV with the tag.
func tlvValue(tlvs []TLV, tag uint16) []byte {
	if i := firstTLV(tlvs, tag); i >= 0 {
		return tlvs[i].Value
	}
	return nil
}

// hasTLV reports whether a TLV with the tag holds anything.
func hasTLV(tlvs []TLV, tag uint16) bool { return len(tlvValue(tlvs, tag)) > 0 }

// textOrHex returns printable octets as text and others as hex; NULs at the end are
// the end of a C-Octet String.
func textOrHex(octets []byte) string {
	trimmed := octets
	for len(trimmed) > 0 && trimmed[len(trimmed)-1] == 0 {
		trimmed = trimmed[:len(trimmed)-1]
	}
	if len(octets) > 0 && len(trimmed) == 0 || !isPrintable(trimmed) {
		return hex.EncodeToString(octets)
	}
	return string(trimmed)
}
