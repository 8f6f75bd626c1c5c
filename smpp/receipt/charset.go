package receipt

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const dataCodingUCS2 = 0x08

// decode gives the body as text, without a byte order mark and without NULs at
// its ends. octets forces one character per octet, for bodies with raw octets
// inside.
func decode(body []byte, dataCoding byte, octets bool) string {
	if octets {
		return strings.Trim(latin1(body), "\x00")
	}
	order := utf16Order(body, dataCoding)
	switch {
	case order != nil:
		return strings.Trim(strings.TrimPrefix(decodeUTF16(body, order), "\ufeff"), "\x00")
	case isASCII(body):
		return strings.Trim(string(body), "\x00")
	case isUTF8(body):
		text := strings.ToValidUTF8(string(body), string(utf8.RuneError))
		return strings.Trim(strings.TrimPrefix(text, "\ufeff"), "\x00")
	}
	return strings.Trim(latin1(body), "\x00")
}

// utf16Order returns the byte order of a UTF-16 body, nil when it is not
// UTF-16. Keys are ASCII, so nearly every second octet at the start is zero.
// data_coding is asked only for bodies that are no receipt text at all, in a
// script whose characters are 0x0100 to 0x1FFF.
func utf16Order(body []byte, dataCoding byte) binary.ByteOrder {
	const window = 32
	head := body[:min(len(body), window)&^1]
	pairs := len(head) / 2
	if pairs < 2 {
		return nil
	}
	switch {
	case head[0] == 0xFE && head[1] == 0xFF:
		return binary.BigEndian
	case head[0] == 0xFF && head[1] == 0xFE:
		return binary.LittleEndian
	}
	var big, little, script int
	for i := 0; i < len(head); i += 2 {
		first, second := head[i], head[i+1]
		switch {
		case first == 0 && second != 0:
			big++
		case first != 0 && second == 0:
			little++
		case first != 0 && isControl(rune(first)):
			script++
		}
	}
	switch {
	case 2*big > pairs:
		return binary.BigEndian
	case 2*little > pairs:
		return binary.LittleEndian
	case dataCoding == dataCodingUCS2 && 2*(big+script) > pairs:
		return binary.BigEndian
	}
	return nil
}

// decodeUTF16 leaves out an odd last octet: half a character was cut off.
func decodeUTF16(body []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(body)/2)
	for i := range units {
		units[i] = order.Uint16(body[2*i:])
	}
	return string(utf16.Decode(units))
}

func isASCII(body []byte) bool {
	const high = 0x8080808080808080 // the top bit of eight octets
	for len(body) >= 8 {
		if binary.LittleEndian.Uint64(body)&high != 0 {
			return false
		}
		body = body[8:]
	}
	for _, b := range body {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isUTF8 reports whether body holds at least one whole character of several
// octets and no octet that UTF-8 does not have there. The last character may be
// cut, since operators cut the text by octets.
func isUTF8(body []byte) bool {
	multi := false
	for len(body) > 0 {
		char, size := utf8.DecodeRune(body)
		if char == utf8.RuneError && size == 1 {
			return multi && !utf8.FullRune(body)
		}
		multi = multi || size > 1
		body = body[size:]
	}
	return multi
}

func latin1(body []byte) string {
	if isASCII(body) {
		return string(body)
	}
	var text strings.Builder
	text.Grow(len(body) + len(body)/8)
	for _, b := range body {
		text.WriteRune(rune(b))
	}
	return text.String()
}

// isText reports whether s holds no control characters but tab, CR and LF. The
// C1 range passes: in 8-bit text it is letters of some unknown character set.
func isText(s string) bool {
	for i := range len(s) {
		if b := s[i]; (b < ' ' || b == 0x7F) && isControl(rune(b)) {
			return false
		}
	}
	return true
}

// noText reports whether body, of which no field could be read, is text to
// nobody: nothing but NULs, or 8-bit octets of no known character set that are
// control characters in Latin-1 or outnumber its ASCII.
func noText(body []byte, raw string) bool {
	if raw == "" {
		return len(body) > 0
	}
	if isASCII(body) || isUTF8(body) || raw != strings.Trim(latin1(body), "\x00") {
		return false
	}
	high := 0
	for _, char := range raw {
		if char >= 0x80 && char <= 0x9F {
			return true
		}
		if char > 0x9F {
			high++
		}
	}
	return 2*high > utf8.RuneCountInString(raw)
}

func isControl(char rune) bool {
	return char < ' ' && char != '\t' && char != '\n' && char != '\r' || char == 0x7F
}

// isPrintable reports whether every octet is visible ASCII or a blank.
func isPrintable(octets []byte) bool {
	for _, b := range octets {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}
