package simulator

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"
)

// Account is one system_id that may bind.
type Account struct {
	SystemID string
	// Password is checked when it is not empty.
	Password string
	// MaxSessions bounds the account's sessions; one more is refused with
	// ESME_RALYBND. 0: no bound.
	MaxSessions int
	// Linger is how long a session whose connection was lost counts among
	// MaxSessions still, as with an SMSC whose own enquire_link has to find it dead.
	Linger time.Duration
	// Dialect is how receipts for this account's submit_sm are worded.
	Dialect Dialect
}

// Resend says which receipts are sent again, and when.
type Resend struct {
	// Statuses are the values of command_status that the SMSC takes as "not
	// now"; every other one but 0 ends the receipt. None: those that published
	// operators retry (see [TemporaryStatuses]).
	Statuses []CommandStatus
	// After is the delay before a refused or unanswered receipt goes out again.
	// 0: 1 s.
	After time.Duration
	// Limit is how often a receipt is sent in all. 0: no limit.
	Limit int
	// AnswerTimeout is how long the SMSC waits for an answer. 0: 10 s.
	AnswerTimeout time.Duration
}

// TemporaryStatuses returns the values of command_status after which an
// operator sends a receipt again: Vonage's published list and ESME_RX_T_APPN.
func TemporaryStatuses() []CommandStatus {
	return []CommandStatus{0x08, 0x14, 0x45, 0x58, 0x64, 0x67, 0xFE, 0xFF}
}

// Options configure an [SMSC]. The zero value listens on a free port of
// 127.0.0.1 and welcomes every account.
type Options struct {
	// Listen is host:port. Empty: 127.0.0.1:0.
	Listen string
	// Accounts may bind; none: every system_id and password may.
	Accounts []Account
	// Window is how many receipts a session may leave unanswered. 0: 10.
	Window int
	Resend Resend
	// EnquireLink is the interval of the SMSC's own enquire_link. 0: none.
	EnquireLink time.Duration
	// TLS, when set, is spoken on the socket.
	TLS *tls.Config
	// Dialect words the receipts for submit_sm of accounts that name none.
	// Zero: [DefaultDialect].
	Dialect Dialect
	// Seed makes message ids and outcomes; the same seed makes the same ones.
	Seed uint64
	// ReceiptDelay is the time from submit_sm to its receipt. 0: at once after
	// submit_sm_resp.
	ReceiptDelay time.Duration
	// Remember is how many answered receipts are kept for [SMSC.Redeliver].
	Remember int
	// Ledger takes the truth. nil: a new one.
	Ledger *Ledger
	// Log, when set, is told of binds and their ends, one sentence at a time. It
	// is called from several goroutines.
	Log func(string)
}

// SMSC is an operator's message centre. Whoever starts it closes it.
type SMSC struct {
	opts      Options
	ledger    *Ledger
	listener  net.Listener
	temporary map[CommandStatus]bool
	agenda    *agenda
	stop      chan struct{}
	stopOnce  sync.Once
	wg        sync.WaitGroup

	mu       sync.Mutex
	queues   map[string]*queue
	sessions []*Session
	lingers  map[string]int // lost sessions that count still, by system_id
	conns    map[net.Conn]struct{}
	script   behaviour
	sources  map[string]*Source
	taken    []*pending // the last Options.Remember answered OK
}

// behaviour is what hooks ask of the SMSC from now on.
type behaviour struct {
	refuse       CommandStatus
	refuseLeft   int // < 0: every bind
	silentBinds  bool
	paused       bool
	submitStatus CommandStatus
	submitDelay  time.Duration
	receiptFirst bool
}

// Start listens and serves until Close. The error is a [ListenError].
func Start(opts Options) (*SMSC, error) {
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:0"
	}
	if opts.Window == 0 {
		opts.Window = 10
	}
	if opts.Ledger == nil {
		opts.Ledger = NewLedger()
	}
	if opts.Dialect.Name == "" {
		opts.Dialect = DefaultDialect()
	}
	opts.Resend = opts.Resend.withDefaults()
	listener, err := listen(opts.Listen)
	if err != nil {
		return nil, err
	}
	if opts.TLS != nil {
		listener = tls.NewListener(listener, opts.TLS)
	}
	c := &SMSC{
		opts: opts, ledger: opts.Ledger, listener: listener,
		temporary: map[CommandStatus]bool{}, agenda: newAgenda(), stop: make(chan struct{}),
		queues: map[string]*queue{}, lingers: map[string]int{}, conns: map[net.Conn]struct{}{}, sources: map[string]*Source{},
	}
	for _, s := range opts.Resend.Statuses {
		c.temporary[s] = true
	}
	c.wg.Add(2)
	go c.accept()
	go func() { defer c.wg.Done(); c.agenda.run(c.stop) }()
	return c, nil
}

func (r Resend) withDefaults() Resend {
	if r.Statuses == nil {
		r.Statuses = TemporaryStatuses()
	}
	if r.After == 0 {
		r.After = time.Second
	}
	if r.AnswerTimeout == 0 {
		r.AnswerTimeout = 10 * time.Second
	}
	return r
}

// Addr is host:port where the SMSC listens.
func (c *SMSC) Addr() string { return c.listener.Addr().String() }

// Ledger is the truth about every receipt.
func (c *SMSC) Ledger() *Ledger { return c.ledger }

// Close ends every session without an unbind, as a crash would, and returns
// when all goroutines have ended. More calls do nothing.
func (c *SMSC) Close() {
	c.stopOnce.Do(func() {
		close(c.stop)
		_ = c.listener.Close()
		c.mu.Lock()
		for conn := range c.conns {
			_ = conn.Close()
		}
		c.mu.Unlock()
	})
	c.wg.Wait()
}

// Send queues receipts for the sessions of their accounts and returns their
// numbers in the ledger. It does not wait for a session.
func (c *SMSC) Send(receipts ...*Receipt) []uint64 {
	numbers := make([]uint64, len(receipts))
	items := make([]*pending, len(receipts))
	for i, r := range receipts {
		numbers[i] = c.ledger.add(r)
		items[i] = &pending{number: numbers[i], account: r.Account, frame: r.frame()}
	}
	c.enqueue(items)
	return numbers
}

// Play sends the receipts of src, rate a second, or as fast as the windows
// allow with rate 0. It returns when all are queued (nil), when ctx is done
// (its error) or when the SMSC is closed (nil).
func (c *SMSC) Play(ctx context.Context, src *Source, rate float64) error {
	const batch, highWater = 256, 8192
	start, sent := time.Now(), 0
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		room := highWater - c.queued(src.Account)
		if rate > 0 {
			room = min(room, int(time.Since(start).Seconds()*rate)+1-sent)
		}
		for room > 0 {
			receipts := src.take(min(room, batch))
			if len(receipts) == 0 {
				return nil
			}
			c.Send(receipts...)
			sent += len(receipts)
			room -= len(receipts)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.stop:
			return nil
		}
	}
}

func (c *SMSC) accept() {
	defer c.wg.Done()
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			select {
			case <-c.stop:
				return
			case <-time.After(10 * time.Millisecond): // out of descriptors: try again
				continue
			}
		}
		c.mu.Lock()
		select {
		case <-c.stop:
			_ = conn.Close()
		default:
			c.conns[conn] = struct{}{}
			c.wg.Add(1)
			go c.serve(conn)
		}
		c.mu.Unlock()
	}
}

func (c *SMSC) forget(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	delete(c.conns, conn)
	c.mu.Unlock()
}

func (c *SMSC) log(format string, args ...any) {
	if c.opts.Log != nil {
		c.opts.Log(fmt.Sprintf(format, args...))
	}
}
