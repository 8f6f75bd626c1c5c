package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	sessionCookie = "dlrgate_session"
	// sessionLife is how long a login lasts.
	sessionLife = 12 * time.Hour
	// maxSessions is how many there are of one token: whoever logs in again and
	// again ends his own sessions, and nobody else's.
	maxSessions = 64
)

// sessions are the people who are logged in to the console. Their cookies hold
// an id that stands for the token, never the token; a restart ends them all.
type sessions struct {
	mu   sync.Mutex
	byID map[[sha256.Size]byte]session
}

type session struct {
	caller
	until time.Time
}

// begin logs c in and returns the id for the cookie. The oldest session of
// his makes room when there are too many.
func (s *sessions) begin(c caller, now time.Time) string {
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	theirs := 0
	for key, one := range s.byID {
		if now.After(one.until) {
			delete(s.byID, key)
		} else if one.caller == c {
			theirs++
		}
	}
	if theirs >= maxSessions {
		s.dropOldest(c)
	}
	if s.byID == nil {
		s.byID = map[[sha256.Size]byte]session{}
	}
	s.byID[sha256.Sum256([]byte(id))] = session{c, now.Add(sessionLife)}
	return id
}

// endAll logs everybody out.
func (s *sessions) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byID)
}

func (s *sessions) dropOldest(of caller) {
	var oldest [sha256.Size]byte
	var until time.Time
	for key, one := range s.byID {
		if one.caller == of && (until.IsZero() || one.until.Before(until)) {
			oldest, until = key, one.until
		}
	}
	delete(s.byID, oldest)
}

// of returns whose session the request's cookie names. Ids are looked up by
// their hash, so the time that takes tells nothing of them.
func (s *sessions) of(r *http.Request) (caller, bool) {
	sent, err := r.Cookie(sessionCookie)
	if err != nil {
		return caller{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byID[sha256.Sum256([]byte(sent.Value))]
	return one.caller, ok && time.Now().Before(one.until)
}

func (s *sessions) end(r *http.Request) {
	if sent, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byID, sha256.Sum256([]byte(sent.Value)))
	}
}

// cookie is what a browser keeps for us, for a while; one without a value is
// removed.
type cookie struct {
	name, value string
	life        time.Duration
}

// set sends the cookie; scripts and other sites do not get it. Over plain HTTP,
// as on loopback, it cannot be Secure: browsers would drop it.
func (c cookie) set(w http.ResponseWriter, r *http.Request) {
	age := int(c.life.Seconds())
	if c.value == "" {
		age = -1
	}
	secure := r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: Secure wherever that is possible
		Name: c.name, Value: c.value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure,
	})
}

// loginPage asks for a token. It is what whoever is not logged in gets in place
// of any page, with 401, and it leads back there.
func (c *console) loginPage(w http.ResponseWriter, r *http.Request, next, refused string) {
	v := c.viewOf(r, "login", "Log in")
	v.Data = struct{ Next, Refused string }{next, refused}
	c.render(w, http.StatusUnauthorized, v)
}

func (c *console) login(w http.ResponseWriter, r *http.Request) {
	if c.guard.refuses(w, r) {
		return
	}
	next := localPath(r.PostFormValue("next"))
	id, ok := c.guard.logIn(strings.TrimSpace(r.PostFormValue("token")), time.Now())
	if !ok {
		c.guard.guesses.wrong(r)
		c.guard.slowDown(r.Context())
		c.loginPage(w, r, next, "This token is not known here.")
		return
	}
	cookie{sessionCookie, id, sessionLife}.set(w, r)
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (c *console) logout(w http.ResponseWriter, r *http.Request) {
	c.guard.sessions.end(r)
	cookie{name: sessionCookie}.set(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// localPath keeps a redirect on this server.
func localPath(path string) string {
	// Browsers drop a tab or a line end wherever it stands, and take \ for /.
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, "\\") || strings.ContainsFunc(path, unicode.IsControl) {
		return "/"
	}
	return path
}
