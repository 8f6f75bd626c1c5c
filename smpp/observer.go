package smpp

import "time"

// BindState is what a bind is doing.
type BindState string

// The states of a bind.
const (
	Idle       BindState = "idle"       // not started, or Run has returned
	Connecting BindState = "connecting" // dialling, TLS handshake
	Binding    BindState = "binding"    // bind sent, no bind_resp yet
	Bound      BindState = "bound"
	Unbinding  BindState = "unbinding" // unbind sent by either side, answers still drain
	Waiting    BindState = "waiting"   // before the next attempt
	Refusing   BindState = "refusing"  // receipts cannot be stored; bound again when they can
	Held       BindState = "held"      // unbound by Operator.Unbind until Operator.Bind
)

// BindInfo is a snapshot of one bind.
type BindInfo struct {
	Operator, Account string
	// Name is operator/account/N.
	Name string
	// Address is the one in use, or the last one tried.
	Address string
	State   BindState
	// Since is when State began.
	Since time.Time
	// UnboundSince is when the last session ended, or the first attempt began when
	// there was none; zero while bound. Attempts counts those made since then.
	UnboundSince time.Time
	Attempts     int
	// LastReceipt is when the last receipt came; zero: none yet.
	LastReceipt time.Time
	// NextAttempt is when a waiting bind tries again; zero in other states.
	NextAttempt time.Time
	// InWindow is how many receipts are taken and not yet answered.
	InWindow int
	// LastError says why the last session or attempt ended, or why the bind makes
	// none, Advice what to do about it, LastErrorAt when it was. A failure stays
	// when the bind is bound again; all are zero when it never failed.
	LastError, Advice string
	LastErrorAt       time.Time
	failed            bool // LastError is of a failure
	// Losses counts sessions that ended against our will, each within LossSpan of
	// the one before, the first at LostSince, the last at LostAt.
	Losses            int
	LostSince, LostAt time.Time
	// Answered counts the answers to receipts by their command_status.
	Answered map[CommandStatus]uint64
}

// LossSpan is how long after a lost session another one counts as one more of
// the same trouble.
const LossSpan = 10 * time.Minute

// lose counts a session that ended against our will.
func (i *BindInfo) lose(now time.Time) {
	if now.Sub(i.LostAt) > LossSpan {
		i.Losses, i.LostSince = 0, now
	}
	i.Losses++
	i.LostAt = now
}

// StateChange tells that a bind entered another state.
type StateChange struct {
	Operator, Account, Bind, Address string
	From, To                         BindState
	// Reason and Advice say in words why, and what to do; Advice may be empty.
	Reason, Advice string
	// Alarm is set when a person has to act: the SMSC refuses the account, or
	// TLS fails.
	Alarm bool
	At    time.Time
}

// Observer is told what happens; nil funcs are allowed. They are called by the
// goroutines that serve the binds, so they must return at once and be safe for
// concurrent use.
type Observer struct {
	// StateChanged: a bind entered another state.
	StateChanged func(StateChange)
	// Received: a deliver_sm or data_sm came, whatever becomes of it.
	Received func(bind string, at time.Time)
	// Answered: a receipt was answered, after that time since it was read.
	Answered func(bind string, status CommandStatus, after time.Duration)
	// Malformed: a frame's mandatory fields could not be read, or the handler
	// panicked over it.
	Malformed func(bind, reason string)
	// AlertNotification: an alert_notification came; it needs no answer.
	AlertNotification func(bind string)
	// UnknownCommand: a request came that an ESME does not serve; it got
	// generic_nack 0x03.
	UnknownCommand func(bind string, commandID uint32)
	// EnquireLink: our enquire_link was answered after that time.
	EnquireLink func(bind string, latency time.Duration)
	// CertificateExpiry: the SMSC at address showed a TLS certificate that ends
	// then.
	CertificateExpiry func(address string, notAfter time.Time)
}

// withDefaults fills nil funcs, so that nobody has to ask before calling one.
func (o Observer) withDefaults() Observer {
	if o.StateChanged == nil {
		o.StateChanged = func(StateChange) {}
	}
	if o.Received == nil {
		o.Received = func(string, time.Time) {}
	}
	if o.Answered == nil {
		o.Answered = func(string, CommandStatus, time.Duration) {}
	}
	if o.Malformed == nil {
		o.Malformed = func(string, string) {}
	}
	if o.AlertNotification == nil {
		o.AlertNotification = func(string) {}
	}
	if o.UnknownCommand == nil {
		o.UnknownCommand = func(string, uint32) {}
	}
	if o.EnquireLink == nil {
		o.EnquireLink = func(string, time.Duration) {}
	}
	if o.CertificateExpiry == nil {
		o.CertificateExpiry = func(string, time.Time) {}
	}
	return o
}
