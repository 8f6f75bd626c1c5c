package admin

import (
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
)

// guessesEvery is between two lines about wrong tokens: whoever guesses must not
// fill the log.
const guessesEvery = time.Minute

// guesses tell the log that somebody has a wrong token.
type guesses struct {
	log *zap.Logger

	mu     sync.Mutex
	told   time.Time
	untold int // since then
}

// tell writes a line, or counts for the next one.
func (g *guesses) tell(r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); g.told.IsZero() || now.Sub(g.told) >= guessesEvery {
		client, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			client = r.RemoteAddr
		}
		g.log.Warn("a wrong token was refused", zap.String("client", client), zap.Int("repeated", g.untold),
			zap.String("do", "a program with an old token, or somebody who guesses"))
		g.told, g.untold = now, 0
		return
	}
	g.untold++
}
