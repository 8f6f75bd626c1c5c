package admin

import (
	"fmt"
	"strings"
	"time"
)

const (
	// slowToBind is how long a bind may be on its way before it needs a look.
	slowToBind = 15 * time.Second
	// oldWaiting is the age of a waiting receipt from which on an endpoint that
	// takes others needs a look.
	oldWaiting = 5 * time.Minute
)

// attention says what a person should look at, the worst first.
func attention(s *Stats, binds []Bind, endpoints []Endpoint, now time.Time) []Attention {
	out := []Attention{}
	add := func(do, what string, args ...any) { out = append(out, Attention{fmt.Sprintf(what, args...), do}) }
	for _, why := range s.Unready {
		add("", "not ready: %s", why)
	}
	if j := s.Journal; j.Free < j.MinFree+j.MinFree/4 {
		add("make room on the journal's disk; below min_free_disk operators are asked to send again",
			"the journal's disk has %d MiB left, of which min_free_disk keeps %d", j.Free>>20, j.MinFree>>20)
	}
	for i := range binds {
		if what, do := binds[i].needs(now); what != "" {
			add(do, "%s", what)
		}
	}
	for i := range endpoints {
		endpoints[i].needs(now, add)
	}
	return out
}

func (b *Bind) needs(now time.Time) (what, do string) {
	age := now.Sub(b.Since).Round(time.Second)
	switch {
	case b.State == bindBound && b.Silent:
		return fmt.Sprintf("bind %s: bound but silent, last receipt %s", b.Name, sinceWords(b.LastReceipt, now)),
			"ask the operator whether receipts go to another session or site"
	case b.State == bindBound:
		return "", ""
	case b.State == bindHeld:
		return fmt.Sprintf("bind %s: held unbound for %s", b.Name, age), "dlrgate binds bind " + b.Name
	case b.LastError == "" && age < slowToBind:
		return "", "" // just started
	}
	what = fmt.Sprintf("bind %s: %s", b.Name, b.State)
	if !b.Since.IsZero() {
		what += fmt.Sprintf(" for %s", age)
	}
	if b.LastError != "" {
		what += ": " + b.LastError
	}
	return what, b.Advice
}

func (e *Endpoint) needs(now time.Time, add func(do, what string, args ...any)) {
	waiting := ""
	if e.Lag > 0 {
		waiting = fmt.Sprintf(", %d receipts wait", e.Lag)
	}
	switch e.State {
	case EndpointRemoved:
		if n := e.Lag + sum(e.Dead) + sum(e.Parked); n > 0 {
			add("dlrgate endpoints forget "+e.Name+", or configure it again", "endpoint %s: no longer configured, with %d undelivered receipts", e.Name, n)
		}
		return
	case EndpointDisabled:
		add("dlrgate endpoints enable "+e.Name, "endpoint %s: disabled: %s%s", e.Name, e.DisabledWhy, waiting)
	case EndpointPaused:
		add("dlrgate endpoints resume "+e.Name, "endpoint %s: paused%s", e.Name, waiting)
	case EndpointDown:
		add("dlrgate endpoints test "+e.Name, "endpoint %s: down %s: %s%s", e.Name, sinceWords(e.Failing, now), e.LastFailure, waiting)
	default:
		if !e.Oldest.IsZero() && now.Sub(e.Oldest) > oldWaiting {
			add("dlrgate endpoints list", "endpoint %s: behind, the oldest receipt waits since %s%s", e.Name, e.Oldest.UTC().Format(time.RFC3339), waiting)
		}
	}
	if n := sum(e.Parked); n > 0 {
		add("dlrgate receipts, dlrgate receipt ID: it shows what the endpoint answered", "endpoint %s: %d parked, tried again later", e.Name, n)
	}
	if n := sum(e.Dead); n > 0 {
		add("dlrgate dead list --endpoint "+e.Name, "endpoint %s: %d dead letters (%s)", e.Name, n, classes(e.Dead))
	}
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func classes(counts map[string]int) string {
	var words []string
	for _, class := range []string{"refused", "unreachable"} {
		if n := counts[class]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, class))
		}
	}
	return strings.Join(words, ", ")
}

func sinceWords(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return "since " + t.UTC().Format(time.RFC3339) + " (" + now.Sub(t).Round(time.Second).String() + ")"
}
