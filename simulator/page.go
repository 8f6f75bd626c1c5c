package simulator

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
)

//go:embed data/page.html
var pageHTML string

// pages parses the templates once; they are part of the program.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("pages").Parse(pageHTML)) })

// lastShown is how many receipts or events a page lists.
const lastShown = 50

// handForm is what a person types to send one receipt. A Text stands in place of
// what the dialect would write, a Recipient in place of a number of its own.
type handForm struct{ Dialect, Stat, Err, Account, Site, Recipient, Text string }

// smscPage shows sessions and sends receipts by hand.
type smscPage struct {
	sites []pageSite
	mu    sync.Mutex
	sent  uint64 // messages sent by hand
}

// pageSite is one address of the operator on its page.
type pageSite struct {
	Name string
	*SMSC
}

// Page shows the sessions and the last receipts, and sends any receipt by hand.
// It has no password: serve it on loopback. Requests of other sites are refused.
func (c *SMSC) Page() http.Handler { return newPage(pageSite{SMSC: c}) }

// Page is the page of all sites of the scenario, as [SMSC.Page].
func (r *Run) Page() http.Handler {
	sites := make([]pageSite, len(r.scenario.Sites))
	for i, site := range r.scenario.Sites {
		sites[i] = pageSite{site.Name, r.sites[site.Name]}
	}
	return newPage(sites...)
}

func newPage(sites ...pageSite) http.Handler {
	p := &smscPage{sites: sites}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		p.show(w, handForm{Dialect: "smpp", Stat: "DELIVRD", Err: "000"}, "")
	})
	mux.HandleFunc("POST /send", p.send)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (p *smscPage) show(w http.ResponseWriter, form handForm, notice string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pages().ExecuteTemplate(w, "smsc", struct {
		Sites    []pageSite
		Notice   string
		Counts   Counts
		Dialects []Dialect
		Last     []Entry
		Form     handForm
	}{p.sites, notice, p.ledger().Counts(), Dialects(), p.ledger().newest(lastShown), form})
}

// ledger is the one that all sites share.
func (p *smscPage) ledger() *Ledger { return p.sites[0].ledger }

// site is the one that the form names, or the first.
func (p *smscPage) site(name string) *SMSC {
	for _, s := range p.sites {
		if s.Name == name {
			return s.SMSC
		}
	}
	return p.sites[0].SMSC
}

func (p *smscPage) send(w http.ResponseWriter, r *http.Request) {
	form := handForm{
		r.PostFormValue("dialect"), r.PostFormValue("stat"), r.PostFormValue("err"), r.PostFormValue("account"),
		r.PostFormValue("site"), r.PostFormValue("recipient"), r.PostFormValue("text"),
	}
	dialect, err := DialectNamed(strings.TrimSpace(form.Dialect))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		p.show(w, form, err.Error())
		return
	}
	p.mu.Lock()
	p.sent++
	message := p.sent
	p.mu.Unlock()
	src := NewSource(SourceOptions{Dialect: dialect, Seed: handSeed, Account: form.Account, Prefix: handPrefix})
	receipt := src.Make(message, Outcome{Stat: form.Stat, Err: form.Err})
	receipt.rewrite(form.Recipient, form.Text)
	number := p.site(form.Site).Send(receipt)[0]
	p.show(w, form, fmt.Sprintf("Receipt %d is on its way", number))
}

// rewrite puts a person's own words, where there are any, into a receipt. What an
// own text says is the person's to know: the receipt's truth is then its
// recipient alone.
func (r *Receipt) rewrite(recipient, text string) {
	if recipient != "" {
		if r.Source.Number == r.Recipient {
			r.Source.Number = recipient
		} else {
			r.Destination.Number = recipient
		}
		r.Recipient = recipient
	}
	if text != "" {
		r.Body, r.Text, r.DataCoding = []byte(text), text, 0
		r.Truth = Truth{Message: r.Message, MessageID: r.MessageID, Recipient: r.Recipient, Kind: Unclear}
	}
}

// Receipts sent by hand have ids and recipients of their own.
const (
	handSeed   = 0x4a4d
	handPrefix = "399"
)

// newest returns the last n entries, newest first.
func (l *Ledger) newest(n int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Entry
	for number := l.counts.Receipts; number > 0 && len(out) < n; number-- {
		out = append(out, l.entry(uint64(number)))
	}
	return out
}

// Page lists what came last to each endpoint.
func (s *Sink) Page(w http.ResponseWriter, _ *http.Request) {
	type endpoint struct {
		Path     string
		Counts   SinkCounts
		Statuses map[string]int
		Faults   []string
		Last     []Arrival
	}
	var list []endpoint
	for _, path := range s.Paths() {
		e := s.At(path)
		list = append(list, endpoint{path, e.Counts(), e.Statuses(), e.Faults(), e.newest(lastShown)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pages().ExecuteTemplate(w, "sink", list)
}

// newest returns the last n arrivals, newest first.
func (e *Endpoint) newest(n int) []Arrival {
	e.mu.Lock()
	defer e.mu.Unlock()
	last := slices.Clone(e.arrivals[max(0, len(e.arrivals)-n):])
	slices.Reverse(last)
	return last
}
