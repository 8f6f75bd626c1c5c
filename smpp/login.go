package smpp

import (
	"sync"
	"time"
)

const (
	// lingerFor is how long after a start or a take-over the SMSC may still count
	// the sessions from before, until its own enquire_link finds them dead.
	lingerFor = 2 * time.Minute
	// The waits between attempts meanwhile, by chance.
	lingerLeast = time.Second
	lingerMost  = 5 * time.Second
)

// login is what the binds of one account share, with Each those at one address: who
// may attempt, and what the SMSC said of the account.
type login struct {
	name  string // its key in the BackoffStore
	opts  *Options
	binds []*bind
	// turn is the account's, everywhere: holding its one token, a bind may attempt.
	turn chan struct{}

	mu sync.Mutex
	// bound counts the sessions; while there is one, the account works.
	bound int
	kept  Backoff
	until time.Time // no attempt before, but by hand
	why   change    // what the binds show meanwhile
	// lingerUntil is when no session from before can be left, and left says that
	// the end of one was not seen.
	lingerUntil time.Time
	left        bool
}

// begin goes on where the account was before a restart or with another gateway.
func (l *login) begin(now time.Time) {
	kept := loadBackoff(l.opts.Backoff, l.name, l.binds[0].credentials())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept, l.lingerUntil = kept, now.Add(lingerFor)
	for _, b := range l.binds {
		if b.saved = loadBackoff(l.opts.Backoff, b.name, b.setup()); b.saved.Bound {
			l.left = true
		}
	}
	if kept.Refusals > 0 {
		l.until = now.Add(lockedFor(kept.Refusals, kept.RefusedAt, now))
		l.why = change{
			to: Waiting, reason: "the SMSC refused the account before this gateway began, and attempts could lock the account",
			advice: "check system_id and password with the operator; at once with: dlrgate binds bind " + l.binds[0].name,
		}
	}
}

// judge says what an ending means for the whole account.
func (l *login) judge(e ending) ending {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch now := time.Now(); {
	case e.cause == causeRefused && now.Before(l.lingerUntil) && stillBound(e.status, l.left):
		e.lingers = true
		e.advice = "an earlier session may still be open at the operator: tried again every few seconds until " +
			l.lingerUntil.UTC().Format(time.TimeOnly) + " UTC; after that, ask the operator how many binds the account may have"
	case e.refusesAccount() && l.bound == 0:
		e.ofAccount = true
		l.refuse(e, now)
	}
	return e
}

// stillBound reports whether a bind may be refused because of sessions that are no
// longer ours. ESME_RALYBND says so (OpenMarket: as many binds as are allowed are
// connected); ESME_RBINDFAIL says many things, and this at some (Vibes: more binds
// than are allowed), so it counts when a session may be left.
func stillBound(status CommandStatus, left bool) bool {
	return status == StatusAlreadyBound || status == StatusBindFailed && left
}

// refuse lets no bind of the account attempt for a while. l.mu is held.
func (l *login) refuse(e ending, now time.Time) {
	l.kept.Refusals++
	l.kept.RefusedAt = now.Round(0) // by the clock: others read it
	l.until = now.Add(longer(doubled(lockoutInitial, l.kept.Refusals, lockoutMax)))
	l.why = change{to: Waiting, end: e}
	l.opts.Backoff.Save(l.name, l.kept)
}

// accepted forgets refusals: the account works.
func (l *login) accepted() {
	l.mu.Lock()
	l.bound++
	refused := l.kept.Refusals > 0
	if refused {
		l.kept.Refusals, l.kept.RefusedAt, l.until = 0, time.Time{}, time.Time{}
		l.opts.Backoff.Save(l.name, l.kept)
	}
	l.mu.Unlock()
	if refused {
		for _, b := range l.binds {
			b.poke()
		}
	}
}

// ended counts a session that was accepted.
func (l *login) ended() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bound--
}

// locked returns for how long the account may not attempt, and what its binds show
// then.
func (l *login) locked() (rest time.Duration, why change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	why = l.why
	why.wait = time.Until(l.until)
	return why.wait, why
}
