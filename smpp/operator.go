package smpp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

// ErrUnknownBind is returned for a bind name that the operator does not have.
var ErrUnknownBind = errors.New("no such bind")

// storableInterval is how often Options.Storable is asked.
const storableInterval = time.Second

// Operator keeps all binds of one operator.
type Operator struct {
	common
	binds  []*bind
	logins []*login
	ran    atomic.Bool
}

// maxRefusals is how many receipts a second of one operator are refused unread; a
// peer that goes on sending past its window is read no faster.
const maxRefusals = 20_000

// common is what all binds of an operator share.
type common struct {
	opts    *Options
	handler Handler
	rate    *rate.Limiter
	dial    dialFunc
	// refusals paces the reading of receipts that are refused unread.
	refusals *rate.Limiter
	chorus   *chorus
	// tired is set once receipts could not be stored for RefuseFor, until they
	// can: no bind is opened meanwhile.
	tired atomic.Bool
}

// NewOperator checks opts and prepares the binds; Run opens them.
// The error names everything that is wrong.
func NewOperator(opts Options, h Handler) (*Operator, error) {
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	dial, err := opts.dialer()
	if err != nil {
		return nil, err
	}
	o := &Operator{common: common{opts: &opts, handler: h, rate: limiter(opts.MaxRate), dial: dial}}
	o.refusals = rate.NewLimiter(maxRefusals, maxRefusals/10)
	o.chorus = &chorus{log: opts.Log.With(zap.String("operator", opts.Name)), troubles: repeats{}}
	for _, a := range opts.Accounts {
		o.addAccount(a)
	}
	o.chorus.binds = len(o.binds)
	return o, nil
}

// addAccount adds an account's binds: Binds of them over all addresses, or Binds
// on each.
func (o *Operator) addAccount(a Account) {
	turn := make(chan struct{}, 1)
	routes := [][]string{o.opts.Addresses}
	if o.opts.Spread == Each {
		routes = nil
		for _, address := range o.opts.Addresses {
			routes = append(routes, []string{address})
		}
	}
	n := 0
	for _, route := range routes {
		l := &login{name: o.opts.Name + "/" + a.Name, opts: o.opts, turn: turn}
		if o.opts.Spread == Each { // each site judges for itself
			l.name += "@" + route[0]
		}
		o.logins = append(o.logins, l)
		for range a.Binds {
			n++
			b := newBind(&o.common, a, n, route)
			b.login = l
			l.binds = append(l.binds, b)
			o.binds = append(o.binds, b)
		}
	}
}

// limiter lets one second's receipts pass at once.
func limiter(perSecond float64) *rate.Limiter {
	if perSecond == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(perSecond), int(math.Max(1, perSecond)))
}

// ErrLost is the cause that Run's context ends with when another
// process may soon hold the binds: sessions are closed within 500 ms, whether
// the SMSC answers our unbind or not.
var ErrLost = errors.New("this gateway no longer holds the operator")

// Run keeps the binds until ctx ends. Then it takes nothing more, waits for the
// answers of what was taken, unbinds and closes. It returns nil after a clean
// stop; every goroutine has ended by then. Run may be called once.
func (o *Operator) Run(ctx context.Context) error {
	if o.ran.Swap(true) {
		return fmt.Errorf("operator %q: Run was called before", o.opts.Name)
	}
	for _, l := range o.logins {
		l.begin(time.Now())
	}
	var running sync.WaitGroup
	for _, b := range o.binds {
		running.Go(func() { b.run(ctx) })
	}
	running.Go(func() { o.watchStorage(ctx) })
	running.Wait()
	o.chorus.end()
	return nil
}

// Abandon cuts off what Run still waits for once its context has ended: answers
// of the SMSCs to our unbind, and of the handler to receipts, which the SMSCs
// deliver again. It returns at once; Run returns soon after.
func (o *Operator) Abandon() {
	for _, b := range o.binds {
		b.abandon()
	}
}

// watchStorage unbinds everything when receipts could not be stored for
// RefuseFor, and lets the binds look again when they can.
func (o *Operator) watchStorage(ctx context.Context) {
	ticker := time.NewTicker(storableInterval)
	defer ticker.Stop()
	var since time.Time // when storing began to fail; zero: it works
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := o.opts.Storable()
		switch {
		case err == nil && !since.IsZero():
			since = time.Time{}
			o.tired.Store(false)
			for _, b := range o.binds {
				b.poke()
			}
		case err == nil:
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= o.opts.RefuseFor:
			o.tired.Store(true)
			for _, b := range o.binds {
				b.stop(fmt.Errorf("%w for %s: %w", errRefusing, o.opts.RefuseFor, err))
			}
		}
	}
}

// Binds returns a snapshot of every bind, in the order of their names' numbers.
func (o *Operator) Binds() []BindInfo {
	infos := make([]BindInfo, len(o.binds))
	for i, b := range o.binds {
		infos[i] = b.snapshot()
	}
	return infos
}

// Unbind ends the bind's session cleanly and holds it until Bind. Before Run it
// lets the bind begin held. It returns at once; the error is ErrUnknownBind.
func (o *Operator) Unbind(name string) error { return o.hold(name, true) }

// Bind lets a held bind bind again, and one that waits try at once. It returns
// at once; the error is ErrUnknownBind.
func (o *Operator) Bind(name string) error { return o.hold(name, false) }

func (o *Operator) hold(name string, held bool) error {
	for _, b := range o.binds {
		if b.name == name {
			b.hold(held)
			return nil
		}
	}
	return fmt.Errorf("%w: %q", ErrUnknownBind, name)
}

// newBind makes an account's bind number n for the addresses of its route.
func newBind(shared *common, a Account, n int, route []string) *bind {
	opts := shared.opts
	name := fmt.Sprintf("%s/%s/%d", opts.Name, a.Name, n)
	return &bind{
		status: status{
			log:      opts.Log.With(zap.String("operator", opts.Name), zap.String("bind", name)),
			observer: &opts.Observer, chorus: shared.chorus,
			info: BindInfo{
				Operator: opts.Name, Account: a.Name, Name: name, Address: route[0],
				State: Idle, Answered: map[CommandStatus]uint64{},
			},
			repeats: repeats{},
		},
		common: shared, account: a, name: name, addresses: route,
		wake: make(chan struct{}, 1), pace: pace{opts: opts},
	}
}
