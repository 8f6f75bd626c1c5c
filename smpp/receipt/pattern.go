package receipt

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// groupNames are the names of a pattern's groups that are fields.
const groupNames = "id, stat, err, sub, dlvrd, submit_date, done_date, text"

// CompilePattern compiles Dialect.Pattern. At least one of its groups must be
// named as a field: id, stat, err, sub, dlvrd, submit_date, done_date, text. A
// group of another name becomes Extra, so a name that is nearly a field's is
// refused.
func CompilePattern(expr string) (*regexp.Regexp, error) {
	pattern, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("compile pattern: %w", err)
	}
	fields := 0
	for _, name := range pattern.SubexpNames() {
		if groupKey(name) != noKey {
			fields++
		} else if meant := nearGroup(name); meant != "" {
			return nil, fmt.Errorf("group %q of the pattern: did you mean %q", name, meant)
		}
	}
	if fields == 0 {
		return nil, fmt.Errorf("the pattern names no field: it needs a group (?P<name>…) named one of %s", groupNames)
	}
	return pattern, nil
}

// CompileIDPattern compiles Dialect.IDPattern, whose group 1 is the id.
func CompileIDPattern(expr string) (*regexp.Regexp, error) {
	pattern, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("compile id pattern: %w", err)
	}
	if pattern.NumSubexp() == 0 {
		return nil, errors.New("the id pattern has no group: put the id's part in (…)")
	}
	return pattern, nil
}

func groupKey(name string) key {
	switch name {
	case "id", "stat", "err", "sub", "dlvrd", "submit_date", "done_date", "text":
		return knownKey(name)
	}
	return noKey
}

// nearGroup returns the field that a wrong group name means, if any.
func nearGroup(name string) string {
	switch strings.ReplaceAll(strings.ToLower(name), "_", "") {
	case "id", "messageid", "msgid":
		return "id"
	case "stat", "status", "state":
		return "stat"
	case "err", "error", "errorcode", "errcode":
		return "err"
	case "sub":
		return "sub"
	case "dlvrd", "delivrd", "delivered":
		return "dlvrd"
	case "submitdate", "submit", "submitted":
		return "submit_date"
	case "donedate", "done":
		return "done_date"
	case "text":
		return "text"
	}
	return ""
}

// readPattern reads the fields that the dialect's pattern names, and reports
// whether it matched the whole body: then nothing is left for the general rules.
// A group that takes part is present, even when it is empty.
func (r *Receipt) readPattern(d *Dialect) bool {
	if d.Pattern == nil {
		return false
	}
	at := d.Pattern.FindStringSubmatchIndex(r.Raw)
	if at == nil {
		return false
	}
	for i, name := range d.Pattern.SubexpNames() {
		if name == "" || at[2*i] < 0 {
			continue
		}
		value := r.Raw[at[2*i]:at[2*i+1]]
		switch k := groupKey(name); {
		case k == keyID && d.IDBCD:
			r.readBCD(value)
		case k != noKey:
			*r.field(k) = Field{Value: trimBlanks(value), Present: true}
		default:
			r.addExtra(name, trimBlanks(value))
		}
	}
	return at[0] == 0 && at[1] == len(r.Raw)
}

// cutID returns what the dialect's id pattern cuts out of an id, the id itself
// where it does not match.
func (d *Dialect) cutID(id string) string {
	if d.IDPattern == nil {
		return id
	}
	if groups := d.IDPattern.FindStringSubmatch(id); groups != nil && groups[1] != "" {
		return groups[1]
	}
	return id
}
