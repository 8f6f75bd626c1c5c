package admin

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/mapping"
)

// params reads a request's query and remembers the first thing that is wrong.
type params struct {
	values url.Values
	err    error
}

// readParams refuses names that the route does not know: a filter with a typing
// mistake must not find everything.
func readParams(r *http.Request, known ...string) *params {
	values, err := url.ParseQuery(r.URL.RawQuery)
	p := &params{values: values}
	if err != nil {
		p.err = invalid("the query cannot be read: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case len(known) == 0:
			p.fail("parameter %q is not known here: there are none", name)
		case !slices.Contains(known, name):
			p.fail("parameter %q is not known here: there are %s", name, strings.Join(known, ", "))
		case len(values[name]) > 1:
			p.fail("%s: it is given %d times: which one counts?", name, len(values[name]))
		}
	}
	return p
}

func (p *params) fail(format string, args ...any) {
	if p.err == nil {
		p.err = invalid(format, args...)
	}
}

func (p *params) text(name string) string { return strings.TrimSpace(p.values.Get(name)) }

func (p *params) flag(name string) bool {
	switch v := p.text(name); v {
	case "", "0", "false":
	case "1", "true":
		return true
	default:
		p.fail("%s: %q is neither 1 nor 0", name, v)
	}
	return false
}

// number reads a whole number within bounds; absent is 0.
func (p *params) number(name string, least, most int64) int64 {
	v := p.text(name)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < least || n > most {
		p.fail("%s: %q is not a number from %d to %d", name, v, least, most)
	}
	return n
}

// status reads the name of a documented status.
func (p *params) status(name string) string {
	v := p.text(name)
	if err := checkStatus(v); err != nil {
		p.fail("%s: %v", name, err)
	}
	return v
}

func checkStatus(name string) error {
	if name == "" {
		return nil
	}
	if _, ok := mapping.StatusByName(name); !ok {
		return invalid("%q is no documented status: see /api/v1/statuses", name)
	}
	return nil
}

// time reads RFC 3339, or a duration back from now; absent is zero.
func (p *params) time(name string) time.Time {
	v := p.text(name)
	if v == "" {
		return time.Time{}
	}
	var m moment
	if m.UnmarshalText([]byte(strings.ReplaceAll(v, " ", "+"))) != nil { // an unescaped + comes as a blank
		p.fail("%s: %v", name, momentError(v))
	}
	return m.Time
}

// span reads since and until, which must be in that order.
func (p *params) span() (since, until time.Time) {
	since, until = p.time("since"), p.time("until")
	if p.err == nil && !since.IsZero() && !until.IsZero() && !since.Before(until) {
		p.fail("since: %s is not before until: nothing can be found", since.Format(time.RFC3339))
	}
	return since, until
}
