package receipt

import "time"

// TLV is one optional parameter of the PDU, in the order of the wire.
type TLV struct {
	Tag   uint16
	Value []byte
}

// Input is what the reading of a receipt depends on, and nothing else does: two
// equal Inputs give two equal Receipts.
type Input struct {
	// ESMClass and DataCoding are the PDU's octets as they came. DataCoding is
	// asked only for a body that has no field at its start.
	ESMClass   byte
	DataCoding byte
	// Body is short_message or, when that is empty, message_payload, with a
	// user data header if there is one. Parse does not keep it.
	Body []byte
	// TLVs are all TLVs of the PDU, message_payload included, in wire order.
	TLVs []TLV
	// ReceivedAt helps only to read dates that are ambiguous without a clock.
	ReceivedAt time.Time
	// Cut: body and TLVs are what Dialect.Cut left. Such a body is of the general
	// form whatever Pattern and IDBCD say, and holds nothing between its fields.
	Cut bool
}

// Field is a word of the text that may be missing: `err:` with nothing behind
// it is present and empty, no `err:` at all is absent.
type Field struct {
	Value   string
	Present bool
}

// Kind says what the PDU is.
type Kind uint8

// The kinds of deliver_sm and data_sm, by esm_class & 0x3C (SMPP 3.4 §5.2.12),
// the TLVs and, for unmarked dialects, the text.
const (
	// NotReceipt is a mobile-originated message, a delivery or user
	// acknowledgement, or a conversation abort.
	NotReceipt Kind = iota
	// Report is a delivery receipt: esm_class 0x04, or unmarked.
	Report
	// Intermediate is an intermediate notification: esm_class 0x20.
	Intermediate
)

// NetworkError is the TLV network_error_code (0x0423, SMPP 3.4 §5.3.2.31).
type NetworkError struct {
	// Type is the network type octet: 3 is GSM.
	Type byte
	// Code is the big-endian code, or the decimal value of three ASCII digits.
	Code uint16
	// ASCII is true when the TLV held three ASCII digits; Type is then unknown.
	ASCII bool
}

// Part is one part of a receipt that the operator cut in pieces.
type Part struct {
	Ref    uint16
	Number uint8
	Of     uint8
}

// Extra is a named value that is not one of the fields of SMPP 3.4 Appendix B:
// an unknown `word:` of the text, or a configured one (Dialect.Fields).
type Extra struct {
	Key   string
	Value string
}

// NoState is Receipt.MessageState when the TLV is absent or unreadable.
const NoState = -1

// Receipt is one delivery receipt, read. Words are kept as the operator wrote
// them; nothing is invented for what is not there.
type Receipt struct {
	Kind Kind

	// Raw is the body as text: decoded, without a user data header and without
	// NULs at its ends, its blanks kept. RawIsText is false when it holds control
	// characters other than tab, CR and LF, or holds no field that is known and
	// octets of no known character set: then only the octets tell.
	Raw       string
	RawIsText bool

	// The fields of the text (SMPP 3.4 Appendix B).
	ID, Sub, Dlvrd, SubmitDate, DoneDate, Stat, Err, Text Field
	Extra                                                 []Extra

	// What came in TLVs. TLVID is receipted_message_id without NULs;
	// MessageState is 0…255 or NoState; NetworkError is nil when absent or of a
	// length that cannot be read.
	TLVID        Field
	MessageState int
	NetworkError *NetworkError

	// MessageID is the id that the dialect's id_source names, converted as its
	// message_id says and written as its id_case, id_width and id_strip_zeros say;
	// empty when neither text nor TLV holds one. Decimal and
	// Hex are its two forms where the base is known (configured, or text and
	// TLV prove each other), else empty.
	MessageID, Decimal, Hex string

	// SubmittedAt and DoneAt are zero when the operator's date cannot be read.
	SubmittedAt, DoneAt time.Time

	// Part is nil unless the receipt is one part of several.
	Part *Part
	// Reference is user_message_reference: decimal when it has the two octets of
	// SMPP 3.4 §5.3.2.17, else as text. MCCMNC is the first Extra of that name,
	// in any case, that is not empty.
	Reference, MCCMNC string
	// TLVs are those that are not shown elsewhere, in wire order: unknown ones,
	// and known ones that cannot be read or come a second time.
	TLVs []TLV
	// Asked are those of Dialect.Asked that are not in TLVs, in wire order.
	Asked []TLV
	// Problems are in words what could not be read; each names its place first:
	// "tlv 0x0423: length is 1, not 3".
	Problems []string
}
