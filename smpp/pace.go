package smpp

import (
	"math/rand/v2"
	"time"
)

const (
	// The waits after a refusal that could lock the account.
	lockoutInitial = time.Minute
	lockoutMax     = 15 * time.Minute
	// refusalsKept is how long refusals in a row are counted together.
	refusalsKept = time.Hour
	// alreadyBoundWait is waited after ESME_RALYBND on top of one enquire_link
	// interval: by then the SMSC has found the old session dead. LINK Mobility
	// asks for 30 s at least.
	alreadyBoundWait = 30 * time.Second
	// backToFirst is how long a session on a later address is left in peace
	// before the first address is tried again.
	backToFirst = 10 * time.Minute
	// maxStep keeps the doubling inside an int64 of nanoseconds.
	maxStep = 30
	// orderlyStep is the step that a stop in order leaves at most. Somebody wanted
	// the restart, so it waits for seconds only; a crash loop goes on doubling.
	orderlyStep = 3
)

// pace decides when a bind may try again.
type pace struct {
	opts *Options
	// step counts the attempts since the bind was last stable.
	step int
	// lockouts counts refusals that could lock the account, in a row, and
	// lockedAt is when the last one came.
	lockouts int
	lockedAt time.Time
	// taken: the SMSC has accepted the present session.
	taken bool
}

// resume goes on with what was kept over a restart, and returns how long to wait
// before the first attempt and why.
func (p *pace) resume(kept Backoff, now time.Time) (wait time.Duration, why string) {
	p.step = max(0, min(kept.Step, maxStep))
	switch {
	case kept.Refusals > 0:
		p.lockouts, p.lockedAt = kept.Refusals, kept.RefusedAt
		return lockedFor(p.lockouts, p.lockedAt, now), "before this gateway began, TLS had failed or the SMSC had refused the bind"
	case kept.Bound:
		return p.backoff(), "it had been bound for a short time only before this gateway began"
	default:
		return p.backoff(), "it was not bound before this gateway began"
	}
}

// lockedFor is what is left of the wait after so many refusals, whatever the clock
// did meanwhile.
func lockedFor(refusals int, last, now time.Time) time.Duration {
	whole := doubled(lockoutInitial, refusals, lockoutMax)
	return max(0, min(last.Add(whole).Sub(now), whole))
}

// kept is what survives a restart.
func (p *pace) kept() Backoff {
	k := Backoff{Step: p.step, Refusals: p.lockouts, RefusedAt: p.lockedAt, Bound: p.taken}
	if p.taken {
		k.Step = min(k.Step, 1)
	}
	return k
}

// attempt counts one more attempt. It is saved before the attempt begins, so
// that a process which dies of it waits after its restart.
func (p *pace) attempt() { p.step = min(p.step+1, maxStep) }

// stable forgets what went wrong: the bind has lived for long enough.
func (p *pace) stable() { p.step = 0 }

// accepted forgets refusals: the account works.
func (p *pace) accepted() { p.lockouts, p.lockedAt, p.taken = 0, time.Time{}, true }

// after returns how long to wait after an ending.
func (p *pace) after(e ending) time.Duration {
	taken := p.taken
	p.taken = false
	switch {
	case e.cause == causeStopped && taken:
		p.step = 0
		return 0
	case e.cause == causeStopped, e.ofAccount:
		p.step = max(0, p.step-1) // the attempt failed for no fault of its own
		return 0
	case e.lingers:
		p.step = max(0, p.step-1)
		return lingerLeast + rand.N(lingerMost-lingerLeast+1)
	case e.locksAccount():
		p.lockouts++
		p.lockedAt = time.Now().Round(0) // by the clock: it is kept over a restart
		return longer(doubled(lockoutInitial, p.lockouts, lockoutMax))
	case e.cause == causeRefused && e.status == StatusAlreadyBound:
		return longer(p.opts.EnquireLink + alreadyBoundWait)
	case e.cause == causeUnbound:
		return longer(p.opts.Reconnect.AfterUnbind)
	default:
		p.step = max(p.step, 1) // even after a long life: all binds lost it together
		return p.backoff()
	}
}

// backoff is the wait of the present step: nothing before the first attempt,
// then Initial doubled up to Max, half of it by chance.
func (p *pace) backoff() time.Duration {
	if p.step == 0 {
		return 0
	}
	d := doubled(p.opts.Reconnect.Initial, p.step, p.opts.Reconnect.Max)
	return d - rand.N(d/2+1)
}

// doubled is initial at step 1, twice that at step 2, and so on up to limit.
func doubled(initial time.Duration, step int, limit time.Duration) time.Duration {
	d := min(initial, limit)
	for i := 1; i < step && d < limit; i++ {
		d *= 2
	}
	return min(d, limit)
}

// longer adds up to a quarter by chance, so that binds do not come back together
// and none comes early.
func longer(d time.Duration) time.Duration { return d + rand.N(d/4+1) }
