package admin

import (
	"fmt"
	"time"
)

const (
	// endsSoon is how long before its end a certificate needs a look, as in the
	// alarms that are shipped.
	endsSoon = 14 * 24 * time.Hour
	// A share of receipts with unknown codes needs a look above one in unmappedPart,
	// when there are unmappedLeast and the last one is not older than unmappedFresh.
	unmappedPart  = 100
	unmappedLeast = 5
	unmappedFresh = time.Hour
)

// later says what a person should look at although all works for now.
func later(s *Stats, mappings []Mapping, now time.Time) []Attention {
	var out []Attention
	for _, c := range s.Certificates {
		left := c.Ends.Sub(now)
		if left > endsSoon {
			continue
		}
		a := Attention{
			What: fmt.Sprintf("the certificate of %s ends at %s (in %s)", c.Peer, c.Ends.UTC().Format(time.RFC3339), wide(left)),
			Do:   "tell its owner to renew it: connections fail when it has ended",
			Mild: true,
		}
		if left <= 0 {
			a.What = fmt.Sprintf("the certificate of %s ended at %s (%s ago)", c.Peer, c.Ends.UTC().Format(time.RFC3339), wide(-left))
		}
		if c.Own {
			a.Do = "it is our own: replace the files of admin.tls, and restart"
		}
		out = append(out, a)
	}
	for i := range mappings {
		if a, is := mappings[i].needs(now); is {
			out = append(out, a)
		}
	}
	return out
}

// needs tells of codes that no rule knows, if there are many.
func (m *Mapping) needs(now time.Time) (a Attention, is bool) {
	var all uint64
	for _, n := range m.By {
		all += n
	}
	unknown, last := m.Beyond, time.Time{}
	for i := range m.Unmapped {
		unknown += m.Unmapped[i].Count
		if m.Unmapped[i].Last.After(last) {
			last = m.Unmapped[i].Last
		}
	}
	if unknown < unmappedLeast || unknown*unmappedPart <= all || now.Sub(last) > unmappedFresh {
		return Attention{}, false
	}
	code := m.Unmapped[0] // the most frequent
	return Attention{
		What: fmt.Sprintf("operator %s: %d of %d receipts since %s have a code or stat that no rule and no table knows, most often stat %q err %q",
			m.Operator, unknown, all, m.Since.UTC().Format(time.RFC3339), code.Stat, code.Err),
		Do:   "ask the operator for its list of codes, add rules and reload; the console's Mapping page lists the codes, dlrgate receipts --operator " + m.Operator + " marks them",
		Page: "/mapping", Mild: true,
	}, true
}

// wide is a long duration in days or hours.
func wide(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.Round(time.Minute).String()
}
