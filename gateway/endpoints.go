package gateway

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"reflect"
	"time"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
)

// endpoint is one webhook as it runs.
type endpoint struct {
	cfg     *config.Endpoint
	files   [sha256.Size]byte // what its certificates held when they were read
	forward *forward.Endpoint
	end     func(context.Context) error // nil until started
}

// stop ends the running POSTs; those that have not ended by themselves shortly
// before ctx does are cut off.
func (e *endpoint) stop(ctx context.Context) error {
	polite, cancel := beforeEnd(ctx)
	defer cancel()
	e.forward.Stop(polite)
	return e.end(ctx)
}

// newEndpoint prepares an endpoint; nothing is registered or sent yet.
func (g *Gateway) newEndpoint(e *config.Endpoint) (*endpoint, error) {
	files := contents(e) // before they are read: a change in between counts
	opts, err := e.Forward()
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", e.Name, err)
	}
	opts.UserAgent = "dlrgate/" + g.opts.Version
	opts.Translate = (&translator{journal: g.journal, endpoint: e.Name}).translate
	opts.TLS = g.observe.watchCertificate(opts.TLS, hostOf(opts.URL))
	f, err := forward.New(opts, g.journal, g.observe.forward(e.Name), g.log.Named("forward"))
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", e.Name, err)
	}
	return &endpoint{cfg: e, files: files, forward: f}, nil
}

// startEndpoints registers the endpoints of next that do not run yet and starts
// them; a registration is durable before the call returns. One that the journal
// does not register now is started all the same: it asks again, and delivers then.
func (g *Gateway) startEndpoints(ctx context.Context, next *parts) error {
	fresh := maps.Clone(next.endpoints)
	maps.DeleteFunc(fresh, func(_ string, e *endpoint) bool { return e.end != nil })
	all := make([]*forward.Endpoint, 0, len(fresh))
	for _, e := range fresh {
		all = append(all, e.forward)
	}
	err := forward.Attach(ctx, all...)
	for name, e := range fresh {
		g.observe.showEndpoint(name)
		e.end = background(e.forward.Run)
		g.mu.Lock()
		g.endpoints[name] = e
		g.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("register endpoints: %w", err)
	}
	return nil
}

// stopEndpoints ends the running POSTs of all endpoints side by side.
func (g *Gateway) stopEndpoints(ctx context.Context) error { return stopAll(ctx, g.endpoints) }

// same reports whether a reload may leave the endpoint alone: neither its keys
// nor what its certificates hold has changed.
func (e *endpoint) same(c *config.Endpoint) bool {
	return reflect.DeepEqual(e.cfg, c) && e.files == contents(c)
}

// contents is a hash of the files that an endpoint's connections need.
func contents(e *config.Endpoint) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, name := range []config.File{e.TLS.CAFile, e.TLS.CertFile, e.TLS.KeyFile} {
		b, err := os.ReadFile(string(name))
		fmt.Fprintf(h, "%d %t\n%s", len(b), err == nil, b)
	}
	h.Sum(sum[:0])
	return sum
}

// wanted says whether any endpoint's filter wants the receipt.
func (g *Gateway) wanted(s *event.Summary) bool {
	filters := g.filters.Load()
	if filters == nil {
		return true
	}
	for i := range *filters {
		if (*filters)[i].Match(s) {
			return true
		}
	}
	return false
}

// wantedBy says whether the filter of the endpoint, if it is configured, wants
// the entry.
func (g *Gateway) wantedBy(endpoint string, e *journal.Entry) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	running := g.endpoints[endpoint]
	return running == nil || wants(running.cfg, e)
}

// forward is what one endpoint tells.
func (o *observer) forward(name string) forward.Observer {
	seconds := o.forwardSeconds.WithLabelValues(name)
	return forward.Observer{
		Attempt: func(outcome string, took time.Duration) {
			o.attempts.WithLabelValues(name, outcome).Inc()
			seconds.Observe(took.Seconds())
		},
		Breaker:      func(open bool) { o.breakerOpen.WithLabelValues(name).Set(zeroOrOne(open)) },
		Disabled:     func(is bool) { o.endpointDisabled.WithLabelValues(name).Set(zeroOrOne(is)) },
		DeadLettered: func(class string, n int) { o.deadLettered.WithLabelValues(name, class).Add(float64(n)) },
	}
}

func zeroOrOne(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// showEndpoint makes the series of an endpoint present at 0 before its first
// attempt.
func (o *observer) showEndpoint(name string) {
	for _, outcome := range forward.Outcomes() {
		o.attempts.WithLabelValues(name, outcome)
	}
	for _, class := range forward.Classes() {
		o.deadLetters.WithLabelValues(name, class)
		o.deadLettered.WithLabelValues(name, class)
	}
	o.forwardSeconds.WithLabelValues(name)
	o.endpointLag.WithLabelValues(name)
	o.endpointOldest.WithLabelValues(name)
	o.breakerOpen.WithLabelValues(name)
	o.endpointDisabled.WithLabelValues(name)
	o.parked.WithLabelValues(name)
}
