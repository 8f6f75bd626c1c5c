package admin

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

//go:embed console
var consoleFiles embed.FS

// console serves the pages at / to people. It asks the Gateway as the API does,
// and counts nothing itself: rates come from the metrics.
type console struct {
	privacy
	guard *guard
	log   *zap.Logger
	rates *rates
	pages map[string]*page
	media *media

	gateway  atomic.Pointer[Gateway] // nil until Serve
	streams  chan struct{}           // a place for each open stream
	stopping chan struct{}
	stop     func()

	looking chan struct{} // held by who reads or changes the following
	last    glance
	failed  error // there was no glance at last.At
}

func newConsole(o *Options, g *guard) *console {
	c := &console{
		privacy: privacy{o.MaskNumbers, auditOf(o.Log)},
		guard:   g, log: o.Log.Named("admin"), rates: newRates(o.Counters), media: newMedia(),
		streams: make(chan struct{}, maxStreams), stopping: make(chan struct{}), looking: make(chan struct{}, 1),
	}
	c.stop = sync.OnceFunc(func() { close(c.stopping) })
	c.pages = c.parsePages()
	return c
}

// run samples the rates until stop.
func (c *console) run() {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	c.rates.sample(time.Now())
	for {
		select {
		case now := <-tick.C:
			c.rates.sample(now)
		case <-c.stopping:
			return
		}
	}
}

// handler routes what the console serves. All but the login and the files that
// it needs wants somebody who is logged in.
func (c *console) handler() http.Handler {
	inside := http.NewServeMux()
	for _, p := range c.pages {
		if p.path != "" {
			inside.Handle("GET "+p.path, c.show(p))
			inside.Handle("GET /live"+p.path, c.stream(p))
		}
	}
	inside.HandleFunc("POST /mapping", c.explain)
	inside.HandleFunc("GET /chart.json", c.chart)
	inside.HandleFunc("POST /act/{act}", c.act)
	inside.HandleFunc("POST /logout", c.logout)
	inside.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c.problemPage(w, r, fault{http.StatusNotFound, "there is no page here"})
	})

	all := http.NewServeMux()
	all.Handle("GET /static/", c.media)
	all.HandleFunc("POST /login", c.login)
	all.Handle("/", c.loggedIn(inside))
	return secured(all)
}

// loggedIn asks browsers to log in, and refuses others as the API does.
func (c *console) loggedIn(next http.Handler) http.Handler {
	strict := c.guard.require(Viewer, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, known := c.guard.who(r)
		asks := r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
		if !known && asks && !strings.HasPrefix(r.URL.Path, "/live/") {
			c.loginPage(w, r, localPath(r.URL.RequestURI()), "")
			return
		}
		strict.ServeHTTP(w, r)
	})
}

// secured lets pages run our own scripts alone, be framed by nobody, and tell
// no other site where their reader was.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// asks returns the gateway, once it runs.
func (c *console) asks() (Gateway, error) {
	if g := c.gateway.Load(); g != nil {
		return *g, nil
	}
	return nil, fault{http.StatusServiceUnavailable, "the gateway is starting: try again in a moment"}
}

// glanceEvery bounds how often many readers together ask the gateway, glanceWait
// how long the answer may take, as the others wait for it.
const (
	glanceEvery = time.Second
	glanceWait  = 5 * time.Second
)

// glance returns all of how things stand, at most glanceEvery old. A gateway that does
// not answer is asked once for all who wait, also if the one who asked leaves.
func (c *console) glance(ctx context.Context) (*glance, error) {
	g, err := c.asks()
	if err != nil {
		return nil, err
	}
	select {
	case c.looking <- struct{}{}:
		defer func() { <-c.looking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if time.Since(c.last.At) < glanceEvery {
		found := c.last
		return &found, c.failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), glanceWait)
	defer cancel()
	seen, err := glanceAt(ctx, g)
	if c.failed = err; err != nil {
		c.last = glance{At: time.Now()}
		return nil, err
	}
	c.last = *seen
	return seen, nil
}

// lookAnew has what is shown next be how it is then.
func (c *console) lookAnew() {
	c.looking <- struct{}{} // glanceWait at most
	c.last = glance{}
	<-c.looking
}

// sees returns what the caller sees; to see numbers in full is an act that is
// logged.
func (c *console) sees(r *http.Request) (*looks, error) {
	gateway, err := c.asks()
	if err != nil {
		return nil, err
	}
	return c.of(r, gateway, r.URL.Query().Get("reveal") == "1")
}

// with returns the request's address with one parameter set, or removed.
func with(r *http.Request, name, value string) string {
	q := r.URL.Query()
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	return (&url.URL{Path: strings.TrimPrefix(r.URL.Path, "/live"), RawQuery: q.Encode()}).String()
}
