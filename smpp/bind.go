package smpp

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"go.uber.org/zap"
)

// Why we end a session ourselves; the texts go to logs and status pages.
var (
	errShutdown    = errors.New("ended by this gateway")
	errHeld        = errors.New("unbound by an administrator")
	errRefusing    = errors.New("receipts cannot be stored")
	errBackToFirst = errors.New("the first address answers again")
)

// bind is one configured link. Its goroutine, in run, makes one session after
// the other; everything else about it is its status.
type bind struct {
	*common
	status

	account   Account
	name      string
	addresses []string
	login     *login
	wake      chan struct{} // capacity 1: look at held, hurry and login again

	// Of run's goroutine.
	at    int // index in addresses
	pace  pace
	saved Backoff

	control struct {
		sync.Mutex
		held      bool                    // by an administrator
		hurry     bool                    // skip the wait
		interrupt context.CancelCauseFunc // ends the present attempt or session; nil between them
	}
}

// run keeps the bind until ctx ends.
func (b *bind) run(ctx context.Context) {
	wait := b.resume()
	for b.ready(ctx, wait) {
		end := b.login.judge(b.attempt(ctx))
		wait = b.pace.after(end)
		b.saveBackoff()
		b.rotate(end)
		if end.cause != causeStopped {
			locked, _ := b.login.locked()
			b.enter(change{to: Waiting, end: end, wait: max(wait, locked)})
		}
	}
	b.pace.step = min(b.pace.step, orderlyStep)
	b.saveBackoff()
	b.enter(change{to: Idle, reason: endStopped(ctx).reason})
}

// resume goes on where the bind was before a restart: it returns how long to wait
// before the first attempt. What failed with another setup does not count.
func (b *bind) resume() time.Duration {
	wait, why := b.pace.resume(b.saved, time.Now())
	switch locked, account := b.login.locked(); {
	case locked > wait: // ready waits for it, too
		b.enter(account)
	case wait > 0:
		advice := "tried again by itself"
		if b.saved.Refusals > 0 {
			advice = "check system_id, password and TLS with the operator"
		}
		b.enter(change{to: Waiting, reason: why, advice: advice + "; at once with: dlrgate binds bind " + b.name, wait: wait})
	}
	return wait
}

// ready waits until the bind may attempt, and has the account's turn: wait has passed
// or an administrator was impatient, nobody holds it, the account is not refused, and
// storing receipts is not long impossible. It returns false when ctx has ended.
func (b *bind) ready(ctx context.Context, wait time.Duration) bool {
	due := time.Now().Add(wait)
	for ctx.Err() == nil {
		pause := b.obstacle(due)
		if pause > 0 {
			b.rest(ctx, pause)
			continue
		}
		select {
		case b.login.turn <- struct{}{}:
			if b.obstacle(due) <= 0 { // whoever had the turn may have been refused
				return true
			}
			<-b.login.turn
		case <-ctx.Done():
		case <-b.wake:
		}
	}
	return false
}

// rest waits for pause, for ctx's end or until woken.
func (b *bind) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-b.wake:
	case <-timer.C:
	}
}

// obstacle returns for how long the bind may not attempt, and shows why.
func (b *bind) obstacle(due time.Time) time.Duration {
	b.control.Lock()
	held, hurry := b.control.held, b.control.hurry
	b.control.Unlock()
	switch rest := time.Until(due); {
	case held:
		b.enter(change{to: Held, reason: errHeld.Error(), advice: "dlrgate binds bind " + b.name})
		return time.Hour // or until woken
	case rest > 0 && !hurry:
		return rest
	}
	if rest, why := b.login.locked(); rest > 0 && !hurry {
		b.postpone(why)
		return rest
	}
	if err := b.opts.Storable(); err != nil && b.tired.Load() {
		b.enter(change{
			to: Refusing, reason: errRefusing.Error() + ": " + err.Error(),
			advice: "make room or repair the journal; bound again by itself then",
		})
		return storableInterval
	}
	return 0
}

// attempt connects, binds and serves one session, and returns why it ended. It gives
// the account's turn back.
func (b *bind) attempt(ctx context.Context) ending {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b.interruptible(cancel)
	defer b.interruptible(nil)

	done := sync.OnceFunc(func() { <-b.login.turn })
	defer done()
	b.pace.attempt()
	b.saveBackoff()

	address := b.addresses[b.at]
	b.enter(change{to: Connecting, address: address})
	conn, err := b.connect(ctx, address)
	if err != nil {
		return endOfDial(ctx, err)
	}
	b.enter(change{to: Binding})
	s := newSession(b, conn)
	b.serving(s)
	defer b.serving(nil)
	probing, gone := context.WithCancel(ctx)
	living := spawn(func() {
		defer gone()
		s.run(ctx)
	})
	select {
	case <-s.accepted:
	case <-s.over:
	}
	if s.isBound() {
		b.login.accepted()
		defer b.login.ended()
		done()
		b.pace.accepted()
		b.saveBackoff()
		b.watch(probing, s)
	}
	<-living
	return s.end
}

// watch looks after a bound session's good days until it is over: after a while
// the back-off is forgotten, and a session on a later address gives way when the
// first one answers again. ctx ends with the session.
func (b *bind) watch(ctx context.Context, s *session) {
	stable := time.NewTimer(b.opts.Reconnect.Max)
	defer stable.Stop()
	first := time.NewTicker(backToFirst)
	defer first.Stop()
	for {
		select {
		case <-stable.C:
			b.pace.stable()
			b.saveBackoff()
			b.status.chorus.forget(b.addresses[b.at])
		case <-first.C:
			if b.at > 0 && b.answers(ctx, b.addresses[0]) {
				b.at = 0
				b.stop(errBackToFirst)
			}
		case <-s.over:
			return
		}
	}
}

// answers reports whether a connection to address comes about.
func (b *bind) answers(ctx context.Context, address string) bool {
	conn, err := b.connect(ctx, address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// rotate goes on to the next address when this one failed. After ESME_RALYBND it
// stays: that is where our old session dies, as it does while sessions may linger.
func (b *bind) rotate(e ending) {
	if e.cause == causeStopped || e.lingers || e.cause == causeRefused && e.status == StatusAlreadyBound {
		return
	}
	b.at = (b.at + 1) % len(b.addresses)
}

// bindRequest is our bind_receiver or bind_transceiver (SMPP 3.4 §4.1).
func (b *bind) bindRequest() pdu.Body {
	p := pdu.NewBindReceiver()
	if b.opts.Mode == Transceiver {
		p = pdu.NewBindTransceiver()
	}
	for name, value := range map[pdufield.Name]any{
		pdufield.SystemID:         b.account.SystemID,
		pdufield.Password:         b.account.Password,
		pdufield.SystemType:       b.account.SystemType,
		pdufield.InterfaceVersion: b.opts.InterfaceVersion,
		pdufield.AddrTON:          b.opts.AddressTON,
		pdufield.AddrNPI:          b.opts.AddressNPI,
		pdufield.AddressRange:     b.opts.AddressRange,
	} {
		// Set fails only for types that a field does not take.
		if err := p.Fields().Set(name, value); err != nil {
			b.log.DPanic("bind field", zap.String("field", string(name)), zap.Error(err))
		}
	}
	return p
}
