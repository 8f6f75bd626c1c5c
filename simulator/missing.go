package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// MissingMessages tells which messages of a [Source] never came to an endpoint,
// by the numbers in their recipients: those from 1 to expect, or to the highest
// that came when expect is 0. An empty prefix is a Source's own. It is for a
// sink that has no ledger.
func MissingMessages(arrivals []Arrival, prefix string, expect uint64) []Span {
	if prefix == "" {
		prefix = defaultPrefix
	}
	seen := map[uint64]bool{}
	highest := expect
	for i := range arrivals {
		digits, ok := strings.CutPrefix(arrivals[i].Recipient, prefix)
		if !ok || len(digits) != messageDigits {
			continue
		}
		if n, err := strconv.ParseUint(digits, 10, 64); err == nil {
			seen[n] = true
			if expect == 0 {
				highest = max(highest, n)
			}
		}
	}
	var out []Span
	next := uint64(1) // the lowest that may be missing
	for _, n := range append(slices.Sorted(maps.Keys(seen)), highest+1) {
		n = min(n, highest+1)
		if n > next {
			out = append(out, Span{next, n - 1})
		}
		next = max(next, n+1)
	}
	return out
}

// Span is a range of message numbers, both ends included.
type Span struct{ From, To uint64 }

// String is "7" or "7-9".
func (s Span) String() string {
	if s.From == s.To {
		return strconv.FormatUint(s.From, 10)
	}
	return fmt.Sprintf("%d-%d", s.From, s.To)
}
