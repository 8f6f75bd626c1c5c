package forward

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

const (
	summaryEvery = time.Minute
	// breakerLogs is the shortest time between two lines about the breaker: one
	// that flaps is told of in the summary.
	breakerLogs = 10 * time.Second
)

// reporter writes the endpoint's log lines: changes of state, and while it fails
// a summary a minute. Nothing is written per receipt.
type reporter struct {
	zap          *zap.Logger
	since        time.Time // of the counts
	posts        map[string]int
	lastFailure  answer
	deadLettered int
	breakerAt    time.Time // of the last line about the breaker
	flaps        int
	givenUp      map[string]int // receipts by operator, since givenUpAt
	givenUpAt    time.Time      // of the last line about them
	open, told   bool           // the breaker, and what the log says of it
	why          string         // it closed
	journalAt    time.Time
	journalErrs  int
}

func newReporter(l *zap.Logger) *reporter {
	return &reporter{zap: l, since: time.Now(), posts: map[string]int{}, givenUp: map[string]int{}}
}

func (r *reporter) attempt(a answer) {
	r.posts[a.outcome.String()]++
	if a.outcome != taken {
		r.lastFailure = a
	}
}

// breaker tells that it opened, or closed and why.
func (r *reporter) breaker(open bool, why string, now time.Time) {
	r.open, r.why = open, why
	if now.Sub(r.breakerAt) < breakerLogs && !r.breakerAt.IsZero() {
		r.flaps++
		return
	}
	r.tell(now)
}

// tell writes how the breaker is.
func (r *reporter) tell(now time.Time) {
	r.breakerAt, r.told = now, r.open
	if r.open {
		r.zap.Warn("endpoint is down: receipts wait, and it is probed", zap.String("reason", r.lastFailure.reason))
		return
	}
	r.zap.Info(r.why)
}

// summary writes the counts of the last minute, if anything failed in it. It is
// called at every tick.
func (r *reporter) summary(now time.Time, failing bool) {
	if r.open != r.told && now.Sub(r.breakerAt) >= breakerLogs {
		r.tell(now) // the last word on a breaker that flapped
	}
	if now.Sub(r.since) < summaryEvery {
		return
	}
	failed := r.posts[refused.String()] + r.posts[down.String()] + r.posts[gone.String()]
	if failing || failed > 0 || r.deadLettered > 0 {
		r.zap.Warn("endpoint failing: last minute",
			zap.Int("taken", r.posts[taken.String()]), zap.Int("failed", failed), zap.Int("dead_lettered", r.deadLettered),
			zap.Int("breaker_changes_not_logged", r.flaps), zap.String("last_failure", r.lastFailure.reason))
	}
	r.since, r.deadLettered, r.flaps = now, 0, 0
	clear(r.posts)
}

// gaveUp notes that an operator's backlog was given up.
func (r *reporter) gaveUp(receipts int, operator string) { r.givenUp[operator] += receipts }

// tellGivenUp writes what was, at once for the first and then once a minute: while
// an endpoint stays down, every second some more receipts have waited for too long.
func (r *reporter) tellGivenUp(o *Options, now time.Time) {
	if len(r.givenUp) == 0 || !r.givenUpAt.IsZero() && now.Sub(r.givenUpAt) < summaryEvery {
		return
	}
	total := 0
	for _, n := range r.givenUp {
		total += n
	}
	r.zap.Warn("backlog given up", zap.Int("receipts", total), zap.String("operator", strings.Join(slices.Sorted(maps.Keys(r.givenUp)), ", ")),
		zap.String("reason", seenFailing(o)), zap.String("last_failure", r.lastFailure.reason),
		zap.String("do", "they are dead letters; once the endpoint works: dlrgate dead retry --endpoint "+o.Name))
	clear(r.givenUp)
	r.givenUpAt = now
}

// seenFailing is why a backlog is given up.
func seenFailing(o *Options) string {
	return fmt.Sprintf("the endpoint was seen failing for %s", o.Retry.GiveUpAfter)
}

// journal notes the error of a call of the journal, if it is one, and says
// whether there was none. The call is made again later; lines are a minute apart.
func (r *reporter) journal(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return err == nil
	}
	r.journalErrs++
	if now := time.Now(); now.Sub(r.journalAt) >= summaryEvery || r.journalAt.IsZero() {
		r.zap.Error("journal cannot be used, trying again", zap.Error(err), zap.Int("errors", r.journalErrs))
		r.journalAt, r.journalErrs = now, 0
	}
	return false
}
