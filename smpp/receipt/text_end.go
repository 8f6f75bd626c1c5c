package receipt

// textEndsAt reports whether `text:` ends before the field at begin. It runs to
// the end of the body, because the original message may imitate any field, unless
// the state is still missing and nothing but fields follows, stat among them. A
// field of the message's own words has more words around it; err, which only adds
// to a stat, never ends a text.
func (sc *scanner) textEndsAt(begin int) bool {
	if sc.r.Stat.Present || begin < sc.textTo || begin != sc.textAt && !blankBefore(sc.s, begin) {
		return false
	}
	seen := 0
	for at := begin; at < len(sc.s); {
		k, value := sc.keyAt(at)
		if k == noKey || k != keyUnknown && seen&(1<<k) != 0 {
			sc.textTo = at // nor does any field before it
			return false
		}
		if seen |= 1 << k; k == keyText {
			break
		}
		end := sc.nextKey(value)
		if _, rest := sc.cut(k, sc.s[value:end]); skipBlanks(rest, 0) < len(rest) {
			sc.textTo = end
			return false
		}
		at = end
	}
	return seen&(1<<keyStat) != 0
}

// keyAt reads the key that begins at or behind the blanks at i, and returns where
// its value begins.
func (sc *scanner) keyAt(i int) (k key, value int) {
	i = skipBlanks(sc.s, i)
	for colon := i; colon < len(sc.s); colon++ {
		if sc.s[colon] != ':' {
			continue
		}
		k, begin := keyBefore(sc.s, i, colon)
		switch {
		case begin != i:
			return noKey, colon
		case k == noKey && colon > i && isLetter(sc.s[i]):
			return keyUnknown, colon + 1
		}
		return k, colon + 1
	}
	return noKey, len(sc.s)
}

// nextKey returns where the next word with a colon begins that has a blank
// before it, the end of the body when there is none.
func (sc *scanner) nextKey(from int) int {
	for colon := from; colon < len(sc.s); colon++ {
		if sc.s[colon] != ':' {
			continue
		}
		k, begin := keyBefore(sc.s, from, colon)
		if begin > from && blankBefore(sc.s, begin) && (k != noKey || isLetter(sc.s[begin])) {
			return begin
		}
	}
	return len(sc.s)
}
