package admin

import (
	"fmt"
	"net/url"
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
			What: fmt.Sprintf("the certificate of %s ends at %s (in %s)", c.Peer, at(c.Ends), wide(left)),
			Do:   "tell its owner to renew it: connections fail when it has ended",
			Mild: true,
		}
		if left <= 0 {
			a.What = fmt.Sprintf("the certificate of %s ended at %s (%s ago)", c.Peer, at(c.Ends), wide(-left))
		}
		if c.Own {
			a.Do = "it is our own: replace the files of admin.tls, and restart"
		}
		out = append(out, a)
	}
	for i := range mappings {
		out = append(out, mappings[i].needs(now)...)
	}
	return out
}

// needs tells of receipts that could not be read, and of codes that no rule
// knows, if there are many.
func (m *Mapping) needs(now time.Time) (out []Attention) {
	var all uint64
	for _, n := range m.By {
		all += n
	}
	var unread, unknown tallied
	unknown.count = m.Beyond
	for i := range m.Unmapped {
		if u := &m.Unmapped[i]; u.saysNothing() {
			unread.add(u)
		} else {
			unknown.add(u)
		}
	}
	if unread.many(all, now) {
		out = append(out, Attention{
			What:    fmt.Sprintf("operator %s: in %d of %d receipts since %s neither stat nor err was found", m.Operator, unread.count, all, at(m.Since)),
			Do:      "look at one: dlrgate receipts --operator " + m.Operator + " marks them unmapped; if it tells its state in words of its own, receipts.pattern teaches dlrgate to read them",
			Instead: "look at one under Messages; if it tells its state in words of its own, receipts.pattern teaches dlrgate to read them",
			Page:    "/messages?operator=" + url.QueryEscape(m.Operator), Subject: m.Operator, Mild: true,
		})
	}
	if unknown.many(all, now) {
		what := fmt.Sprintf("operator %s: %d of %d receipts since %s have a code or stat that no rule and no table knows", m.Operator, unknown.count, all, at(m.Since))
		if code := unknown.most; code != nil {
			what += fmt.Sprintf(", most often stat %q err %q", code.Stat, code.Err)
		}
		out = append(out, Attention{
			What:    what,
			Do:      "ask the operator for its list of codes, add rules and reload; dlrgate unmapped --operator " + m.Operator + " lists the codes",
			Instead: "ask the operator for its list of codes, add rules and reload",
			Page:    "/mapping#" + url.PathEscape(m.Operator), Subject: m.Operator, Mild: true,
		})
	}
	return out
}

// tallied adds up unmapped codes.
type tallied struct {
	count uint64
	last  time.Time
	most  *UnmappedCode
}

func (t *tallied) add(u *UnmappedCode) {
	t.count += u.Count
	if u.Last.After(t.last) {
		t.last = u.Last
	}
	if t.most == nil || u.Count > t.most.Count {
		t.most = u
	}
}

// many: they are a share of all that needs a look, and not of long ago.
func (t *tallied) many(all uint64, now time.Time) bool {
	return t.count >= unmappedLeast && t.count*unmappedPart > all && now.Sub(t.last) <= unmappedFresh
}

// saysNothing: no code and no state were found, so that no list of codes helps.
func (u *UnmappedCode) saysNothing() bool {
	return u.Stat == "" && u.Err == "" && u.NetworkErrorType < 0
}

// wide is a long duration in days or hours.
func wide(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.Round(time.Minute).String()
}
