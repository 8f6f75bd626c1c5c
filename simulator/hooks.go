package simulator

import (
	"context"
	"slices"
	"time"
)

// RefuseBinds answers the next n binds with status; n < 0: every bind until
// told otherwise, n = 0: none.
func (c *SMSC) RefuseBinds(status CommandStatus, n int) {
	c.mu.Lock()
	c.script.refuse, c.script.refuseLeft = status, n
	c.mu.Unlock()
}

// SilenceBinds makes the SMSC take connections and never answer a bind.
func (c *SMSC) SilenceBinds(on bool) {
	c.mu.Lock()
	c.script.silentBinds = on
	c.mu.Unlock()
}

// Pause stops and starts the sending of receipts; everything else goes on.
func (c *SMSC) Pause(on bool) {
	c.mu.Lock()
	c.script.paused = on
	c.wakeAll()
	c.mu.Unlock()
}

// Throttle answers every submit_sm with status until told otherwise;
// [StatusOK] accepts them again.
func (c *SMSC) Throttle(status CommandStatus) {
	c.mu.Lock()
	c.script.submitStatus = status
	c.mu.Unlock()
}

// SlowAnswers delays every submit_sm_resp. With receiptFirst the receipt
// overtakes it, as some operators' do.
func (c *SMSC) SlowAnswers(delay time.Duration, receiptFirst bool) {
	c.mu.Lock()
	c.script.submitDelay, c.script.receiptFirst = delay, receiptFirst
	c.mu.Unlock()
}

// Redeliver sends again the newest n receipts that were answered OK, as an
// operator does after a fail-over of its own. It returns how many it had; see
// Options.Remember.
func (c *SMSC) Redeliver(n int) int {
	c.mu.Lock()
	again := slices.Clone(c.taken[max(0, len(c.taken)-n):])
	c.taken = c.taken[:len(c.taken)-len(again)]
	c.mu.Unlock()
	for _, p := range again {
		p.again, p.sends = true, 0
	}
	c.ledger.update(func(t *Counts) { t.Again += len(again) })
	c.enqueue(again)
	return len(again)
}

func (c *SMSC) remember(p *pending) {
	limit := c.opts.Remember
	if limit == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.taken) >= 2*limit {
		c.taken = append(c.taken[:0], c.taken[limit:]...)
	}
	c.taken = append(c.taken, p)
}

// Sessions returns those that are bound now, oldest first.
func (c *SMSC) Sessions() []*Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sessions)
}

// DropSessions ends all sessions without an unbind.
func (c *SMSC) DropSessions() {
	for _, s := range c.Sessions() {
		s.Drop()
	}
}

// UnbindSessions unbinds all sessions, one after the other, and returns the
// first error.
func (c *SMSC) UnbindSessions(ctx context.Context) error {
	var first error
	for _, s := range c.Sessions() {
		if err := s.Unbind(ctx); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// WaitFor returns nil once done is true of the ledger's totals, or the
// context's error.
func (c *SMSC) WaitFor(ctx context.Context, done func(Counts) bool) error {
	return c.ledger.WaitFor(ctx, done)
}

// WaitFor returns nil once done is true of the totals, or the context's error.
func (l *Ledger) WaitFor(ctx context.Context, done func(Counts) bool) error {
	return l.changed.wait(ctx, func() bool { return done(l.Counts()) })
}

// WaitBound waits until n sessions that take receipts are bound at once.
func (c *SMSC) WaitBound(ctx context.Context, n int) error {
	return c.WaitFor(ctx, func(t Counts) bool { return t.Sessions >= n })
}

// WaitUnbound waits until no session that takes receipts is bound.
func (c *SMSC) WaitUnbound(ctx context.Context) error {
	return c.WaitFor(ctx, func(t Counts) bool { return t.Sessions == 0 })
}

// WaitAnswered waits until n receipts were answered, whatever the answer.
func (c *SMSC) WaitAnswered(ctx context.Context, n int) error {
	return c.WaitFor(ctx, func(t Counts) bool { return t.Answered >= n })
}

// WaitOK waits until n receipts were answered with command_status 0.
func (c *SMSC) WaitOK(ctx context.Context, n int) error {
	return c.WaitFor(ctx, func(t Counts) bool { return t.OK >= n })
}

// WaitSettled waits until every receipt so far is answered OK or given up.
func (c *SMSC) WaitSettled(ctx context.Context) error {
	return c.WaitFor(ctx, func(t Counts) bool { return t.Open() == 0 })
}
