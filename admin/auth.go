package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Role is what a token may do.
type Role string

// The roles, from less to more.
const (
	Viewer Role = "viewer" // looks
	Admin  Role = "admin"  // acts, and sees numbers in full
)

// Token lets its bearer in.
type Token struct {
	// Name is what logs call the bearer.
	Name string
	// Secret is compared in constant time and never printed.
	Secret string
	Role   Role
}

// failureDelay slows down whoever guesses tokens: each wrong one is answered so
// much later, maxGuessers at a time; the others wait for their turn, though not
// longer than patience.
const (
	failureDelay = 500 * time.Millisecond
	maxGuessers  = 16
	patience     = 10 * time.Second
)

// guard lets requests with a good token through and knows who asks.
type guard struct {
	tokens   atomic.Pointer[[]hashedToken]
	changing sync.Mutex // of tokens: nobody logs in by those of before
	sessions sessions
	waiting  chan struct{}
	guesses  guesses
}

type hashedToken struct {
	name string
	role Role
	sum  [sha256.Size]byte
}

func newGuard(tokens []Token, log *zap.Logger) *guard {
	g := &guard{waiting: make(chan struct{}, maxGuessers), guesses: guesses{lines: thinned{every: time.Minute, log: log.Named("admin")}}}
	g.accept(tokens)
	return g
}

// accept lets the bearers of these tokens in, and nobody else. Who is logged in
// to the console has to log in again.
func (g *guard) accept(tokens []Token) {
	hashed := make([]hashedToken, len(tokens))
	for i, t := range tokens {
		hashed[i] = hashedToken{t.Name, t.Role, sha256.Sum256([]byte(t.Secret))}
	}
	g.changing.Lock()
	defer g.changing.Unlock()
	g.tokens.Store(&hashed)
	g.sessions.endAll()
}

// logIn begins a session for the bearer of the secret, if it is a token, and
// returns its id.
func (g *guard) logIn(secret string, now time.Time) (id string, ok bool) {
	g.changing.Lock()
	defer g.changing.Unlock()
	who, ok := g.identify(secret)
	if !ok {
		return "", false
	}
	return g.sessions.begin(who, now), true
}

// caller is who asks: the token's name and role.
type caller struct {
	name string
	role Role
}

type callerKey struct{}

// callerOf returns who asks; the request has passed the guard.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// identify returns whose secret it is. Without any token everybody on the
// listener, which then is loopback, is admin.
func (g *guard) identify(secret string) (caller, bool) {
	tokens := *g.tokens.Load()
	if len(tokens) == 0 {
		return caller{"anonymous", Admin}, true
	}
	sum := sha256.Sum256([]byte(secret))
	var found caller
	ok := false
	for _, t := range tokens { // all of them, so that the time does not tell which
		if subtle.ConstantTimeCompare(sum[:], t.sum[:]) == 1 {
			found, ok = caller{t.name, t.role}, true
		}
	}
	return found, ok
}

// require lets a request through to next when its token is good for the role.
func (g *guard) require(role Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guess := r.Header.Get("Authorization") != ""
		if guess && g.refuses(w, r) {
			return
		}
		c, ok := g.who(r)
		if !ok {
			if guess {
				g.guesses.wrong(r)
			}
			g.slowDown(r.Context())
			w.Header().Set("WWW-Authenticate", `Bearer realm="dlrgate"`)
			problem(w, http.StatusUnauthorized, "a valid token is needed: Authorization: Bearer …")
			return
		}
		if role == Admin && c.role != Admin {
			problem(w, http.StatusForbidden, "this needs a token of role admin")
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// refuses answers whom nobody listens to now, for he guessed too much.
func (g *guard) refuses(w http.ResponseWriter, r *http.Request) bool {
	if !g.guesses.tooMany(r) {
		return false
	}
	w.Header().Set("Retry-After", "5")
	w.Header().Set("Connection", "close") // whatever the token is
	problem(w, http.StatusTooManyRequests, "too many wrong tokens came from this address: try again in some seconds")
	return true
}

// who returns who asks: by the bearer token or, without one, by the session of
// somebody who logged in to the console.
func (g *guard) who(r *http.Request) (caller, bool) {
	scheme, secret, given := strings.Cut(r.Header.Get("Authorization"), " ")
	if given && strings.EqualFold(scheme, "Bearer") {
		return g.identify(secret)
	}
	if c, ok := g.sessions.of(r); ok {
		return c, true
	}
	return g.identify("")
}

// slowDown keeps a guesser waiting for his turn, and then for the delay.
func (g *guard) slowDown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	case <-ctx.Done():
		return
	}
	timer := time.NewTimer(failureDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// brief closes the connection of who has no token when he is answered: only those
// who are let in keep theirs open.
func (g *guard) brief(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, known := g.who(r); !known {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
