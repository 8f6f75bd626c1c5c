package admin

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"
)

// thinned writes a line now and then, however often it is told: whoever knocks
// must not fill the log.
type thinned struct {
	every time.Duration
	log   *zap.Logger

	mu     sync.Mutex
	told   time.Time
	untold int // since then
}

// tell writes a line, or counts for the next one.
func (t *thinned) tell(what string, more ...zap.Field) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); t.told.IsZero() || now.Sub(t.told) >= t.every {
		t.log.Warn(what, append(more, zap.Int("repeated", t.untold))...)
		t.told, t.untold = now, 0
		return
	}
	t.untold++
}

// A wrong token costs its address one guess; each is forgiven guessCost later. Who
// has maxGuesses of them is not listened to, whatever he says: one who hangs up
// before he is answered would guess as fast as he connects.
const (
	guessCost    = failureDelay / maxGuessers
	maxGuesses   = 128
	maxGuessedBy = 4096 // addresses that are remembered
)

// guesses count wrong tokens by address.
type guesses struct {
	lines thinned

	mu     sync.Mutex
	paidBy map[netip.Addr]time.Time // when all of an address are forgiven
}

// wrong charges a guess to whoever sent it, and tells the log.
func (g *guesses) wrong(r *http.Request) {
	from, now := clientOf(r.RemoteAddr), time.Now()
	g.mu.Lock()
	if g.paidBy == nil {
		g.paidBy = map[netip.Addr]time.Time{}
	}
	if len(g.paidBy) >= maxGuessedBy {
		g.forgive(now)
	}
	begin := g.paidBy[from]
	if begin.Before(now) {
		begin = now
	}
	g.paidBy[from] = begin.Add(guessCost)
	g.mu.Unlock()
	g.lines.tell("a wrong token was refused", zap.Stringer("client", from), zap.String("do", "a program with an old token, or somebody who guesses"))
}

// forgive forgets who has paid; when all guess at once, everybody.
func (g *guesses) forgive(now time.Time) {
	for from, until := range g.paidBy {
		if until.Before(now) {
			delete(g.paidBy, from)
		}
	}
	if len(g.paidBy) >= maxGuessedBy {
		clear(g.paidBy)
	}
}

// tooMany reports whether nobody listens to an address now.
func (g *guesses) tooMany(r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.paidBy[clientOf(r.RemoteAddr)]) > maxGuesses*guessCost
}
