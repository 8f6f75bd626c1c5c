package smpp

import (
	"maps"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// status is what others may know about a bind, kept up to date by its session.
type status struct {
	log      *zap.Logger // with operator and bind
	chorus   *chorus     // of the operator
	observer *Observer

	mu      sync.Mutex
	info    BindInfo
	session *session // nil between sessions
	repeats repeats
	quiet   bool // the end of the session before was one more of the same and not logged
}

// change is a bind entering another state. A failure comes as end, anything else
// as reason and advice.
type change struct {
	to             BindState
	address        string // when it is another one
	reason, advice string
	end            ending
	wait           time.Duration // until the next attempt
}

// enter shows the change to everybody. Entering the present state again
// says nothing.
func (st *status) enter(c change) {
	c = c.told()
	st.mu.Lock()
	from := st.info.State
	if from == c.to {
		st.mu.Unlock()
		return
	}
	now := time.Now()
	before := st.info
	st.info.note(c, now)
	told := StateChange{
		Operator: st.info.Operator, Account: st.info.Account, Bind: st.info.Name, Address: st.info.Address,
		From: from, To: c.to, Reason: c.reason, Advice: c.advice, Alarm: c.end.locksAccount(), At: now,
	}
	st.mu.Unlock()
	st.logChange(c, told, &before)
	st.observer.StateChanged(told)
}

// postpone shows until when, and why, a bind waits for its account; one that waits
// already says nothing more.
func (st *status) postpone(why change) {
	st.enter(why)
	st.mu.Lock()
	defer st.mu.Unlock()
	if now := time.Now(); st.info.State == Waiting && !st.info.NextAttempt.After(now) {
		st.info.NextAttempt = now.Add(why.wait)
		st.info.blame(why.told(), now)
	}
}

// told returns the change with what is told of its ending.
func (c change) told() change {
	if c.end.cause != causeStopped {
		c.reason, c.advice = c.end.reason, c.end.advice
	}
	return c
}

// note takes the change over into what is shown.
func (i *BindInfo) note(c change, now time.Time) {
	from := i.State
	i.State, i.Since, i.NextAttempt = c.to, now, time.Time{}
	if c.address != "" {
		i.Address = c.address
	}
	if from == Bound || i.UnboundSince.IsZero() {
		i.UnboundSince, i.Attempts = now, 0
	}
	switch c.to {
	case Connecting:
		i.Attempts++
	case Bound:
		i.UnboundSince = time.Time{}
		if !i.failed { // what kept us from binding is no failure, and over
			i.LastError, i.Advice, i.LastErrorAt = "", "", time.Time{}
		}
	case Waiting:
		i.NextAttempt = now.Add(c.wait)
		i.blame(c, now)
		if from == Bound && i.failed {
			i.lose(now)
		}
	case Refusing, Held:
		i.blame(c, now)
	case Idle, Binding, Unbinding: // no news about what is wrong
	}
}

// blame shows why the bind is not bound.
func (i *BindInfo) blame(c change, now time.Time) {
	i.LastError, i.Advice, i.LastErrorAt = c.reason, c.advice, now
	i.failed = c.end.cause != causeStopped
}

// logChange writes one clear line. Steps on the way are for debugging; a failure
// of the same kind is written again only after a while, with its count.
func (st *status) logChange(c change, told StateChange, before *BindInfo) {
	fields := []zap.Field{zap.String("address", told.Address)}
	if told.Reason != "" {
		fields = append(fields, zap.String("reason", told.Reason))
	}
	if told.Advice != "" {
		fields = append(fields, zap.String("do", told.Advice))
	}
	line := verse{kind: string(told.To) + " " + told.Address, level: zapcore.InfoLevel, text: string(told.To)}
	switch told.To {
	case Connecting, Binding, Unbinding:
		st.log.Debug(line.text, fields...)
		return
	case Bound:
		if before.failed {
			fields = append(fields, downFields(before, told.At)...)
		}
		if st.quietly(before.Attempts) {
			st.log.Debug(line.text, fields...)
			return
		}
	case Idle:
	case Held, Refusing:
		line.level = zapcore.WarnLevel
	case Waiting:
		fields = append(fields, zap.Duration("next_attempt_in", c.wait.Round(time.Millisecond)))
		line.level = zapcore.WarnLevel
		if c.end.cause != causeStopped { // else after a restart
			line.fields = fields
			st.logFailure(c, line, told, before)
			return
		}
	}
	line.fields = fields
	st.chorus.say(told.Bind, line)
}

// quietly reports whether nothing is to be said of being bound again: the loss
// was not logged either, and the first attempt made it good.
func (st *status) quietly(attempts int) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.quiet && attempts <= 1
}

// downFields say how long the bind has not been bound, if it was not, and how
// often it tried.
func downFields(before *BindInfo, now time.Time) []zap.Field {
	if before.UnboundSince.IsZero() {
		return nil
	}
	return []zap.Field{
		zap.Duration("not_bound_for", now.Sub(before.UnboundSince).Round(time.Second)), zap.Int("attempts", before.Attempts),
	}
}

func (st *status) logFailure(c change, line verse, told StateChange, before *BindInfo) {
	line.kind, line.text = trouble(told.Address, c.end), "bind failed"
	if c.end.bound {
		line.text = "session ended"
	}
	if c.end.locksAccount() {
		line.level = zapcore.ErrorLevel
	}
	said := st.chorus.fail(told.Bind, line, func() []zap.Field { return downFields(before, told.At) })
	st.mu.Lock()
	defer st.mu.Unlock()
	st.quiet = !said && told.From == Bound
}

// note logs something odd that may repeat with every PDU: once, and after a
// while again with a count. Texts are constants, so their number is bounded.
func (st *status) note(text string, fields ...zap.Field) {
	st.mu.Lock()
	repeated, say := st.repeats.say(text, time.Now())
	st.mu.Unlock()
	if !say {
		return
	}
	if repeated > 0 {
		fields = append(fields, zap.Int("repeated", repeated))
	}
	st.log.Warn(text, fields...)
}

func (st *status) received(at time.Time) {
	st.mu.Lock()
	st.info.LastReceipt = at
	st.mu.Unlock()
	st.observer.Received(st.info.Name, at)
}

func (st *status) answered(status CommandStatus, after time.Duration) {
	st.mu.Lock()
	st.info.Answered[status]++
	st.mu.Unlock()
	st.observer.Answered(st.info.Name, status, after)
}

func (st *status) malformed(reason string) {
	st.observer.Malformed(st.info.Name, reason)
	st.note("a receipt that cannot be read, kept as it came", zap.String("reason", reason))
}

// serving tells which session serves the bind now; nil: none.
func (st *status) serving(s *session) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.session = s
}

// abandon ends the session that serves the bind, if it was asked to leave.
func (st *status) abandon() {
	st.mu.Lock()
	s := st.session
	st.mu.Unlock()
	if s != nil {
		s.abandon()
	}
}

func (st *status) snapshot() BindInfo {
	st.mu.Lock()
	defer st.mu.Unlock()
	info := st.info
	info.Answered = maps.Clone(info.Answered)
	if st.session != nil {
		info.InWindow = st.session.window.len()
	}
	return info
}
