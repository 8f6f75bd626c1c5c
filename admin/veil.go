package admin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dlrgate/dlrgate/event"
)

// veil says how much of what came from outside a reader sees. What passes a
// closed one is listed; what nobody thought of does not.
type veil uint8

const (
	// veilClosed is a viewer's: neither numbers nor a message's own text,
	// wherever they stand.
	veilClosed veil = iota
	// veilNumbers hides phone numbers, until an admin wants to see them.
	veilNumbers
	// veilOpen hides nothing.
	veilOpen
)

// hidden stands for what a closed veil hides and where something stood.
const hidden = "***"

const (
	// longestWord is how long a code of an operator may be, wordDigits how many
	// digits it may have: more can be a number, or a password that was sent.
	longestWord = 24
	wordDigits  = 5
	// longestName is how long an alphanumeric sender may be (3GPP TS 23.038: 11
	// characters fit).
	longestName = 11
)

// word hides what is no code of an operator, its word for a status or an error,
// or tells one of the numbers that it is about.
func (v veil) word(s string, numbers ...string) string {
	if code := reasoned.FindStringSubmatch(s); v == veilClosed && code != nil && isWord(code[1]) && !tellsNumber(s, numbers) {
		return code[1] + " " + hidden
	}
	if v == veilClosed && (!isWord(s) || tellsNumber(s, numbers)) {
		return hidden
	}
	return v.text(s)
}

// reasoned finds the code that has a reason behind it, which is foreign text:
// "FAILED:" of "FAILED:no route for Bob". A number behind it is part of the code.
var reasoned = regexp.MustCompile(`^([0-9A-Za-z_]+) *(?:[:|;,(]| - ) *[^0-9 ]`)

// wordShape is how operators write their codes.
var wordShape = regexp.MustCompile(`^[0-9A-Za-z_:.+-]*$`)

// hexNumber is a number in hex that is long enough to be a phone's.
var hexNumber = regexp.MustCompile(`^[0-9a-fA-F]{7,}$`)

func isWord(s string) bool {
	meant := strings.TrimLeft(strings.TrimPrefix(s, "0x"), "0")
	inHex := hexNumber.MatchString(meant) && digitsIn(meant) > 0
	return len(s) <= longestWord && wordShape.MatchString(s) && digitsIn(meant) <= wordDigits && !inHex
}

func digitsIn(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// text hides the numbers of a foreign text.
func (v veil) text(s string) string {
	if v == veilOpen {
		return s
	}
	return maskDigits(s)
}

// said hides from a viewer what of a sentence of ours is not ours: what it
// quotes, and numbers however they are written.
func (v veil) said(s string) string {
	if v != veilClosed {
		return s
	}
	s = quoted.ReplaceAllString(s, `"`+hidden+`"`)
	return spacedDigits.ReplaceAllStringFunc(s, func(number string) string {
		if digitsIn(number) < 7 {
			return number
		}
		return hidden
	})
}

var (
	quoted       = regexp.MustCompile(`"(\\.|[^"\\])*"?`)
	spacedDigits = regexp.MustCompile(`\+?\d(?:[\s\x{a0}\x{202f}().,/_-]*\d){5,}`)
)

func (v veil) allSaid(all []string) []string {
	out := slices.Clone(all)
	for i := range out {
		out[i] = v.said(out[i])
	}
	return out
}

// address hides the middle of a number. A closed veil lets only what is short
// enough to be a sender's name pass beside it.
func (v veil) address(s string) string {
	plain := plainNumber(s)
	switch {
	case v == veilOpen:
		return s
	case v == veilClosed && isNumber(plain, 1):
		return MaskNumber(plain)
	case v == veilClosed && (utf8.RuneCountInString(s) > longestName || digitsIn(s) > 4):
		return hidden
	}
	return MaskNumber(s)
}

// id hides an operator's id that tells one of the numbers that it is about.
func (v veil) id(id string, numbers ...string) string {
	if v != veilOpen && tellsNumber(id, numbers) {
		return hidden
	}
	return id
}

// leastNumber is how many digits a number must have to be looked for in an id:
// any id has two digits in common with something.
const leastNumber = 6

// tellsNumber reports whether an id holds one of the numbers: in digits, in
// their octets' hex, as one number in hex, or in half octets, as SIM cards have
// them.
func tellsNumber(id string, numbers []string) bool {
	plain := strings.ToLower(strings.Map(keepAlphanumeric, id))
	for _, n := range numbers {
		digits := strings.TrimLeft(strings.Map(keepDigit, n), "0")
		if len(digits) < leastNumber {
			continue
		}
		tail := digits[max(0, len(digits)-subscriber):]
		for _, form := range []string{tail, fmt.Sprintf("%x", tail), hexOf(digits), swapped(digits), swapped("0" + digits)} {
			if form != "" && strings.Contains(plain, form) {
				return true
			}
		}
	}
	return false
}

func keepDigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

func keepAlphanumeric(r rune) rune {
	if keepDigit(r) == r || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// hexOf is a number of decimal digits in hex; "" when it is too long for one.
func hexOf(digits string) string {
	var n uint64
	if _, err := fmt.Sscan(digits, &n); err != nil {
		return ""
	}
	return fmt.Sprintf("%x", n)
}

// swapped has each two digits in the other order; an odd one at the end is left
// out.
func swapped(digits string) string {
	b := []byte(digits[:len(digits)/2*2])
	for i := 0; i < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

// summary hides what is to be hidden of a receipt in a list.
func (v veil) summary(s *event.Summary) {
	s.MessageID = v.id(s.MessageID, s.Recipient, s.Sender)
	s.Stat, s.Err = v.word(s.Stat, s.Recipient, s.Sender), v.word(s.Err, s.Recipient, s.Sender)
	s.Recipient, s.Sender = v.address(s.Recipient), v.address(s.Sender)
}
