package receipt

import (
	"regexp"
	"time"
)

// IDSource says which id is the message id when text and TLV both hold one.
type IDSource uint8

// The values of receipts.id_source.
const (
	IDFromTLV IDSource = iota
	IDFromText
)

// IDConversion is receipts.message_id: what is done to the text's id.
type IDConversion uint8

// The values of receipts.message_id. A conversion that does not fit the id
// leaves it as it is.
const (
	IDRaw IDConversion = iota
	IDHexToDecimal
	IDDecimalToHex
)

// IDCase is receipts.id_case: how the letters of the message id are written.
type IDCase uint8

// The values of receipts.id_case.
const (
	IDKeepCase IDCase = iota
	IDLower
	IDUpper
)

// FieldRule copies a TLV or an unknown word of the text into Extra under Name.
// Exactly one of Tag (non-zero) and Text (non-empty) is set.
type FieldRule struct {
	Name string
	Tag  uint16
	Text string
}

// Dialect is how one operator writes receipts: the keys receipts.* of the
// configuration that reading depends on, compiled. The zero value reads what
// the general rules read. It is safe for concurrent use.
type Dialect struct {
	// SubmitZone and DoneZone are the zones of the dates; nil is UTC.
	SubmitZone, DoneZone *time.Location
	IDSource             IDSource
	IDConversion         IDConversion
	// Unmarked: a full receipt text with esm_class 0 is a receipt.
	Unmarked bool
	// IgnoreIntermediate reads esm_class 0x20 as 0x04.
	IgnoreIntermediate bool
	Fields             []FieldRule
	// Asked are the tags of TLVs that rules ask for: they are in Receipt.Asked
	// also where the receipt shows them in another form.
	Asked []uint16
	// AskedKeys are the words of the text that rules ask for by extra; AskedWords
	// each stat and err that they name, AskedPrefixes the beginnings of words that
	// count as a state. Only Cut looks at them.
	AskedKeys, AskedWords, AskedPrefixes []string
	// Pattern reads bodies that no general rule reads; its groups are named
	// id, stat, err, sub, dlvrd, submit_date, done_date, text; other named
	// groups become Extra. What it reads stands; where it does not match the
	// whole body, the general rules add the fields that it has not read. Nil:
	// none.
	Pattern *regexp.Regexp
	// IDPattern cuts MessageID out of the id of the text and of the TLV; group
	// 1. An id that it does not match is taken whole. Nil: none.
	IDPattern *regexp.Regexp
	// IDCase, IDWidth and IDStripZeros say how MessageID is written in the end, so
	// that it is what submit_sm_resp gave: leading zeros go, then it is padded
	// with zeros to the width.
	IDCase       IDCase
	IDWidth      int
	IDStripZeros bool
	// IDBCD: the text's id is ten raw octets, shown as hex (SMGP).
	IDBCD bool
	// DateLayouts are Go layouts that are tried before the general forms.
	DateLayouts []string
	// DecimalIDs and HexIDs say that the base of the text's id is known.
	// Set by IDConversion, by a profile's published facts, or not at all.
	DecimalIDs, HexIDs bool
}
