package config

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zones of a machine that has none

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// Size is a number of octets, written as such or in KiB, MiB or GiB.
type Size int64

var sizeUnits = []struct {
	name string
	size Size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func parseSize(text string) (Size, error) {
	number, factor := text, Size(1)
	for _, u := range sizeUnits {
		if n, ok := strings.CutSuffix(text, u.name); ok {
			number, factor = strings.TrimSpace(n), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/int64(factor) {
		return 0, fmt.Errorf(`%q is no size: write octets, or a whole number with KiB, MiB or GiB, as in "512MiB"`, text)
	}
	return Size(n) * factor, nil
}

// String writes the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && s%u.size == 0 {
			return strconv.FormatInt(int64(s/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalYAML writes the size as it is configured.
func (s Size) MarshalYAML() (any, error) {
	if text := s.String(); strings.HasSuffix(text, "iB") {
		return text, nil
	}
	return int64(s), nil
}

// Tag is a TLV's tag, written 0x1403 or "0x1403".
type Tag uint16

// String writes the tag as users see it everywhere.
func (t Tag) String() string { return fmt.Sprintf("0x%04x", uint16(t)) }

// MarshalYAML writes the tag as it is configured.
func (t Tag) MarshalYAML() (any, error) { return t.String(), nil }

func parseTag(text string) (Tag, error) {
	n, err := strconv.ParseUint(text, 0, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no tag: write it as 0x1403", text)
	}
	return Tag(n), nil
}

// CommandStatus is the command_status of an answer, written 0x14 or "0x14".
type CommandStatus uint32

// String writes the status in hex, as SMPP documents do.
func (s CommandStatus) String() string { return fmt.Sprintf("0x%02x", uint32(s)) }

// MarshalYAML writes the status as it is configured.
func (s CommandStatus) MarshalYAML() (any, error) { return s.String(), nil }

func parseCommandStatus(text string) (CommandStatus, error) {
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no command_status: write it as 0x14", text)
	}
	return CommandStatus(n), nil
}

// parseDuration wants a unit: without one nobody can tell seconds from
// milliseconds.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	_, bare := strconv.ParseFloat(text, 64)
	switch {
	case bare == nil:
		return 0, fmt.Errorf(`a duration needs a unit, as in "30s" (got %s)`, text)
	case err != nil && strings.HasSuffix(text, "d"):
		return 0, fmt.Errorf(`%q is no duration: there are no days, write hours, as in "72h"`, text)
	case err != nil:
		return 0, fmt.Errorf(`%q is no duration: write a number and a unit (ms, s, m, h), as in "30s" or "1h30m"`, text)
	}
	return d, nil
}

// Zone is the time zone of a date.
type Zone struct{ *time.Location }

// MarshalText writes the zone as it is configured.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// Zones are the time zones of a receipt's dates: written as one name for both,
// or as {submit, done}.
type Zones struct {
	Submit Zone `yaml:"submit"`
	Done   Zone `yaml:"done"`
}

// MarshalYAML writes the zones as they are configured.
func (z Zones) MarshalYAML() (any, error) {
	if z.Submit.String() == z.Done.String() {
		return z.Submit.String(), nil
	}
	type pair Zones // without this method
	return pair(z), nil
}

func parseZone(name string) (Zone, error) {
	const form = "a zone is a name such as UTC or Europe/Paris"
	if name == "" || name == "Local" { // Local would depend on the machine
		return Zone{}, errors.New(form)
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, fmt.Errorf("%q is not known: %s", name, form)
	}
	return Zone{location}, nil
}

func parseZones(name string) (Zones, error) {
	zone, err := parseZone(name)
	return Zones{Submit: zone, Done: zone}, err
}

// File is the path of a file or folder; a relative one is relative to the
// configuration's folder, and absolute after Load.
type File string

// Pattern is a regular expression in RE2 syntax with named groups; the zero
// value is none.
type Pattern struct{ *regexp.Regexp }

// String returns the pattern as it is configured.
func (p Pattern) String() string { return expression(p.Regexp) }

// MarshalText writes the pattern as it is configured.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// IDPattern is a regular expression whose group 1 is the id; the zero value is
// none.
type IDPattern struct{ *regexp.Regexp }

// String returns the pattern as it is configured.
func (p IDPattern) String() string { return expression(p.Regexp) }

// MarshalText writes the pattern as it is configured.
func (p IDPattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

func expression(re *regexp.Regexp) string {
	if re == nil {
		return ""
	}
	return re.String()
}

// longestPattern bounds what a pattern may cost to compile, in octets.
const longestPattern = 1000

// compile compiles text, unless it is empty.
func compile(text string, with func(string) (*regexp.Regexp, error)) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	if len(text) > longestPattern {
		return nil, fmt.Errorf("has %d octets, and %d are the most", len(text), longestPattern)
	}
	re, err := with(text)
	if syntax := (*syntax.Error)(nil); errors.As(err, &syntax) {
		return nil, fmt.Errorf("is no RE2 expression: %s in %q", syntax.Code, syntax.Expr)
	}
	return re, err
}

func parsePattern(text string) (Pattern, error) {
	re, err := compile(text, receipt.CompilePattern)
	return Pattern{re}, err
}

func parseIDPattern(text string) (IDPattern, error) {
	re, err := compile(text, receipt.CompileIDPattern)
	return IDPattern{re}, err
}
