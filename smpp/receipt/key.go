package receipt

import "strings"

// key is one of the fields of SMPP 3.4 Appendix B, or a word that is none.
type key uint8

const (
	noKey key = iota
	keyID
	keySub
	keyDlvrd
	keySubmitDate
	keyDoneDate
	keyStat
	keyErr
	keyText
	keyUnknown
)

// field returns where the value of k belongs, nil when it belongs to no field.
func (r *Receipt) field(k key) *Field {
	switch k {
	case keyID:
		return &r.ID
	case keySub:
		return &r.Sub
	case keyDlvrd:
		return &r.Dlvrd
	case keySubmitDate:
		return &r.SubmitDate
	case keyDoneDate:
		return &r.DoneDate
	case keyStat:
		return &r.Stat
	case keyErr:
		return &r.Err
	case keyText:
		return &r.Text
	case noKey, keyUnknown:
	}
	return nil
}

func (k key) isDate() bool { return k == keySubmitDate || k == keyDoneDate }

// knownKey reads one word in any case. Operators are seen to write each of these.
func knownKey(word string) key {
	if len(word) > len("submit_date") {
		return noKey
	}
	switch strings.ToLower(word) {
	case "id":
		return keyID
	case "sub":
		return keySub
	case "dlvrd", "delivrd":
		return keyDlvrd
	case "submitdate", "submit_date":
		return keySubmitDate
	case "donedate", "done_date":
		return keyDoneDate
	case "stat":
		return keyStat
	case "err":
		return keyErr
	case "text":
		return keyText
	}
	return noKey
}

// keyBefore looks for a key that ends at the colon s[colon], not before from. It
// returns the key and where it begins; noKey when the word is not a known one.
func keyBefore(s string, from, colon int) (k key, begin int) {
	end := skipBlanksBack(s, from, colon)
	begin = wordBegin(s, from, end)
	word := s[begin:end]
	if k = knownKey(word); k != noKey {
		return k, begin
	}
	if len(word) == len("date") && strings.EqualFold(word, "date") {
		return twoWordKey(s, from, begin)
	}
	if digits := leadingDigits(word); digits > 0 {
		if k = knownKey(word[digits:]); k != noKey {
			return k, begin + digits
		}
	}
	return noKey, begin
}

// twoWordKey reads "submit" or "done" before a "date" that begins at date.
func twoWordKey(s string, from, date int) (k key, begin int) {
	end := skipBlanksBack(s, from, date)
	if end == date && end > from && s[end-1] == '-' {
		end--
	}
	if end == date {
		return noKey, date
	}
	begin = wordBegin(s, from, end)
	word := s[begin:end]
	digits := leadingDigits(word)
	switch word = word[digits:]; {
	case strings.EqualFold(word, "submit"):
		return keySubmitDate, begin + digits
	case strings.EqualFold(word, "done"):
		return keyDoneDate, begin + digits
	}
	return noKey, date
}

// isStateWord reports whether word is taken for stat where `stat:` is missing.
// All of them were seen behind a `stat:`.
func isStateWord(word string) bool {
	if word == "" || !isLetter(word[0]) {
		return false
	}
	switch strings.ToUpper(word) {
	case "DELIVRD", "DELIVERD", "DELIVERED", "UNDELIV", "UNDELIVRD", "UNDELVRD", "UNDELIVERABLE",
		"EXPIRED", "DELETED", "ACCEPTD", "ACCEPTED", "UNKNOWN", "REJECTD", "REJECTED", "FAILED",
		"ENROUTE", "BUFFERED", "BUFFERD", "BUFFRED", "SCHEDLD", "SCHEDULED", "SKIPPED",
		"ACKED", "SUBMITD":
		return true
	}
	return false
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isWord(b byte) bool   { return isLetter(b) || isDigit(b) || b == '_' }

func wordBegin(s string, from, end int) int {
	for end > from && isWord(s[end-1]) {
		end--
	}
	return end
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}
