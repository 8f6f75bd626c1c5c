package gateway

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
)

// leastDigits make an address that holds letters a number all the same, such as
// "tel:+33677889900".
const leastDigits = 6

// numberKey is an address as it is compared: of a number its digits alone, from
// the country code on if it has one, however an operator or a person writes it.
func numberKey(address string) string {
	if strings.HasPrefix(address, "+") || strings.HasPrefix(address, "00") {
		address = strings.Replace(address, "(0)", "", 1) // is not dialled from abroad
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, address)
	if strings.ContainsFunc(address, unicode.IsLetter) && len(digits) < leastDigits {
		return address
	}
	if international := strings.TrimPrefix(digits, "00"); international != "" {
		return international
	}
	return digits
}

// numbersAt are the keys of a number: of all operators at "", and what only those
// with a country code mean by it.
func (d desk) numbersAt(number string) map[string][]string {
	key := numberKey(number)
	numbers := map[string][]string{"": {key}}
	cfg, _, _ := d.running()
	for i := range cfg.Operators {
		o := &cfg.Operators[i]
		if other := otherKeys(key, o.Receipts.CountryCode); len(other) > 0 {
			numbers[o.Name] = other
		}
	}
	return numbers
}

// otherKeys find a number where an operator of that country wrote it the other
// way: nationally, or with the country code. Without a code there is none.
func otherKeys(number, countryCode string) []string {
	if countryCode == "" {
		return nil
	}
	if national, is := strings.CutPrefix(number, countryCode); is {
		return []string{national, "0" + national}
	}
	if national, is := strings.CutPrefix(number, "0"); is {
		return []string{countryCode + national, national}
	}
	return nil
}

// recipientTerms find what went to one of the numbers.
func recipientTerms(keys []string) []journal.Term { return termsOf(termRecipient, keys) }

func unique(terms []journal.Term) []journal.Term {
	slices.SortFunc(terms, func(a, b journal.Term) int { return strings.Compare(a.Key, b.Key) })
	return slices.Compact(terms)
}

// names tells whether a frame that nobody could read holds one of the numbers.
func names(e *journal.Entry, keys []string) bool {
	f, err := event.DecodeFacts(e.Raw)
	if err != nil {
		return mentions(e.Raw, keys)
	}
	texts := [][]byte{[]byte(f.Source.Addr), []byte(f.Dest.Addr), f.Body}
	for _, t := range f.TLVs {
		texts = append(texts, t.Value)
	}
	return slices.ContainsFunc(texts, func(text []byte) bool { return mentions(text, keys) })
}

// mentions tells whether one of the numbers stands in the octets, also as UTF-16:
// as a whole, with no digit before or behind it but the zeros of a call abroad, and
// with whatever people write between digits.
func mentions(octets []byte, keys []string) bool {
	narrow := bytes.ReplaceAll(octets, []byte{0}, nil)
	for _, text := range [][]byte{octets, narrow} {
		text = bytes.ReplaceAll(text, []byte("(0)"), nil)
		if slices.ContainsFunc(keys, func(key string) bool { return stands(text, key) || stands(text, "00"+key) }) {
			return true
		}
	}
	return false
}

func stands(text []byte, key string) bool {
	for i := range text {
		if i > 0 && isDigit(text[i-1]) {
			continue
		}
		if end := i + spelt(text[i:], key); end > i && (end == len(text) || !isDigit(text[end])) {
			return true
		}
	}
	return false
}

// spelt returns where the digits of key end when the text begins with them, or 0.
func spelt(text []byte, key string) int {
	const apart = 3 // octets at most between two digits
	n, between := 0, 0
	for at, c := range text {
		switch {
		case c == key[n]:
			if n++; n == len(key) {
				return at + 1
			}
			between = 0
		case n == 0, c == 0, isDigit(c), isLetter(c), between == apart:
			return 0
		default:
			between++
		}
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
