package admin

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"
)

// page is one kind of page. Its template has a "live" part, which its stream
// renews, and may have a "still" part, which is left alone.
type page struct {
	name, title string
	// path is the pattern of its address; empty: it has none of its own.
	path string
	// look finds what the page shows to who sees it.
	look     func(c *console, r *http.Request, sees *looks) (any, error)
	template *template.Template
}

// pageList are the pages; those with a path can be visited.
func pageList() []*page {
	return []*page{
		{name: "overview", title: "Overview", path: "/{$}", look: (*console).overview},
		{name: "binds", title: "Binds", path: "/binds", look: (*console).binds},
		{name: "messages", title: "Messages", path: "/messages", look: (*console).messages},
		{name: "message", title: "Message", path: "/messages/{id}", look: (*console).message},
		{name: "endpoints", title: "Endpoints", path: "/endpoints", look: (*console).endpoints},
		{name: "endpoint", title: "Endpoint", path: "/endpoints/{name}", look: (*console).endpoint},
		{name: "mapping", title: "Mapping", path: "/mapping", look: (*console).mapping},
		{name: "login", title: "Log in"},
		{name: "confirm", title: "Confirm"},
		{name: "problem", title: "Problem"},
	}
}

// parsePages reads the embedded templates. They are part of the program, so a
// fault in one is a fault of the build, which tests find.
func (c *console) parsePages() map[string]*page {
	files, err := fs.Sub(consoleFiles, "console/templates")
	if err != nil {
		panic(err)
	}
	base := template.Must(template.New("layout.html").Funcs(words(c.media)).ParseFS(files, "layout.html", "parts.html"))
	pages := map[string]*page{}
	for _, p := range pageList() {
		p.template = template.Must(template.Must(base.Clone()).ParseFS(files, p.name+".html"))
		pages[p.name] = p
	}
	return pages
}

// view is what a template gets.
type view struct {
	Page, Title string
	Name        string // of the token
	Admin       bool
	LoggedIn    bool // with a session that can be ended
	// Notice is what a deed did, Failure what one was for and did not bring.
	Notice, Failure string
	// Live is the address of the page's stream, empty when it has none.
	Live string
	// Reveal is the address that shows numbers in full; empty: they are, or the
	// reader may not.
	Reveal   string
	Revealed bool
	// Hide is the address that masks them again; empty: they are masked, or
	// always shown.
	Hide   string
	Glance *glance // nil while starting
	Now    time.Time
	Data   any
	sees   *looks
}

func (c *console) viewOf(r *http.Request, name, title string) *view {
	who := callerOf(r.Context())
	_, session := c.guard.sessions.of(r)
	return &view{Page: name, Title: title, Name: who.name, Admin: who.role == Admin, LoggedIn: session, Now: time.Now()}
}

// look fills a page's view.
func (c *console) look(p *page, r *http.Request) (*view, error) {
	v := c.viewOf(r, p.name, p.title)
	var err error
	if v.sees, err = c.sees(r); err != nil {
		return nil, err
	}
	v.Revealed = v.sees.veil == veilOpen
	if err := c.renew(r, v); err != nil {
		return nil, err
	}
	v.Live = (&url.URL{Path: "/live" + r.URL.Path, RawQuery: r.URL.RawQuery}).String()
	if v.Admin && !v.Revealed {
		v.Reveal = with(r, "reveal", "1")
	}
	if c.mask && v.Revealed {
		v.Hide = with(r, "reveal", "")
	}
	return v, nil
}

// These cookies carry what an act did, or did not bring, over the redirect
// behind it.
const (
	noticeCookie  = "dlrgate_notice"
	failureCookie = "dlrgate_failure"
	noticeLife    = time.Minute
)

// takeNotice returns what a notice's cookie carries, once.
func takeNotice(w http.ResponseWriter, r *http.Request, name string) string {
	sent, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	cookie{name: name}.set(w, r)
	said, _ := url.QueryUnescape(sent.Value) // what cannot be read is not shown
	return said
}

// show serves a whole page.
func (c *console) show(p *page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := c.look(p, r)
		if err != nil {
			c.problemPage(w, r, err)
			return
		}
		v.Notice, v.Failure = takeNotice(w, r, noticeCookie), takeNotice(w, r, failureCookie)
		c.render(w, http.StatusOK, v)
	})
}

// problemPage tells a person what went wrong.
func (c *console) problemPage(w http.ResponseWriter, r *http.Request, err error) {
	err = c.veilOf(callerOf(r.Context())).fault(err)
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		fail(w, err)
		return
	}
	status := statusOf(err)
	v := c.viewOf(r, "problem", http.StatusText(status))
	v.Data = struct {
		Status int
		Detail string
	}{status, wording(err)}
	c.render(w, status, v)
}

// render writes a page, whole or not at all.
func (c *console) render(w http.ResponseWriter, status int, v *view) {
	var b bytes.Buffer
	if err := c.pages[v.Page].template.Execute(&b, v); err != nil {
		c.log.Error("a page could not be made", zap.String("page", v.Page), zap.Error(err))
		http.Error(w, "this page could not be made; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // an error means that the reader is gone
}

// live renders the part of a page that its stream renews.
func (c *console) live(v *view) ([]byte, error) {
	var b bytes.Buffer
	if err := c.pages[v.Page].template.ExecuteTemplate(&b, "live", v); err != nil {
		return nil, fmt.Errorf("page %q: %w", v.Page, err)
	}
	return b.Bytes(), nil
}
