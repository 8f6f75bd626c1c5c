package forward

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/dlrgate/dlrgate/journal"
)

var (
	// ErrStopped says that the endpoint no longer runs, or does not yet.
	ErrStopped = errors.New("the endpoint is not running")
	// ErrStandby says that another gateway delivers to the endpoint, and is the
	// one to ask.
	ErrStandby = errors.New("this gateway holds none of the operators: ask the one that does, or see dlrgate status when the database is away")
)

// Endpoint delivers the journal's receipts to one webhook. Its methods may be
// called from any goroutine.
type Endpoint struct {
	o      Options
	log    Log
	obs    Observer
	zap    *zap.Logger
	target *target

	acts   chan func(*dispatcher) // done by the dispatcher, between two steps of its own
	ended  chan struct{}          // closed when Run has returned
	stop   chan struct{}          // closed: start no more POSTs
	status atomic.Pointer[snapshot]
	places places

	mu       sync.Mutex
	started  bool
	stopping bool
	cut      context.CancelFunc // ends running POSTs
}

// New checks the options and builds an endpoint; nothing runs yet. Its errors
// name the endpoint and hold no secret.
func New(o Options, log Log, obs Observer, logger *zap.Logger) (*Endpoint, error) {
	if o.Concurrency < 1 || o.Timeout <= 0 || o.Retry.Initial <= 0 || o.Retry.Max < o.Retry.Initial {
		return nil, fmt.Errorf("endpoint %q: concurrency, timeout and retry must be above 0, and retry.max at least retry.initial", o.Name)
	}
	if o.UserAgent == "" {
		o.UserAgent = "dlrgate"
	}
	e := &Endpoint{
		o: o, log: log, obs: obs.filled(),
		acts: make(chan func(*dispatcher)), ended: make(chan struct{}), stop: make(chan struct{}),
	}
	if logger == nil {
		logger = zap.NewNop()
	}
	e.zap = logger.With(zap.String("endpoint", o.Name))
	t, err := newTarget(&e.o)
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", o.Name, err)
	}
	e.target = t
	e.status.Store(&snapshot{})
	return e, nil
}

// Name is the endpoint's identity.
func (e *Endpoint) Name() string { return e.o.Name }

// Attach registers endpoints with their journal, so that what is stored from now
// on waits for them. It is called before any bind opens; Run does it again.
func Attach(ctx context.Context, endpoints ...*Endpoint) error {
	if len(endpoints) == 0 {
		return nil
	}
	starts := map[string]journal.Start{}
	for _, e := range endpoints {
		starts[e.o.Name] = e.start()
	}
	return endpoints[0].log.AttachAll(ctx, starts)
}

func (e *Endpoint) start() journal.Start {
	if e.o.StartOldest {
		return journal.StartOldest
	}
	return journal.StartNewest
}

// register returns where the endpoint stands in each stream. It may be called
// again: an endpoint of the same name may have gone on meanwhile, and streams
// may have come.
func (e *Endpoint) register(ctx context.Context) ([]journal.Cursor, error) {
	cursors, err := e.log.Attach(ctx, e.o.Name, e.start())
	if err != nil {
		return nil, fmt.Errorf("attach endpoint %q: %w", e.o.Name, err)
	}
	return cursors, nil
}

// Run delivers until Stop is called or ctx ends, and returns when every
// goroutine of the endpoint has ended. When ctx ends, running POSTs are cut off;
// Stop lets them end. While the journal does not say where to begin, it asks
// again. An endpoint runs once; to go on where it stopped, make another of the
// same name. The error is always nil.
func (e *Endpoint) Run(ctx context.Context) error {
	defer close(e.ended)
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	posting, cut := context.WithCancel(ctx)
	defer cut()
	if !e.begin(func() { cut(); time.AfterFunc(cutGrace, abandon) }) {
		return nil
	}
	d := e.dispatcher(ctx)
	if d == nil {
		return nil
	}
	d.post = d.poster(posting)
	d.run(ctx)
	e.target.close()
	return nil
}

// cutGrace is how long what became of POSTs that were cut off may take to be
// noted: milliseconds, unless the journal hangs.
const cutGrace = 250 * time.Millisecond

// Pauses between tries to begin.
const (
	beginAgainFirst = 500 * time.Millisecond
	beginAgainMax   = 30 * time.Second
)

// dispatcher makes the dispatcher as soon as the journal says where to begin;
// nil when the endpoint is to end before.
func (e *Endpoint) dispatcher(ctx context.Context) *dispatcher {
	for pause := beginAgainFirst; ; pause = min(2*pause, beginAgainMax) {
		d, err := newDispatcher(ctx, e)
		if err == nil {
			return d
		}
		e.zap.Error("endpoint cannot begin, its receipts wait", zap.Error(err))
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-e.stop:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// begin says whether Run may go on: Stop was not called yet.
func (e *Endpoint) begin(cut context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.started, e.cut = true, cut
	return !e.stopping
}

// Stop starts no more POSTs, waits for the running ones until ctx ends, then
// cuts them off, and returns when Run has: soon after, even if the journal hangs.
func (e *Endpoint) Stop(ctx context.Context) {
	e.mu.Lock()
	if !e.stopping {
		e.stopping = true
		close(e.stop)
	}
	started, cut := e.started, e.cut
	e.mu.Unlock()
	if !started {
		return
	}
	select {
	case <-ctx.Done():
		cut()
		<-e.ended
	case <-e.ended:
	}
}

// do has the dispatcher run act, between two steps of its own.
func (e *Endpoint) do(ctx context.Context, act func(*dispatcher)) error {
	done := make(chan struct{})
	select { // an act that was accepted is done, even while the endpoint stops
	case e.acts <- func(d *dispatcher) { act(d); d.publish(); close(done) }:
		<-done
		return nil
	case <-e.ended:
		return fmt.Errorf("endpoint %q: %w", e.o.Name, ErrStopped)
	case <-ctx.Done():
		return fmt.Errorf("endpoint %q: %w", e.o.Name, ctx.Err())
	}
}

// doHere is do for what only the gateway that delivers can do.
func (e *Endpoint) doHere(ctx context.Context, act func(*dispatcher) error) error {
	var failed error
	err := e.do(ctx, func(d *dispatcher) {
		if failed = ErrStandby; !d.standby() {
			failed = act(d)
		}
	})
	if err == nil && failed != nil {
		err = fmt.Errorf("endpoint %q: %w", e.o.Name, failed)
	}
	return err
}

// limiter returns the endpoint's rate limit; its burst is what 20 ms allow, so
// that a timer's coarseness does not lower the rate.
func limiter(perSecond float64, batch int) *rate.Limiter {
	if perSecond <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, batch, int(perSecond*(20*time.Millisecond).Seconds())))
}
