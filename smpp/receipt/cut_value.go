package receipt

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest values that are taken for what they should be, in octets.
const (
	longestID    = 128
	longestWord  = 32
	longestCode  = 10
	longestCount = 5
	longestDate  = 40
)

var (
	// letteredCode is the form of codes that some operators write in place of a
	// state or an error: MK:0001, E-11.
	letteredCode = regexp.MustCompile(`^[A-Za-z]{1,2}[:-][0-9]{1,6}`)
	// bareDate is a date that could not be read, but is nothing else.
	bareDate = regexp.MustCompile(`^[0-9][0-9:/.+-]*$`)
	// hexReference is a number or a hexadecimal id, such as a UUID.
	hexReference = regexp.MustCompile(`^[0-9A-Fa-f-]+\x00*$`)
)

// idOf returns the beginning of an id that can be one: visible ASCII, without the
// signs that separate or quote.
func idOf(s string) string {
	end := strings.IndexFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7F || strings.ContainsRune(`"'|;,\`, c)
	})
	if end >= 0 {
		s = s[:end]
	}
	if len(s) > longestID {
		return ""
	}
	return s
}

// cutIDTLV returns receipted_message_id without what no id holds.
func (d *Dialect) cutIDTLV(value []byte) []byte {
	if d.IDBCD && len(value) == bcdLength && !isPrintable(value) {
		return value
	}
	id, _, _ := bytes.Cut(bytes.TrimLeft(value, "\x00"), []byte{0})
	kept := idOf(strings.TrimSpace(string(id)))
	if string(bytes.Trim(value, "\x00")) == kept {
		return value
	}
	return []byte(kept)
}

func isReference(value []byte) bool {
	return len(value) <= longestID/2 && hexReference.Match(value)
}

// countOf returns the digits that sub and dlvrd are.
func countOf(s string) string {
	if n := leadingDigits(s); n <= longestCount {
		return s[:n]
	}
	return ""
}

// dateOf returns a date that was read, or that is signs of one alone.
func dateOf(s string, read bool) string {
	if len(s) > longestDate || !read && !bareDate.MatchString(s) {
		return ""
	}
	return s
}

// statOf returns the state that stat begins with, without a reason behind it. A
// word that goes on behind a known one is no state.
func (d *Dialect) statOf(s string) string {
	if d.asksFor(s) {
		return s
	}
	if code := letteredCode.FindString(s); len(code) > 2 && code[2] == ':' {
		return code
	}
	word := s[:wordLength(s, "_")]
	if isStateWord(word) {
		return word
	}
	if known := stateBefore(word); known != "" && !sameCase(word) {
		return d.prefixOf(word)
	}
	return plainWord(s, "_-.")
}

// errOf returns the code that err begins with, without a reason behind it.
func (d *Dialect) errOf(s string) string {
	if d.asksFor(s) {
		return s
	}
	if code := letteredCode.FindString(s); code != "" {
		return code
	}
	word := s[:wordLength(s, "_")]
	number := strings.TrimPrefix(strings.TrimPrefix(word, "0x"), "0X")
	switch digits := leadingDigits(word); {
	case isHex(number) && (len(number) <= 4 || len(number) == 8):
		return word
	case digits > longestCode:
		return ""
	case digits > 0:
		return word[:digits]
	case word == "" || word == strings.ToUpper(word) || strings.EqualFold(word, "null") || strings.EqualFold(word, "none"):
		return plainWord(s, "_")
	}
	return ""
}

// asksFor reports whether the rules name the stat or err to its end.
func (d *Dialect) asksFor(s string) bool {
	for _, word := range d.AskedWords {
		if strings.EqualFold(word, strings.TrimSpace(s)) {
			return true
		}
	}
	return false
}

// prefixOf returns what of a word the configuration takes for its family.
func (d *Dialect) prefixOf(word string) string {
	for _, prefix := range d.AskedPrefixes {
		if len(word) >= len(prefix) && strings.EqualFold(word[:len(prefix)], prefix) {
			return word[:len(prefix)]
		}
	}
	return ""
}

// plainWord returns the word that s begins with, or s when it is a few signs.
func plainWord(s, signs string) string {
	const mostSigns = 8
	end := wordLength(s, signs)
	switch {
	case end > longestWord:
		return ""
	case end > 0:
		return strings.TrimRight(s[:end], signs)
	case len(s) <= mostSigns && strings.IndexFunc(s, func(c rune) bool { return c <= ' ' || c >= utf8.RuneSelf || isWord(byte(c)) }) < 0:
		return s
	}
	return ""
}

// wordLength returns the octets of the word that s begins with: letters and
// digits, all ASCII or none, and the signs.
func wordLength(s, signs string) int {
	first, _ := utf8.DecodeRuneInString(s)
	for i, c := range s {
		inWord := unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune(signs, c)
		if !inWord || (c < utf8.RuneSelf) != (first < utf8.RuneSelf) {
			return i
		}
	}
	return len(s)
}

// stateBefore returns the longest known state that word begins with.
func stateBefore(word string) string {
	for end := len(word); end > 0; end-- {
		if isStateWord(word[:end]) {
			return word[:end]
		}
	}
	return ""
}

// sameCase: letters alone, or with low lines, all capital or all small.
func sameCase(word string) bool {
	return strings.IndexFunc(word, unicode.IsDigit) < 0 && (word == strings.ToUpper(word) || word == strings.ToLower(word))
}
