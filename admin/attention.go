package admin

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// slowToBind is how long a bind may be on its way before it needs a look.
	slowToBind = 15 * time.Second
	// manyLost is from how many lost sessions on, one soon after another, a bind
	// needs a look although it is bound again each time.
	manyLost = 3
	// oldWaiting is the age of a waiting receipt from which on an endpoint that
	// takes others needs a look.
	oldWaiting = 5 * time.Minute
)

// tooSlow is what is wrong with an endpoint that takes what comes, but late.
const tooSlow = "its answers are slow, or concurrency, batch or rate_limit too low"

// askAboutSilence is what to do when a bind is bound and brings nothing.
const askAboutSilence = "see that messages are sent with receipts requested; then ask the operator whether receipts go to another session or site"

// Attention is something that a person should look at, and what to do.
type Attention struct {
	What string `json:"what"`
	Do   string `json:"do,omitempty"`
	// Instead stands on the console in place of Do, where that names a command:
	// Offers are what the console can do about it, Page is where it shows more, and
	// Subject is what they are about.
	Instead string  `json:"-"`
	Offers  []Offer `json:"-"`
	Page    string  `json:"-"`
	Subject string  `json:"-"`
	// Mild: nothing is stuck, or somebody wanted it so.
	Mild bool `json:"-"`
}

// Here is what the console says to do.
func (a *Attention) Here() string { return cmp.Or(a.Instead, a.Do) }

// Offer is a deed of the console on something named.
type Offer struct{ Act, Name, Label string }

// attention says what a person should look at, the worst first.
func attention(s *Stats, binds []Bind, endpoints []Endpoint, now time.Time) []Attention {
	out, refused := s.needs(binds)
	if r := s.Reload; r != nil && !r.Successful {
		out = append(out, Attention{
			What:    fmt.Sprintf("the last reload failed, at %s (%s ago): %s", at(r.At), now.Sub(r.At).Round(time.Second), r.Fault),
			Do:      "the old configuration is in force; mend what is named, dlrgate check, then dlrgate reload; or restart where that is named",
			Instead: "the old configuration is in force; mend what is named, then reload; or restart where that is named",
		})
	}
	for i := range binds {
		theirs := slices.Contains(s.Standby, binds[i].Operator)
		if !theirs && (!refused || binds[i].State != bindRefusing) {
			out = append(out, binds[i].needs(now)...)
		}
	}
	for i := range endpoints {
		out = append(out, endpoints[i].needs(now)...)
	}
	return out
}

// needs tells of the gateway as a whole. Refused is set when receipts are: what
// follows of it for the binds is told with it.
func (s *Stats) needs(binds []Bind) (out []Attention, refused bool) {
	out = []Attention{}
	for _, why := range s.Unready {
		why, is := strings.CutPrefix(why, RefusingReceipts)
		if !is {
			out = append(out, Attention{What: "not ready: " + why, Do: "nothing to do if it passes; else see the log"})
			continue
		}
		refused = true
		out = append(out, s.refusing(why, binds))
	}
	if j := s.Journal; j.Fault != "" {
		if !refused {
			out = append(out, Attention{What: "the journal cannot be read: " + j.Fault, Do: j.mend()})
		}
	} else if j.Free < j.MinFree+j.MinFree/4 && !j.Full {
		out = append(out, Attention{
			What: fmt.Sprintf("the journal's disk has %d MiB left, of which min_free_disk keeps %d", j.Free>>20, j.MinFree>>20),
			Do:   "make room on the journal's disk; below min_free_disk operators are asked to send again",
		})
	}
	return out, refused
}

// refusing says why receipts are refused, and what that means for the binds.
func (s *Stats) refusing(why string, binds []Bind) Attention {
	a := Attention{
		What: "not ready: " + RefusingReceipts + why,
		Do:   s.Journal.mend(),
	}
	if s.Journal.Full && s.Journal.Driver == "postgres" {
		a.Do = "make room: the PostgreSQL server's disk, endpoints that are behind, dead letters; or a larger max_size or a shorter retention, and a restart"
	} else if s.Journal.Full {
		a.Do = "make room: the disk, endpoints that are behind, dead letters; or a smaller min_free_disk, a larger max_size or a shorter retention, and a restart"
	}
	n := 0
	for i := range binds {
		if binds[i].State == bindRefusing {
			n++
		}
	}
	if n > 0 {
		a.What += fmt.Sprintf("; %s unbound until then", counted(n, "bind"))
	}
	return a
}

// mend says what to do about a journal that cannot be used.
func (j *Journal) mend() string {
	what := "mend the journal's disk"
	if j.Driver == "postgres" {
		what = "see that the PostgreSQL server of journal.dsn runs, is reached from here and takes writes"
	}
	return what + "; nothing to do here then: operators send again what was refused"
}

func (b *Bind) needs(now time.Time) []Attention {
	a := Attention{Page: "/binds#" + b.Name, Subject: b.Name, Offers: []Offer{{"bind", b.Name, "Try now"}}}
	down := now.Sub(b.UnboundSince).Round(time.Second)
	switch {
	case b.unsteady():
		a.What = fmt.Sprintf("bind %s: %s now, but lost %d sessions since %s (%s); last error at %s: %s", b.Name, b.State, b.LostSessions,
			at(b.LostSince), now.Sub(b.LostSince).Round(time.Second), at(b.LastErrorAt), b.LastError)
		a.Do = "ask the operator why it ends them: more binds than it allows, another program with this system_id, a limit of its own"
	case b.State == bindBound && b.Silent && b.LastReceipt.IsZero():
		a.What = fmt.Sprintf("bind %s: bound but silent, no receipt since it was bound at %s", b.Name, at(b.Since))
		a.Do, a.Offers = askAboutSilence, nil
	case b.State == bindBound && b.Silent:
		a.What = fmt.Sprintf("bind %s: bound but silent, last receipt at %s (%s ago)", b.Name,
			at(b.LastReceipt), now.Sub(b.LastReceipt).Round(time.Second))
		a.Do, a.Offers = askAboutSilence, nil
	case b.State == bindBound:
		return nil
	case b.State == bindHeld:
		a.What = fmt.Sprintf("bind %s: held unbound for %s", b.Name, now.Sub(b.Since).Round(time.Second))
		a.Do, a.Instead, a.Mild = "dlrgate binds bind "+b.Name, "somebody wanted it so: bind it when that is over", true
		a.Offers[0].Label = "Bind"
	case b.LastError == "" && down < slowToBind:
		return nil // just started
	case b.UnboundSince.IsZero():
		a.What = fmt.Sprintf("bind %s: %s", b.Name, b.State)
	default:
		a.What, a.Do = fmt.Sprintf("bind %s: not bound for %s, %s, %s", b.Name, down, counted(b.Attempts, "attempt"), b.nextWords()), b.Advice
		if b.LastError != "" {
			a.What += ": " + b.LastError
		}
	}
	return []Attention{a}
}

// unsteady: sessions keep ending, whether there is one now or another attempt has
// to come first.
func (b *Bind) unsteady() bool {
	between := b.State != bindHeld && b.State != bindRefusing && b.Attempts <= 1
	return b.LostSessions >= manyLost && (b.State == bindBound || between)
}

// nextWords says when a bind that is not bound is tried again.
func (b *Bind) nextWords() string {
	if b.NextAttempt.IsZero() {
		return b.State
	}
	return "next try at " + at(b.NextAttempt)
}

func (e *Endpoint) needs(now time.Time) (all []Attention) {
	add := func(a Attention, what string, args ...any) {
		a.What, a.Page, a.Subject = "endpoint "+e.Name+": "+fmt.Sprintf(what, args...), "/endpoints/"+url.PathEscape(e.Name), e.Name
		all = append(all, a)
	}
	offer := func(act, label string) []Offer { return []Offer{{act, e.Name, label}} }
	waiting := ""
	if e.Lag > 0 {
		waiting = ", " + waitWords(e.Lag)
	}
	switch e.State {
	case Standby: // whoever delivers tells of it
		return nil
	case EndpointRemoved:
		if n := e.Lag + sum(e.Dead) + sum(e.Parked); n > 0 {
			add(Attention{Do: "dlrgate endpoints forget " + e.Name + ", or configure it again", Instead: "forget it, or configure it again", Offers: offer("forget", "Forget…"), Mild: true},
				"no longer configured, with %s", counted(n, "undelivered receipt"))
		}
		return all
	case EndpointDisabled:
		add(Attention{Do: "dlrgate endpoints enable " + e.Name, Instead: "enable it when it is there again", Offers: offer("enable", "Enable")}, "disabled: %s%s", e.DisabledWhy, waiting)
	case EndpointPaused:
		add(Attention{Do: "dlrgate endpoints resume " + e.Name, Instead: "somebody wanted it so: resume it when that is over", Offers: offer("resume", "Resume"), Mild: true}, "paused%s", waiting)
	case EndpointDown:
		do := "dlrgate endpoints test " + e.Name
		if e.Advice != "" {
			do = e.Advice + "; " + do
		}
		add(Attention{Do: do, Instead: cmp.Or(e.Advice, "send it a test event"), Offers: append(offer("test", "Send test event"), offer("enable", "Try now")...)},
			"down %s: %s%s", sinceWords(e.Failing, now), e.LastFailure, waiting)
	default:
		if !e.Oldest.IsZero() && now.Sub(e.Oldest) > oldWaiting {
			add(Attention{Do: tooSlow + "; dlrgate endpoints test " + e.Name, Instead: tooSlow, Offers: offer("test", "Send test event")}, "behind, the oldest receipt waits since %s%s", at(e.Oldest), waiting)
		}
	}
	if n := sum(e.Parked); n > 0 {
		add(Attention{Do: "dlrgate parked list --endpoint " + e.Name + " shows what each was answered and when it is tried again", Instead: "its page shows what each was answered and when it is tried again", Mild: true}, "%d parked, tried again later", n)
	}
	if n := sum(e.Dead); n > 0 {
		add(Attention{Do: "dlrgate dead list --endpoint " + e.Name, Instead: "its page shows why; send them again when that is mended", Offers: offer("dead-retry", "Retry…")},
			"%s (%s)", counted(n, "dead letter"), classes(e.Dead))
	}
	return all
}

// at is a moment as people read it.
func at(t time.Time) string { return clock(t) + " UTC" }

// counted is so many of them, with an s but for one.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func waitWords(n int) string {
	if n == 1 {
		return "1 receipt waits"
	}
	return fmt.Sprintf("%d receipts wait", n)
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
	return "since " + at(t) + " (" + now.Sub(t).Round(time.Second).String() + ")"
}
