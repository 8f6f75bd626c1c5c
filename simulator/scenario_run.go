package simulator

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Run is a scenario that plays. Whoever starts it closes it.
type Run struct {
	scenario Scenario
	ledger   *Ledger
	sites    map[string]*SMSC
	log      func(string)
	prefixes int
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	played   chan struct{}
}

// rememberForRedelivery is how many receipts a site can send again.
const rememberForRedelivery = 10_000

// Start listens at every site and begins to play once the sessions that the
// scenario waits for are bound. The error is a [ListenError] or a fault of the
// TLS files. log may be nil.
func (s Scenario) Start(log func(string)) (*Run, error) {
	if log == nil {
		log = func(string) {}
	}
	r := &Run{scenario: s, ledger: NewLedger(), sites: map[string]*SMSC{}, log: log, played: make(chan struct{})}
	opts := Options{
		Window: s.Window, Resend: s.Resend, EnquireLink: s.EnquireLink, Seed: s.Seed, ReceiptDelay: s.ReceiptDelay,
		Ledger: r.ledger, Remember: rememberForRedelivery, Log: log,
	}
	for _, a := range s.Accounts {
		opts.Accounts = append(opts.Accounts, a.Account)
	}
	if s.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("tls of the scenario: %w", err)
		}
		opts.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	for _, site := range s.Sites {
		opts.Listen = site.Listen
		smsc, err := Start(opts)
		if err != nil {
			r.Close()
			return nil, err
		}
		r.sites[site.Name] = smsc
	}
	r.wg.Go(func() { r.play(ctx) })
	return r, nil
}

// Ledger is the truth about the receipts of all sites.
func (r *Run) Ledger() *Ledger { return r.ledger }

// Addrs are where the sites listen, in the scenario's order.
func (r *Run) Addrs() []string {
	addrs := make([]string, len(r.scenario.Sites))
	for i, site := range r.scenario.Sites {
		addrs[i] = r.sites[site.Name].Addr()
	}
	return addrs
}

// Site returns the SMSC of a site, or nil.
func (r *Run) Site(name string) *SMSC { return r.sites[name] }

// WaitPlayed returns nil when the script is over, or the context's error.
func (r *Run) WaitPlayed(ctx context.Context) error {
	select {
	case <-r.played:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wait returns nil when everything was played and every receipt is answered OK
// or given up, or the context's error.
func (r *Run) Wait(ctx context.Context) error {
	if err := r.WaitPlayed(ctx); err != nil {
		return err
	}
	return r.ledger.WaitFor(ctx, func(n Counts) bool { return n.Open() == 0 })
}

// Close ends all sites and the script.
func (r *Run) Close() {
	r.cancel()
	for _, c := range r.sites {
		c.Close()
	}
	r.wg.Wait()
}

// play waits for the binds, then runs the receipts and the events.
func (r *Run) play(ctx context.Context) {
	enough := func(n Counts) bool { return n.Sessions >= r.scenario.Binds }
	if r.ledger.WaitFor(ctx, enough) != nil {
		return
	}
	var parts sync.WaitGroup
	for _, a := range r.scenario.Accounts {
		if a.Count == 0 {
			continue
		}
		sites := uint64(len(r.scenario.Sites))
		for i, site := range r.scenario.Sites {
			share := a.Count / sites
			if uint64(i) < a.Count%sites {
				share++
			}
			if share == 0 {
				continue
			}
			src := r.source(a, share)
			parts.Go(func() { _ = r.sites[site.Name].Play(ctx, src, a.Rate/float64(sites)) }) // ends with ctx
		}
	}
	parts.Go(func() { r.happen(ctx) })
	parts.Wait()
	if ctx.Err() == nil {
		r.log("the script has been played")
		close(r.played)
	}
}

// source returns a source whose recipients and ids are nobody else's.
func (r *Run) source(a ScenarioAccount, count uint64) *Source {
	n := r.prefixes
	r.prefixes++
	return NewSource(SourceOptions{
		Dialect: a.Dialect, Seed: r.scenario.Seed + uint64(n), Receipts: count, Account: a.SystemID,
		Prefix: strconv.Itoa(336 + n),
	})
}

// happen runs the events in the order of their times.
func (r *Run) happen(ctx context.Context) {
	start := time.Now()
	type step struct {
		at  time.Duration
		run func()
	}
	var steps []step
	for _, e := range r.scenario.Events {
		begin, end := r.action(ctx, e)
		steps = append(steps, step{e.At, begin})
		if end != nil {
			steps = append(steps, step{e.At + e.For, end})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return int(a.at - b.at) })
	for _, s := range steps {
		timer := time.NewTimer(s.at - time.Since(start))
		select {
		case <-timer.C:
			s.run()
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// action returns what begins an event and what ends it, nil for one without end.
func (r *Run) action(ctx context.Context, e Event) (begin, end func()) {
	each := func(do func(*SMSC)) func() {
		return func() {
			for name, c := range r.sites {
				if e.Site == "" || e.Site == name {
					do(c)
				}
			}
		}
	}
	sessions := func(do func(*Session)) func() {
		return each(func(c *SMSC) {
			for _, s := range c.Sessions() {
				if e.Account == "" || e.Account == s.SystemID {
					do(s)
				}
			}
		})
	}
	switch e.Do {
	case DoDrop:
		begin = sessions((*Session).Drop)
	case DoUnbind:
		begin = sessions(func(s *Session) { r.unbind(ctx, s) })
	case DoRefuseBinds:
		begin = each(func(c *SMSC) { c.RefuseBinds(e.Status, -1) })
		end = each(func(c *SMSC) { c.RefuseBinds(StatusOK, 0) })
	case DoSilenceBinds:
		begin, end = each(func(c *SMSC) { c.SilenceBinds(true) }), each(func(c *SMSC) { c.SilenceBinds(false) })
	case DoSilence:
		begin, end = sessions(func(s *Session) { s.Silence(true) }), sessions(func(s *Session) { s.Silence(false) })
	case DoStopReading:
		begin, end = sessions(func(s *Session) { s.StopReading(true) }), sessions(func(s *Session) { s.StopReading(false) })
	case DoPause:
		begin, end = each(func(c *SMSC) { c.Pause(true) }), each(func(c *SMSC) { c.Pause(false) })
	case DoThrottle:
		begin, end = each(func(c *SMSC) { c.Throttle(e.Status) }), each(func(c *SMSC) { c.Throttle(StatusOK) })
	case DoSlowAnswers, DoReceiptFirst:
		begin = each(func(c *SMSC) { c.SlowAnswers(e.Delay, e.Do == DoReceiptFirst) })
		end = each(func(c *SMSC) { c.SlowAnswers(0, false) })
	case DoBurst:
		begin = r.burst(e)
	case DoRedeliver:
		begin = each(func(c *SMSC) { c.Redeliver(e.Count) })
	}
	return r.told(e, begin), end
}

func (r *Run) told(e Event, begin func()) func() {
	return func() {
		text := fmt.Sprintf("%s: %s", e.At, e.Do)
		if e.For > 0 {
			text += fmt.Sprintf(" for %s", e.For)
		}
		r.log(text)
		begin()
	}
}

// unbind bounds the wait for an ESME that does not answer.
func (r *Run) unbind(ctx context.Context, s *Session) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.Unbind(ctx); err != nil {
		r.log("an unbind was not answered: the session is closed")
	}
}

// burst queues receipts for the account, or for every one, all at once at the
// first site that the event means.
func (r *Run) burst(e Event) func() {
	return func() {
		for _, a := range r.scenario.Accounts {
			if e.Account != "" && e.Account != a.SystemID {
				continue
			}
			for _, site := range r.scenario.Sites {
				if e.Site == "" || e.Site == site.Name {
					r.sites[site.Name].Send(r.source(a, uint64(e.Count)).take(e.Count)...)
					break
				}
			}
		}
	}
}
