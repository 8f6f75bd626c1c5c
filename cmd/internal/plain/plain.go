// Package plain keeps what a program prints from steering the terminal that it
// is printed on, or from being read otherwise than it is: operators and webhooks
// wrote parts of it.
package plain

import (
	"fmt"
	"io"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer writes characters that cannot be seen as \u escapes: controls, marks of
// direction, what has no width. In JSON, where they stand in strings alone, that
// is the same document.
type Writer struct {
	io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character
}

// Write writes p, but for the beginning of a character at its end, which waits
// for the others.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := p
	if len(w.rest) > 0 {
		all = append(w.rest, p...)
		w.rest = nil
	}
	if end := whole(all); end < len(all) {
		w.rest, all = append([]byte(nil), all[end:]...), all[:end]
	}
	if _, err := w.Writer.Write(Escape(all)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// whole is the length of b without the beginning of a character at its end.
func whole(b []byte) int {
	for i := len(b) - 1; i >= 0 && i > len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// Escape returns b with escapes in place of what cannot be seen; b itself when
// there is none.
func Escape(b []byte) []byte {
	from := odd(b)
	if from < 0 {
		return b
	}
	out := append(make([]byte, 0, len(b)+16), b[:from]...)
	for b = b[from:]; len(b) > 0; {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, `\x%02x`, b[0])
		case seen(r):
			out = append(out, b[:size]...)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[size:]
	}
	return out
}

// odd is where the first octet stands that is no plain ASCII, -1: there is none.
func odd(b []byte) int {
	for i, c := range b {
		if c != '\n' && c != '\t' && (c < ' ' || c > '~') {
			return i
		}
	}
	return -1
}

// seen reports whether a character is one that readers see, or a space.
func seen(r rune) bool {
	return r == '\n' || r == '\t' || unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)
}
