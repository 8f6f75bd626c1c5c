package receipt

import (
	"strings"
	"time"
	"unicode/utf8"
)

const nbsp = "\u00a0"

// blankAt returns the length of the blank at s[i], 0 when there is none. NULs
// and no-break spaces separate fields too.
func blankAt(s string, i int) int {
	switch c := s[i]; {
	case c > ' ' && c != nbsp[0]: // nearly always
		return 0
	case c == ' ', c == '\t', c == '\r', c == '\n', c == 0:
		return 1
	case strings.HasPrefix(s[i:], nbsp):
		return len(nbsp)
	}
	return 0
}

// skipBlanks returns where the first octet at or behind i is that is no blank.
func skipBlanks(s string, i int) int {
	for i < len(s) {
		n := blankAt(s, i)
		if n == 0 {
			break
		}
		i += n
	}
	return i
}

// skipBlanksBack returns where the blanks begin that end at end, not before from.
func skipBlanksBack(s string, from, end int) int {
	for end > from {
		if blankAt(s, end-1) == 1 {
			end--
		} else if end-from >= len(nbsp) && blankAt(s, end-len(nbsp)) == len(nbsp) {
			end -= len(nbsp)
		} else {
			break
		}
	}
	return end
}

// blankBefore reports whether s[i] is the first octet or has a blank before it.
func blankBefore(s string, i int) bool {
	return skipBlanksBack(s, 0, i) < i || i == 0
}

// trimBlanks removes the blanks at both ends.
func trimBlanks(s string) string {
	begin := skipBlanks(s, 0)
	return s[begin:skipBlanksBack(s, begin, len(s))]
}

// cutWord splits s at the first blank behind its first word.
func cutWord(s string) (word, rest string) {
	begin := skipBlanks(s, 0)
	end := begin
	for end < len(s) && blankAt(s, end) == 0 {
		end++
	}
	return s[begin:end], s[end:]
}

// cutValue is cutWord without what operators put around values: separators and
// control characters behind them, and quotes.
func cutValue(s string) (value, rest string) {
	word, rest := cutWord(s)
	return bare(word), rest
}

func bare(word string) string {
	for word != "" {
		switch last := word[len(word)-1]; {
		case last < ' ', last == ',', last == ';', last == '|', last == '#', last == '^', last == '&':
			word = word[:len(word)-1]
		case last == '"', last == '\'':
			if len(word) < 2 || word[0] != last {
				return word
			}
			word = word[1 : len(word)-1]
		default:
			return word
		}
	}
	return word
}

// hasReason reports whether the value in region is a state or a code with words
// of its own behind a sign: "FAILED:no route", "100 (absent subscriber)". They
// belong to it. A blank alone is no sign, and neither is one that separates
// fields, with a blank behind it.
func hasReason(k key, region string) bool {
	region = region[skipBlanks(region, 0):]
	end := 0
	for end < len(region) && isWord(region[end]) && (k == keyStat || region[end] != '_') {
		end++
	}
	switch word := region[:end]; {
	case k == keyStat && isStateWord(word):
	case k == keyErr && strings.ContainsAny(word, "0123456789"):
	default:
		return false
	}
	sign := skipBlanks(region, end)
	behind := sign
	for behind < len(region) && region[behind] > ' ' && region[behind] < utf8.RuneSelf && !isWord(region[behind]) {
		behind++
	}
	first := skipBlanks(region, behind)
	if behind == sign || first == len(region) || isDigit(region[first]) && k == keyErr {
		return false
	}
	return first == behind || !strings.ContainsRune(",;#^&", rune(region[sign]))
}

// cutDate is cutValue for dates, which may be several words: as many as a layout
// of the dialect reads, or a day, a time, and then a zone.
func (d *Dialect) cutDate(s string) (date, rest string) {
	if date, rest, ok := cutLayout(d.DateLayouts, s); ok {
		return date, rest
	}
	day, rest := cutValue(s)
	if day != "" && isLetter(day[0]) {
		if date, rest, ok := cutLayout(wordedLayouts, s); ok {
			return date, rest
		}
	}
	last, behind := day, rest
	if hour, end := cutValue(rest); looksLikeDay(day) && looksLikeTime(hour, isDigits(day)) {
		last, behind = hour, end
	} else if !holdsTime(day) {
		return day, rest
	}
	if zone, end := cutValue(behind); looksLikeZone(zone) {
		last, behind = zone, end
	}
	if last == day {
		return day, rest
	}
	begin := skipBlanks(s, 0)
	end := strings.LastIndex(s[:len(s)-len(behind)], last) + len(last)
	return strings.TrimLeft(s[begin:end], `"'`), behind
}

// holdsTime: 2103041011 and longer, 2021-03-04T10:11.
func holdsTime(word string) bool {
	return isDigits(word) && len(word) >= len("YYMMDDhhmm") || strings.Contains(word, ":")
}

// cutLayout splits s behind as many words as the first layout has that reads them.
func cutLayout(layouts []string, s string) (date, rest string, ok bool) {
	for _, layout := range layouts {
		end := 0
		for range strings.Fields(layout) {
			_, behind := cutWord(s[end:])
			end = len(s) - len(behind)
		}
		date := trimBlanks(s[:end])
		if _, err := time.Parse(layout, date); err == nil {
			return date, s[end:], true
		}
	}
	return "", "", false
}

// looksLikeDay: 20210304 or 210304, 2021-03-04, 4.3.2021, 04-Mar-21.
func looksLikeDay(word string) bool {
	if isDigits(word) {
		return len(word) == 8 || len(word) == 6
	}
	separators := 0
	for i := range len(word) {
		switch b := word[i]; {
		case b == '-' || b == '/' || b == '.':
			separators++
		case !isDigit(b) && !isLetter(b):
			return false
		}
	}
	return separators == 2 && len(word) >= 6 && len(word) <= 11
}

// looksLikeTime: 10:11, 10:11:12.5+01:00, and 1011 or 101112 behind digits.
func looksLikeTime(word string, digits bool) bool {
	if digits && isDigits(word) {
		return len(word) == 4 || len(word) == 6
	}
	hour := leadingDigits(word)
	return hour >= 1 && hour <= 2 && len(word) >= hour+3 && word[hour] == ':' && isDigits(word[hour+1:hour+3])
}

// looksLikeZone: Z, UTC, AM, +0100, +01:00.
func looksLikeZone(word string) bool {
	switch strings.ToUpper(word) {
	case "Z", "UTC", "GMT", "AM", "PM":
		return true
	}
	return len(word) >= 5 && len(word) <= 6 && (word[0] == '+' || word[0] == '-') &&
		isDigits(strings.Replace(word[1:], ":", "", 1))
}

func isDigits(s string) bool { return s != "" && leadingDigits(s) == len(s) }
