package mapping

import "fmt"

// Problem is something wrong, or with Lint something doubtful, in Options. It
// is an error, so that a caller may return the first one.
//
//nolint:errname // most of them are shown as lint warnings, and none is compared
type Problem struct {
	// Rule is the index in Options.Rules, or -1 when Key is one of the
	// operator's own keys.
	Rule int
	// Key is the key inside the rule (err, status, tlv.value, cases[0]), or the
	// operator's (profile, receipts.stat_prefixes[0]).
	Key string
	// Message says what is wrong and what would be right, without the place.
	Message string
}

func (p Problem) Error() string {
	if p.Rule < 0 {
		return p.Key + ": " + p.Message
	}
	return fmt.Sprintf("rules[%d].%s: %s", p.Rule, p.Key, p.Message)
}

// unknown words a name that does not exist, with the nearest that does.
func unknown(what, name string, names []string) string {
	best, least := "", -1
	for _, n := range names {
		if d := distance(name, n); least < 0 || d < least {
			best, least = n, d
		}
	}
	return fmt.Sprintf("unknown %s %q, did you mean %q?", what, name, best)
}

// distance is the number of octets to insert, delete or replace to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func statusNames() []string {
	names := make([]string, 0, len(documented))
	for i := range documented {
		names = append(names, documented[i].Name)
	}
	return names
}
