package receipt

import (
	"strings"
	"time"
)

var (
	// isoLayouts read ISO 8601 with '-' in the day and a blank behind it.
	isoLayouts = []string{
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z07:00",
		"2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05", "2006-01-02 15:04Z07:00", "2006-01-02 15:04",
		"2006-01-02",
	}
	// basicLayouts read ISO 8601 without signs.
	basicLayouts = []string{"20060102150405Z0700", "20060102T150405Z0700", "20060102T150405"}
	// wordedLayouts are how C, Java, JavaScript and mail write a date when nobody
	// tells them how.
	wordedLayouts = []string{
		time.UnixDate, time.ANSIC, "Mon Jan 02 2006 15:04:05 GMT-0700", time.RFC1123, time.RFC1123Z,
	}
)

// parseISO reads ISO 8601 with 'T' or a blank between day and time, and with '/'
// in the day. Go's layouts take fractions of a second by themselves.
func parseISO(s string, zone *time.Location) time.Time {
	if len(s) < len("2006-01-02") || len(s) > len("2006-01-02 15:04:05.000000000 +07:00") {
		return time.Time{}
	}
	day, rest := s[:10], strings.ToUpper(s[10:])
	for _, utc := range []string{" UTC", "UTC", " GMT", "GMT", " Z"} {
		if cut, ok := strings.CutSuffix(rest, utc); ok {
			rest = cut + "Z"
			break
		}
	}
	normal := strings.ReplaceAll(day, "/", "-") + strings.Replace(rest, "T", " ", 1)
	if t := parseLayouts(isoLayouts, normal, zone); !t.IsZero() {
		return t
	}
	return parseLayouts(basicLayouts, s, zone)
}

// parseLayouts is parseLayout by the first layout that reads s.
func parseLayouts(layouts []string, s string, zone *time.Location) time.Time {
	for _, layout := range layouts {
		if t := parseLayout(layout, s, zone); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// parseLayout is time.ParseInLocation with our reading of the repeated hour. A
// zone of one second tells whether the layout read a zone of its own.
func parseLayout(layout, s string, zone *time.Location) time.Time {
	none := time.FixedZone("", 1)
	t, err := time.ParseInLocation(layout, s, none)
	if err != nil {
		return time.Time{}
	}
	if t.Location() == none {
		return inZone(checkYear(t.Add(time.Second).UTC()), zone)
	}
	if name, offset := t.Zone(); offset == 0 && name != "" && name != "UTC" && name != "GMT" {
		// An abbreviation such as CET: only the zone itself tells its offset.
		if t, err = time.ParseInLocation(layout, s, zone); err != nil || t.Location() != zone {
			return time.Time{}
		}
	}
	return checkYear(t.UTC())
}

// parseZone reads Z, UTC, GMT, +0100 and +01:00.
func parseZone(s string) (zone *time.Location, ok bool) {
	switch strings.ToUpper(s) {
	case "Z", "UTC", "GMT":
		return time.UTC, true
	}
	t, err := time.Parse("-0700", strings.Replace(s, ":", "", 1))
	if err != nil {
		return nil, false
	}
	_, offset := t.Zone()
	return time.FixedZone("", offset), true
}
