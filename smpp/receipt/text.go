package receipt

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// maxExtra bounds Receipt.Extra against hostile bodies; operators send a dozen.
const maxExtra = 64

// readText reads the fields out of Raw: what the pattern names, then what the
// general rules find, unless the pattern has read the whole body.
func (r *Receipt) readText(d *Dialect, cut bool) {
	if !cut && r.readPattern(d) {
		return
	}
	sc := scanner{s: r.Raw, d: d, r: r, whole: cut}
	sc.scan()
	if !r.Stat.Present && sc.bare != "" && r.anyField() {
		r.Stat = Field{Value: sc.bare, Present: true}
	}
}

// scanner walks from colon to colon. Between two keys lies the value of the
// first and, behind it, words that belong to no key.
type scanner struct {
	s string
	d *Dialect
	r *Receipt
	// whole: all between two keys is the value (Input.Cut).
	whole bool
	// current is the key whose value begins at start; name is its word when it
	// is unknown.
	current key
	name    string
	start   int
	// textAt is where the value of `text:` begins, behind its blanks; up to
	// textTo no field ends it.
	textAt, textTo int
	// bare is the first state word that no key claims.
	bare string
}

func (sc *scanner) scan() {
	for at := 0; ; {
		next := strings.IndexByte(sc.s[at:], ':')
		if next < 0 {
			break
		}
		colon := at + next
		at = colon + 1
		k, begin := keyBefore(sc.s, sc.start, colon)
		switch {
		case k != noKey && sc.opens(k, begin):
			sc.close(begin)
			at = sc.open(k, at)
		case k == noKey && sc.opensUnknown(&begin, colon):
			sc.close(begin)
			sc.name = sc.s[begin:skipBlanksBack(sc.s, begin, colon)]
			sc.current, sc.start = keyUnknown, at
		}
	}
	sc.close(len(sc.s))
}

// opens reports whether the known key k, written at begin, begins a field.
func (sc *scanner) opens(k key, begin int) bool {
	if k == keyDlvrd && sc.isDelivered(begin) {
		return false
	}
	seen := sc.r.field(k).Present || k == sc.current
	if sc.current == keyText {
		return !seen && k != keyErr && sc.textEndsAt(begin)
	}
	if begin == 0 {
		return true
	}
	if isDigit(sc.s[begin-1]) {
		return !seen && (k.isDate() || sc.onlyDigits(begin))
	}
	return !seen || blankBefore(sc.s, begin)
}

// isDelivered reports whether "delivrd:" is the state, with a reason to follow,
// and not the count: "stat:DELIVRD: to handset".
func (sc *scanner) isDelivered(begin int) bool {
	word, rest, _ := strings.Cut(sc.s[begin:], ":")
	count, _ := cutValue(rest)
	return sc.current == keyStat && skipBlanks(sc.s, sc.start) == begin &&
		isStateWord(trimBlanks(word)) && (!isDigits(count) || sc.r.Dlvrd.Present)
}

// onlyDigits reports whether the value that ends at end is a number. It looks
// backwards, so that a long body full of keys is not walked once for each of them.
func (sc *scanner) onlyDigits(end int) bool {
	first := end
	for first > sc.start && isDigit(sc.s[first-1]) {
		first--
	}
	return first < end && skipBlanksBack(sc.s, sc.start, first) == sc.start
}

// opensUnknown reports whether the word before the colon begins a field that
// Appendix B does not know; it moves begin to the word's first octet.
func (sc *scanner) opensUnknown(begin *int, colon int) bool {
	if sc.current == keyText || strings.HasPrefix(sc.s[colon:], "://") {
		return false
	}
	end := skipBlanksBack(sc.s, sc.start, colon)
	first := end
	for first > sc.start && (isWord(sc.s[first-1]) || sc.s[first-1] == '-' || sc.s[first-1] == '.') {
		first--
	}
	*begin = first
	if first == end || !isLetter(sc.s[first]) {
		return false
	}
	if first > 0 && !blankBefore(sc.s, first) && !strings.ContainsRune(",;|", rune(sc.s[first-1])) {
		return false
	}
	return !sc.opensCode(first, end, colon) && !sc.opensReason(first, end)
}

// opensReason reports whether the colon stands behind a state, with a reason to
// follow: "stat: FAILED: no route".
func (sc *scanner) opensReason(first, end int) bool {
	return sc.current == keyStat && skipBlanks(sc.s, sc.start) == first && isStateWord(sc.s[first:end])
}

// opensCode reports whether the word s[first:end] and the number behind the colon
// are the value of stat or err: "stat: MK:0001". Two letters, capital ones in err,
// tell it from an empty value before a vendor's word.
func (sc *scanner) opensCode(first, end, colon int) bool {
	word := sc.s[first:end]
	isCode := sc.current == keyStat || sc.current == keyErr && word == strings.ToUpper(word)
	return isCode && len(word) == 2 && end == colon && skipBlanks(sc.s, sc.start) == first &&
		leadingDigits(sc.s[colon+1:]) > 0
}

// open starts a known field whose value begins at start, and returns where to
// look for the next colon.
func (sc *scanner) open(k key, start int) int {
	sc.current, sc.start = k, start
	if k == keyText {
		sc.textAt = skipBlanks(sc.s, start)
	}
	if k == keyID && sc.d.IDBCD && !sc.whole && !sc.r.ID.Present {
		sc.start += sc.r.readBCD(sc.s[start:])
		sc.current = noKey
	}
	return sc.start
}

// close ends the current field at end, and looks at the words behind its value.
func (sc *scanner) close(end int) {
	value, rest := sc.cut(sc.current, sc.s[sc.start:end])
	if sc.current == keyUnknown {
		sc.r.addExtra(sc.name, value)
	} else if field := sc.r.field(sc.current); field != nil && !field.Present {
		*field = Field{Value: value, Present: true}
	}
	for sc.bare == "" && rest != "" {
		var word string
		if word, rest = cutValue(rest); isStateWord(word) {
			sc.bare = word
		}
	}
}

// cut splits what stands between two keys into the first one's value and the
// words behind it.
func (sc *scanner) cut(k key, region string) (value, rest string) {
	switch {
	case k == noKey:
		return "", region
	case k == keyText || sc.whole:
		return trimBlanks(region), ""
	case k.isDate():
		if value, rest = sc.d.cutDate(region); isStateWord(value) {
			return "", region
		}
		return value, rest
	case hasReason(k, region):
		return bare(trimBlanks(region)), ""
	}
	return cutValue(region)
}

// addExtra keeps the first value of each word.
func (r *Receipt) addExtra(name, value string) {
	for i := range r.Extra {
		if r.Extra[i].Key == name {
			return
		}
	}
	if len(r.Extra) < maxExtra {
		r.Extra = append(r.Extra, Extra{Key: name, Value: value})
	}
}

// readBCD takes the ten octets of an SMGP message id and returns how much of
// text they are. Each character of text is one octet.
func (r *Receipt) readBCD(text string) int {
	var octets [bcdLength]byte
	n, end := 0, 0
	for ; n < bcdLength && end < len(text); n++ {
		char, size := utf8.DecodeRuneInString(text[end:])
		octets[n] = byte(char)
		end += size
	}
	r.ID = Field{Value: hex.EncodeToString(octets[:n]), Present: true}
	if n < bcdLength {
		r.problem("id", "fewer than ten octets")
	}
	return end
}
