package forward

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/dlrgate/dlrgate/journal"
)

const (
	tick       = time.Second      // the rhythm of budgets, parked ones and the status
	logTimeout = 10 * time.Second // longest wait for one call of the journal
	lastWrites = 2 * time.Second  // and for what is written when it stops
)

// dispatcher is an endpoint at work. One goroutine owns it: it reads the log,
// hands jobs to the workers, and decides what becomes of their results.
type dispatcher struct {
	*Endpoint
	post    func(*job)     // makes a job's POSTs
	posting sync.WaitGroup // one for each running job
	results chan *job      // from them; never full: one place per running job

	queue        *queue
	retries      retryHeap
	breaker      *breaker
	limit        *rate.Limiter
	state        *state
	parked       *parkedTries
	replays      *replays
	report       *reporter
	expired      map[journal.Stream]journal.Position // to be given up when nothing runs
	toPark       []parking
	inflight     int
	probes       int    // probes among the running ones
	laneJobs     int    // jobs running that are not live
	taken        uint64 // events, since the start
	failingSince time.Time
	heard        uint64    // what changed in the log was looked at up to here
	behind       bool      // the log holds more than was read
	unwantedAt   time.Time // when places behind unwanted receipts are saved next
	filling      time.Time // since when a batch waits to be full
	lastTick     time.Time
	published    time.Time // when Status was renewed
	stale        bool      // something changed since
	wake         time.Time // when next to look, if nothing happens before
}

func newDispatcher(ctx context.Context, e *Endpoint) (*dispatcher, error) {
	cursors, err := e.register(ctx)
	if err != nil {
		return nil, err
	}
	d := &dispatcher{
		Endpoint: e,
		results:  make(chan *job, e.o.Concurrency),
		queue:    newQueue(),
		breaker:  newBreaker(e.o.Retry),
		limit:    limiter(e.o.RateLimit, e.o.BatchEvents),
		report:   newReporter(e.zap),
		lastTick: time.Now(),
	}
	if err := d.reread(ctx); err != nil {
		return nil, err
	}
	if err := d.open(ctx, cursors); err != nil {
		return nil, err
	}
	e.obs.Breaker(false)
	return d, nil
}

// reread reads what is remembered of the endpoint: flags and budget, what is
// parked, the replays. A standby does it again when it takes over: they stand
// where the other gateway has left them.
func (d *dispatcher) reread(ctx context.Context) error {
	state, err := loadState(ctx, d.Endpoint)
	if err != nil {
		return err
	}
	parked, err := loadParked(ctx, d.Endpoint)
	if err != nil {
		return err
	}
	replays, err := loadReplays(ctx, d.Endpoint)
	if err != nil {
		return err
	}
	d.state, d.parked, d.replays = state, parked, replays
	d.obs.Disabled(state.Disabled)
	return nil
}

// standby: another gateway delivers, of all operators; what is remembered of the
// endpoint is that one's to change.
func (d *dispatcher) standby() bool { return len(d.queue.streams) == 0 }

// owns tells whether what is at p is ours to deliver.
func (d *dispatcher) owns(p journal.Position) bool { return d.queue.stream(p.Stream()) != nil }

// poster returns what makes a job's POSTs, until ctx ends.
func (d *dispatcher) poster(ctx context.Context) func(*job) {
	senders := sync.Pool{New: func() any {
		s := newSender(d.target)
		s.holds = d.log.Holds
		return s
	}}
	return func(j *job) {
		s := senders.Get().(*sender)
		s.send(ctx, j)
		senders.Put(s)
		d.results <- j
	}
}

// run dispatches until it is told to stop and nothing runs any more.
func (d *dispatcher) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	d.publish()
	for !d.stopped(ctx) {
		changed := d.log.Changed()
		now := time.Now()
		d.wake = d.lastTick.Add(tick)
		if !now.Before(d.wake) {
			d.everySecond(ctx, now)
		}
		d.fill(ctx)
		d.start(ctx, time.Now())
		d.publishSoon(now)
		timer.Reset(time.Until(d.wake))
		d.wait(ctx, changed, timer.C)
	}
	for d.inflight > 0 {
		d.finish(ctx, <-d.results)
	}
	d.posting.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrites)
	defer cancel()
	d.flush(last)
	d.keepAll(last)
}

func (d *dispatcher) stopped(ctx context.Context) bool {
	select {
	case <-d.stop:
		return true
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// wait returns after something happened, and has dealt with it.
func (d *dispatcher) wait(ctx context.Context, changed <-chan struct{}, timer <-chan time.Time) {
	if d.behind {
		changed = nil // there is enough to do
	}
	select {
	case j := <-d.results:
		d.finish(ctx, j)
		for more := true; more; {
			select {
			case j := <-d.results:
				d.finish(ctx, j)
			default:
				more = false
			}
		}
		d.flush(ctx)
	case act := <-d.acts:
		act(d)
	case <-changed:
	case <-timer:
	case <-d.stop:
	case <-ctx.Done():
	}
}

// wakeAt has the dispatcher look again at t.
func (d *dispatcher) wakeAt(t time.Time) {
	if t.Before(d.wake) {
		d.wake = t
	}
}

// everySecond counts the budgets and tells how things are.
func (d *dispatcher) everySecond(ctx context.Context, now time.Time) {
	d.count(ctx, now)
	d.lastTick = now
	d.wake = now.Add(tick)
	d.follow(ctx)
	d.saveUnwanted(now)
	d.parked.flush(ctx, d) // what the journal did not take before
	d.parked.countAgain(ctx, d, now)
	if d.state.dirty {
		d.report.journal(d.keep(ctx))
	}
	d.report.summary(now, d.breaker.failing())
	d.report.tellGivenUp(&d.o, now)
}

// start begins jobs, as many at once as may be.
func (d *dispatcher) start(ctx context.Context, now time.Time) {
	if d.expired != nil {
		if d.inflight > 0 {
			return
		}
		d.giveUp(ctx)
	}
	for d.inflight < d.o.Concurrency {
		j := d.next(ctx, now)
		if j == nil {
			return
		}
		d.inflight++
		if j.lane != live {
			d.laneJobs++
		}
		if j.probe {
			d.probes++
		}
		j.probedOpen = j.probe && d.breaker.open()
		j.takenBefore, j.takenAt = j.takenAt, d.taken
		d.posting.Go(func() { d.post(j) })
	}
}

// keepAll keeps what must outlive the process.
func (d *dispatcher) keepAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	for _, s := range d.queue.streams {
		d.save(s)
	}
	d.report.journal(d.keep(ctx))
	d.replays.save(ctx, d)
	d.report.givenUpAt = time.Time{} // the last word
	d.report.tellGivenUp(&d.o, time.Now())
	d.publish()
	if d.inflight > 0 {
		d.zap.Warn("stopped with running POSTs", zap.Int("posts", d.inflight))
	}
}
