package receipt

import (
	"strings"
	"time"
	_ "time/tzdata" // Dialects name zones; small machines and containers have no zone files.
)

// readDates gives both date fields as times.
func (r *Receipt) readDates(d *Dialect, in *Input) {
	r.SubmittedAt = d.parseDate(r.SubmitDate.Value, d.SubmitZone, in.ReceivedAt)
	r.DoneAt = d.parseDate(r.DoneDate.Value, d.DoneZone, in.ReceivedAt)
	r.checkDate("submit date", r.SubmitDate.Value, r.SubmittedAt)
	r.checkDate("done date", r.DoneDate.Value, r.DoneAt)
}

// checkDate names a date that could not be read. Empty dates and dates of zeros
// say themselves that there is none.
func (r *Receipt) checkDate(place, date string, read time.Time) {
	if read.IsZero() && strings.Trim(date, "0-/:. ") != "" {
		r.problem(place, quote(date)+" is no date")
	}
}

// parseDate tries the dialect's layouts, then the general forms. It returns the
// zero time for what is none of them. A nil zone is UTC.
func (d *Dialect) parseDate(s string, zone *time.Location, received time.Time) time.Time {
	if strings.Trim(s, "0") == "" {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	if t := parseLayouts(d.DateLayouts, s, zone); !t.IsZero() {
		return t
	}
	if isDigits(s) {
		return parseDigits(s, zone, received)
	}
	if day, rest := cutWord(s); isDigits(day) {
		return parseDigitWords(day, trimBlanks(rest), zone, received)
	}
	if t := parseAbsolute(s); !t.IsZero() {
		return t
	}
	if isLetter(s[0]) {
		return parseLayouts(wordedLayouts, s, zone)
	}
	return parseISO(s, zone)
}

// parseDigits reads dates by their length.
//
// Twelve digits are YYMMDDhhmmss where that is a date, else YYYYMMDDhhmm; from
// 2013 on no date is both. Ten digits are YYMMDDhhmm or seconds since 1970, but
// not seconds that would be YYYYMMDDhh as well.
func parseDigits(s string, zone *time.Location, received time.Time) time.Time {
	switch len(s) {
	case 8:
		return fourDigitYear(s, zone)
	case 10:
		return tenDigits(s, zone, received)
	case 12:
		if t := twoDigitYear(s, zone); !t.IsZero() {
			return t
		}
		return fourDigitYear(s, zone)
	case 13: // milliseconds since 1970, unless they may be twelve digits and a tenth
		if !twoDigitYear(s[:12], time.UTC).IsZero() || !fourDigitYear(s[:12], time.UTC).IsZero() {
			return freshMillis(s, received)
		}
		return epoch(s[:10], s[10:])
	case 14:
		return fourDigitYear(s, zone)
	case 15: // never SMPP absolute that lost its sign: its wall clock is in the zone
		return withMillis(twoDigitYear(s[:12], zone), s[12:])
	case 17:
		return withMillis(fourDigitYear(s[:14], zone), s[14:])
	}
	return time.Time{}
}

func withMillis(t time.Time, millis string) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(time.Duration(atoi(millis)) * time.Millisecond)
}

// parseDigitWords reads [YY]YYMMDD hh[:]mm[[:]ss], and a zone behind the digits.
func parseDigitWords(day, rest string, zone *time.Location, received time.Time) time.Time {
	hour, written := cutWord(rest)
	if looksLikeZone(hour) {
		hour, written = "", rest
	}
	if written = trimBlanks(written); written != "" {
		offset, ok := parseZone(written)
		if !ok {
			return time.Time{}
		}
		zone = offset
	}
	hour = strings.ReplaceAll(hour, ":", "")
	switch {
	case hour == "" && len(day) >= len("YYMMDDhhmm"):
		return parseDigits(day, zone, received)
	case !isDigits(hour):
	case len(hour) != 4 && len(hour) != 6:
	case len(day) == 6:
		return twoDigitYear(day+hour, zone)
	case len(day) == 8:
		return fourDigitYear(day+hour, zone)
	}
	return time.Time{}
}

// fresh is how near to its reception a date is that could be of another time.
const fresh = 7 * 24 * time.Hour

// tenDigits asks the time of reception only where both readings are dates: a
// receipt is days old, not years.
func tenDigits(s string, zone *time.Location, received time.Time) time.Time {
	const stale = 60 * 24 * time.Hour
	calendar := twoDigitYear(s, zone)
	if calendar.IsZero() {
		if !fourDigitYear(s, time.UTC).IsZero() {
			return time.Time{}
		}
		return epoch(s, "")
	}
	if received.IsZero() || received.Sub(calendar).Abs() < stale {
		return calendar
	}
	if seconds := epoch(s, ""); received.Sub(seconds).Abs() < fresh {
		return seconds
	}
	return calendar
}

// freshMillis takes milliseconds that are a date as well for what they are only
// where they fit the time of reception.
func freshMillis(s string, received time.Time) time.Time {
	if t := epoch(s[:10], s[10:]); !received.IsZero() && received.Sub(t).Abs() < fresh {
		return t
	}
	return time.Time{}
}

// epoch reads ten digits of seconds since 1970, from 2001 to 2039, and the digits
// behind them. Later ones are impossible dates of the years 22 to 99.
func epoch(seconds, milli string) time.Time {
	if seconds < "1000000000" || seconds >= "2200000000" {
		return time.Time{}
	}
	return time.Unix(int64(atoi(seconds)), int64(atoi(milli))*int64(time.Millisecond)).UTC()
}

func twoDigitYear(s string, zone *time.Location) time.Time {
	return digitsToTime(2000+atoi(s[:2]), s[2:], zone)
}

func fourDigitYear(s string, zone *time.Location) time.Time {
	return digitsToTime(atoi(s[:4]), s[4:], zone)
}

// digitsToTime reads MMDD[hh[mm[ss]]] behind a year.
func digitsToTime(year int, s string, zone *time.Location) time.Time {
	var part [5]int
	for i := 0; 2*i+2 <= len(s) && i < len(part); i++ {
		part[i] = atoi(s[2*i : 2*i+2])
	}
	month, day, hour, minute, second := part[0], part[1], part[2], part[3], part[4]
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}
	}
	wall := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if day > 28 && wall.Day() != day { // beyond the end of the month
		return time.Time{}
	}
	return inZone(checkYear(wall), zone)
}

// parseAbsolute reads the absolute time format of SMPP 3.4 §7.1.1,
// YYMMDDhhmmsstnnp, and the same without its tenth of a second: local time, and
// nn quarters of an hour ahead of UTC (p is '+') or behind it ('-'). It carries
// its own zone.
func parseAbsolute(s string) time.Time {
	if len(s) != 15 && len(s) != 16 || !isDigits(s[:len(s)-1]) {
		return time.Time{}
	}
	tenth, quarters := 0, atoi(s[len(s)-3:len(s)-1])
	if len(s) == 16 {
		tenth = atoi(s[12:13])
	}
	switch s[len(s)-1] {
	case '+':
		quarters = -quarters
	case '-':
	default:
		return time.Time{}
	}
	wall := twoDigitYear(s[:12], time.UTC)
	if wall.IsZero() || quarters < -48 || quarters > 48 {
		return time.Time{}
	}
	return wall.Add(time.Duration(tenth)*100*time.Millisecond + time.Duration(quarters)*15*time.Minute)
}

// inZone takes the wall clock of a UTC time for the wall clock in zone. An hour
// that comes twice is its second coming, with the offset that holds from then
// on; an hour that the clock leaves out is no time.
func inZone(wall time.Time, zone *time.Location) time.Time {
	if zone == time.UTC || wall.IsZero() {
		return wall
	}
	for _, near := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if _, is := t.In(zone).Zone(); is == offset {
			return t
		}
	}
	return time.Time{}
}

// firstOfCentury is what 000101000000 stands for: nothing known.
var firstOfCentury = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// checkYear refuses years that only a placeholder or a misread date has, such as
// the beginning of Unix time and, with two digits, 2070.
func checkYear(t time.Time) time.Time {
	if t.Year() < 2000 || t.Year() > 2069 || t.Equal(firstOfCentury) {
		return time.Time{}
	}
	return t
}

// atoi reads digits, few enough for an int; none is 0.
func atoi(digits string) int {
	n := 0
	for i := range len(digits) {
		n = 10*n + int(digits[i]-'0')
	}
	return n
}
