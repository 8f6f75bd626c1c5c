package event

import (
	"encoding/hex"
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends JSON, one value after the other; what is written is what
// encoding/json writes without HTML escaping (a fuzz test holds it to that). It
// is here because an event is rendered for every receipt, and by reflection
// costs several times as much.
type writer struct {
	b []byte
	// cut is how many values were longer than an event shows.
	cut int
}

// separate appends the comma that the next member or element needs.
func (w *writer) separate() {
	switch w.b[len(w.b)-1] {
	case '{', '[', ':':
	default:
		w.b = append(w.b, ',')
	}
}

// key begins the member name, which must need no escaping.
func (w *writer) key(name string) {
	w.separate()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// open begins the member name, an object or array; close ends it.
func (w *writer) open(name string, bracket byte) {
	w.key(name)
	w.b = append(w.b, bracket)
}

func (w *writer) close(bracket byte) { w.b = append(w.b, bracket) }

func (w *writer) text(name, s string) {
	w.key(name)
	w.b = appendString(w.b, s)
}

// known writes the member unless s is empty.
func (w *writer) known(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

func (w *writer) number(name string, n int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *writer) flag(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) hex(name string, octets []byte) {
	w.key(name)
	w.b = append(w.b, '"')
	w.b = hex.AppendEncode(w.b, octets)
	w.b = append(w.b, '"')
}

// seconds writes t as RFC 3339 UTC, unless it is zero or its year has more
// than four digits.
func (w *writer) seconds(name string, t time.Time) {
	if t = t.UTC(); !t.IsZero() && t.Year() >= 0 && t.Year() <= 9999 {
		w.key(name)
		w.b = t.AppendFormat(w.b, `"2006-01-02T15:04:05Z"`)
	}
}

func (w *writer) millis(name string, t time.Time) {
	w.key(name)
	w.b = t.UTC().AppendFormat(w.b, `"2006-01-02T15:04:05.000Z"`)
}

// appendString appends s as a JSON string. Octets that are not UTF-8 become
// U+FFFD; U+2028 and U+2029 are escaped for receivers that evaluate JavaScript.
func appendString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0 // of what is not yet copied
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			if short := shortEscape(c); short != 0 {
				dst = append(dst, '\\', short)
			} else {
				dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xf])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), `\u202`...)
			dst = append(dst, digits[r&0xf])
			start = i + size
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}

// shortEscape returns the letter of c's two-character escape, or 0.
func shortEscape(c byte) byte {
	switch c {
	case '"', '\\':
		return c
	case '\b':
		return 'b'
	case '\f':
		return 'f'
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return 0
}
