package simulator

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// StormOptions configure [Storm].
type StormOptions struct {
	SMSC Options
	Sink SinkOptions
	// Scenario, when set, is played in place of everything else that is said here
	// of the SMSC and its receipts.
	Scenario *Scenario
	// Dialect of the receipts; zero: DefaultDialect.
	Dialect Dialect
	Seed    uint64
	// Count ends the storm after that many receipts, Duration after that time,
	// whichever comes first. Neither: 10,000 receipts.
	Count    uint64
	Duration time.Duration
	// Rate in receipts a second; 0: as fast as the windows allow.
	Rate float64
	// Binds is how many sessions to wait for before the first receipt. 0: 1.
	Binds int
	// Wait bounds the wait for the binds. 0: 60 s.
	Wait time.Duration
	// Settle is how long neither answers nor webhooks may stand still at the end
	// before what is missing counts as lost. 0: 30 s.
	Settle time.Duration
	// Ready, when set, is called once both ends listen, with the operator's sites.
	Ready func(sites []string, sink string)
	// Progress, when set, is called about once a second.
	Progress func(Counts, SinkCounts)
}

// StormReport is the verdict over a storm.
type StormReport struct {
	Verdicts []Verdict // one for each endpoint that was posted to
	Counts   Counts
	// Sending is from the first receipt until each was answered once; AnswerRate
	// the OKs a second in that time, DeliveryRate the webhooks a second until the
	// last one came.
	Sending                  time.Duration
	AnswerRate, DeliveryRate float64
	// Lag is how many answered receipts were not at the slowest endpoint at the
	// end of Sending, Drain how long they took from then.
	Lag   int
	Drain time.Duration
	// Refused counts answers with a command_status other than 0.
	Refused  int
	Rejected int // requests with a wrong signature or without an event
}

// OK tells that every receipt answered OK was delivered to every endpoint, and
// that every receipt was answered OK.
func (r *StormReport) OK() bool {
	for i := range r.Verdicts {
		if !r.Verdicts[i].OK() {
			return false
		}
	}
	return len(r.Verdicts) > 0 && r.Counts.Open() == 0 && r.Counts.GivenUp == 0
}

// ErrNotBound is returned when the gateway did not bind in time.
var ErrNotBound = errors.New("the gateway did not bind")

// Storm plays SMSC and webhook against a gateway that binds to the one and
// posts to the other, and judges. The error is an address that cannot be had,
// ErrNotBound, or that ctx is done.
func Storm(ctx context.Context, opts StormOptions) (*StormReport, error) {
	opts = opts.withDefaults()
	sink, err := StartSink(opts.Sink)
	if err != nil {
		return nil, err
	}
	defer sink.Close()
	s := &storm{opts: opts, sink: sink}
	op, err := opts.operator()
	if err != nil {
		return nil, err
	}
	defer op.close()
	s.operator = op
	if opts.Ready != nil {
		opts.Ready(op.sites, sink.Addr())
	}
	return s.run(ctx)
}

func (o StormOptions) withDefaults() StormOptions {
	if o.Count == 0 && o.Duration == 0 {
		o.Count = 10_000
	}
	if o.Binds == 0 {
		o.Binds = 1
	}
	if o.Wait == 0 {
		o.Wait = time.Minute
	}
	if o.Settle == 0 {
		o.Settle = 30 * time.Second
	}
	return o
}

type storm struct {
	opts     StormOptions
	operator operator
	sink     *Sink
	begin    time.Time
	report   StormReport
}

func (s *storm) run(ctx context.Context) (*StormReport, error) {
	bound, cancel := context.WithTimeout(ctx, s.opts.Wait)
	ledger, binds := s.operator.ledger, s.operator.binds
	err := ledger.WaitFor(bound, func(n Counts) bool { return n.Sessions >= binds })
	cancel()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w within %s: %d of %d sessions", ErrNotBound, s.opts.Wait, ledger.Counts().Sessions, binds)
	}
	if err := s.send(ctx); err != nil {
		return nil, err
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	for _, path := range s.sink.Paths() {
		e := s.sink.At(path)
		s.report.Verdicts = append(s.report.Verdicts, Judge(ledger, e))
		s.report.Rejected += e.Counts().Rejected
	}
	s.report.Counts = ledger.Counts()
	for status, n := range ledger.Statuses() {
		if status != StatusOK {
			s.report.Refused += n
		}
	}
	return &s.report, nil
}

// send plays the receipts until the last is queued.
func (s *storm) send(ctx context.Context) error {
	playing := ctx
	if s.opts.Duration > 0 && s.opts.Scenario == nil {
		var cancel context.CancelFunc
		playing, cancel = context.WithTimeout(ctx, s.opts.Duration)
		defer cancel()
	}
	s.begin = time.Now()
	played := make(chan error, 1)
	go func() { played <- s.operator.play(playing) }()
	if err := s.watch(ctx, played); ctx.Err() != nil {
		return err
	}
	return nil
}

// watch reports progress until the playing has ended.
func (s *storm) watch(ctx context.Context, played <-chan error) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case err := <-played:
			return err
		case <-ticker.C:
			s.progress()
		case <-ctx.Done():
			return <-played
		}
	}
}

func (s *storm) progress() {
	if s.opts.Progress == nil {
		return
	}
	var all SinkCounts
	for _, path := range s.sink.Paths() {
		n := s.sink.At(path).Counts()
		all.Requests += n.Requests
		all.Events += n.Events
		all.Distinct += n.Distinct
		all.Repeated += n.Repeated
		all.Rejected += n.Rejected
	}
	s.opts.Progress(s.operator.ledger.Counts(), all)
}

// slowest is the number of distinct events at the endpoint that has fewest.
func (s *storm) slowest() int {
	least := -1
	for _, path := range s.sink.Paths() {
		if n := s.sink.At(path).Counts().Distinct; least < 0 || n < least {
			least = n
		}
	}
	return max(least, 0)
}

// settle waits until every receipt is answered and every answered one is at
// every endpoint, or until nothing has moved for the settle time.
func (s *storm) settle(ctx context.Context) error {
	moved, reported, last := time.Now(), time.Now(), -1
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		n, events := s.operator.ledger.Counts(), s.slowest()
		if now := n.Answered + n.OK + events; now != last {
			last, moved = now, time.Now()
		}
		still := time.Since(moved) > s.opts.Settle
		if s.report.Sending == 0 && (n.Answered == n.Receipts || still) {
			s.sent(n, events, moved)
		}
		// a duplicate has the webhook-id of the receipt that it repeats
		if still || n.Open() == 0 && events >= n.OK-n.Duplicates {
			s.report.Drain = max(0, moved.Sub(s.begin)-s.report.Sending)
			s.report.DeliveryRate = float64(events) / moved.Sub(s.begin).Seconds()
			return nil
		}
		if time.Since(reported) > time.Second {
			reported = time.Now()
			s.progress()
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sent notes what was true when the sending ended.
func (s *storm) sent(n Counts, events int, at time.Time) {
	s.report.Sending = at.Sub(s.begin)
	s.report.AnswerRate = float64(n.OK) / s.report.Sending.Seconds()
	s.report.Lag = max(0, n.OK-n.Duplicates-events)
}
