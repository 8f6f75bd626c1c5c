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

// handForm is what a person types to send one receipt.
type handForm struct{ Dialect, Stat, Err, Account string }

// smscPage shows sessions and sends receipts by hand.
type smscPage struct {
	smsc *SMSC
	mu   sync.Mutex
	sent uint64 // messages sent by hand
}

// Page shows the sessions and the last receipts, and sends any receipt by hand.
// It has no password: serve it on loopback. Requests of other sites are refused.
func (c *SMSC) Page() http.Handler {
	p := &smscPage{smsc: c}
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
		Addr, Notice string
		Counts       Counts
		Sessions     []*Session
		Dialects     []Dialect
		Last         []Entry
		Form         handForm
	}{p.smsc.Addr(), notice, p.smsc.ledger.Counts(), p.smsc.Sessions(), Dialects(), p.smsc.ledger.newest(lastShown), form})
}

func (p *smscPage) send(w http.ResponseWriter, r *http.Request) {
	form := handForm{r.PostFormValue("dialect"), r.PostFormValue("stat"), r.PostFormValue("err"), r.PostFormValue("account")}
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
	number := p.smsc.Send(src.Make(message, Outcome{Stat: form.Stat, Err: form.Err}))[0]
	p.show(w, form, fmt.Sprintf("Receipt %d is on its way", number))
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
		Path   string
		Counts SinkCounts
		Faults []string
		Last   []Arrival
	}
	var list []endpoint
	for _, path := range s.Paths() {
		e := s.At(path)
		list = append(list, endpoint{path, e.Counts(), e.Faults(), e.newest(lastShown)})
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
