package receipt

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// bcdLength is the length of an SMGP message id in octets.
	bcdLength = 10
	// longestNumber bounds the ids that are taken for numbers, in digits. The
	// longest seen has 48; big numbers cost more than their length.
	longestNumber = 64
)

// joinIDs sets MessageID, Decimal and Hex from the ids of text and TLV.
func (r *Receipt) joinIDs(d *Dialect) {
	fromText, fromTLV := d.cutID(r.ID.Value), d.cutID(r.TLVID.Value)
	r.Decimal, r.Hex = d.bothBases(fromText, fromTLV)
	switch {
	case r.Decimal == "":
	case d.IDConversion == IDHexToDecimal:
		fromText = r.Decimal
	case d.IDConversion == IDDecimalToHex:
		fromText = r.Hex
	}
	first, second := fromTLV, fromText
	if d.IDSource == IDFromText {
		first, second = fromText, fromTLV
	}
	if first == "" || isPlaceholder(first) && !isPlaceholder(second) {
		first = second
	}
	r.MessageID = d.writeID(first)
}

// isPlaceholder: what stands in every receipt is no message's id.
func isPlaceholder(id string) bool { return strings.Trim(id, "0-") == "" }

// writeID gives an id the form that the dialect says.
func (d *Dialect) writeID(id string) string {
	if d.IDStripZeros {
		id = trimZeros(id)
	}
	if missing := d.IDWidth - utf8.RuneCountInString(id); missing > 0 && id != "" {
		id = strings.Repeat("0", missing) + id
	}
	switch d.IDCase {
	case IDLower:
		id = strings.ToLower(id)
	case IDUpper:
		id = strings.ToUpper(id)
	case IDKeepCase:
	}
	return id
}

// bothBases returns the message id in decimal and in hexadecimal where its base
// is known: the dialect says the base of the text's id, or text and TLV are one
// number in two bases. Without that `18901234` may be either. Both are empty when
// it is not known, or the id is no number in that base.
func (d *Dialect) bothBases(fromText, fromTLV string) (decimal, hexadecimal string) {
	var number *big.Int
	switch {
	case d.IDConversion == IDHexToDecimal, d.IDConversion == IDRaw && d.HexIDs:
		number = parseNumber(strings.TrimPrefix(strings.TrimPrefix(fromText, "0x"), "0X"), 16)
	case d.IDConversion == IDDecimalToHex, d.DecimalIDs:
		number = parseNumber(fromText, 10)
	case sameNumber(fromText, fromTLV):
		return trimZeros(fromText), strings.ToLower(trimZeros(fromTLV))
	case sameNumber(fromTLV, fromText):
		return trimZeros(fromTLV), strings.ToLower(trimZeros(fromText))
	}
	if number == nil {
		return "", ""
	}
	return digits(number, 10), digits(number, 16)
}

// sameNumber reports whether decimal and hexadecimal write one number, each in
// its base. Equal digits prove nothing.
func sameNumber(decimal, hexadecimal string) bool {
	if !isDigits(decimal) || !isHex(hexadecimal) {
		return false
	}
	decimal, hexadecimal = trimZeros(decimal), trimZeros(hexadecimal)
	if decimal == hexadecimal || len(decimal) < len(hexadecimal) {
		return false
	}
	if len(decimal) <= 19 { // which fit in 64 bits
		first, _ := strconv.ParseUint(decimal, 10, 64)
		second, err := strconv.ParseUint(hexadecimal, 16, 64)
		return err == nil && first == second
	}
	number := parseNumber(decimal, 10)
	return number != nil && strings.EqualFold(digits(number, 16), hexadecimal)
}

// CanonicalID is the form of an id by which messages are told apart, and which
// events show as message_key: digits without leading zeros, hexadecimal with a
// letter in it in lower case, anything else unchanged. Operators change zeros and case between submit_sm_resp and
// receipt in numbers, never in other ids; a hexadecimal id keeps its zeros,
// which are part of UUIDs.
func CanonicalID(id string) string {
	switch {
	case isDigits(id):
		return trimZeros(id)
	case isHex(id):
		return strings.ToLower(id)
	}
	return id
}

// SearchID is the key under which a receipt with that id is found: IDForms of any
// form of it holds this one. It leaves out zeros that CanonicalID keeps, as who
// asks may know the id without the padding of id_width.
func SearchID(id string) string {
	if isHex(id) {
		return trimZeros(strings.ToLower(id))
	}
	return id
}

// IDForms returns the forms under which a receipt may be found that somebody
// knows as id: as given, canonical, without leading zeros, and in the other
// base, both ways. The first is id itself; none comes twice.
func IDForms(id string) []string {
	forms := []string{id}
	add := func(form string) {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	add(CanonicalID(id))
	lower := strings.ToLower(id)
	if prefixed, ok := strings.CutPrefix(lower, "0x"); ok && isHex(prefixed) {
		lower = prefixed
		add(CanonicalID(lower))
	}
	if isHex(lower) {
		add(trimZeros(lower))
	}
	if number := parseNumber(lower, 10); number != nil {
		add(digits(number, 16))
	}
	if number := parseNumber(lower, 16); number != nil {
		add(digits(number, 10))
	}
	return forms
}

// parseNumber reads digits only: no sign, no prefix, no underscore.
func parseNumber(s string, base int) *big.Int {
	if len(s) > longestNumber || base == 10 && !isDigits(s) || base == 16 && !isHex(s) {
		return nil
	}
	if len(s) <= 16 { // fits in 64 bits in either base
		n, _ := strconv.ParseUint(s, base, 64)
		return new(big.Int).SetUint64(n)
	}
	number, ok := new(big.Int).SetString(s, base)
	if !ok {
		return nil
	}
	return number
}

// digits writes the number; most ids fit in 64 bits, which is faster.
func digits(number *big.Int, base int) string {
	if number.IsUint64() {
		return strconv.FormatUint(number.Uint64(), base)
	}
	return number.Text(base)
}

func isHex(s string) bool {
	for i := range len(s) {
		if b := s[i]; !isDigit(b) && (b|0x20 < 'a' || b|0x20 > 'f') {
			return false
		}
	}
	return s != ""
}

// trimZeros removes leading zeros and leaves one digit.
func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}
