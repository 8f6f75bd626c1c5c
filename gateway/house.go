package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/smpp"
)

const (
	// summaryEvery is how often one line tells what went through: the only line
	// at info level that is not a change of state.
	summaryEvery = time.Minute
	// behindAfter is how long a receipt waits at an endpoint before the log says so.
	behindAfter = 3 * time.Minute
	// scrapeTimeout bounds what a scrape may ask of the journal.
	scrapeTimeout = 5 * time.Second
)

// keepHouse does what is due once a minute, until ctx ends.
func (g *Gateway) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(summaryEvery)
	defer tick.Stop()
	silent := map[string]bool{}
	seen := map[string]journal.Position{} // each stream's end at the last summary
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		g.summarize(ctx, seen)
		_, operators, _ := desk{g}.running()
		for _, op := range operators {
			g.alarmSilence(op, silent)
		}
	}
}

// summarize logs a line for each operator and endpoint that moved or waits.
func (g *Gateway) summarize(ctx context.Context, seen map[string]journal.Position) {
	asking, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	stats, err := g.journal.Stats(asking)
	if err != nil {
		if ctx.Err() != nil {
			return // the gateway stops
		}
		g.log.Warn("journal statistics", zap.Error(err))
		return
	}
	for _, s := range stats.Streams {
		before := max(seen[s.Operator], s.Came) // what another gateway stored is not ours
		if stored := s.Last.Seq() - before.Seq(); stored > 0 {
			g.log.Info("receipts in the last minute", zap.String("operator", s.Operator), zap.Uint64("stored", stored))
			seen[s.Operator] = s.Last
		}
	}
	_, _, endpoints := desk{g}.running()
	for name, e := range endpoints {
		if s := e.forward.Status(); behind(&s, e.cfg, time.Now()) {
			g.log.Info("endpoint behind", zap.String("endpoint", name), zap.String("state", endpointState(&s)),
				zap.Int("receipts", s.Lag), zap.Time("oldest", s.OldestWaiting))
		}
	}
}

// behind tells whether receipts wait at an endpoint for longer than any that works
// lets them wait: to fill a batch is no delay.
func behind(s *forward.Status, cfg *config.Endpoint, now time.Time) bool {
	return s.Lag > 0 && !s.OldestWaiting.IsZero() && now.Sub(s.OldestWaiting) > behindAfter+cfg.Batch.MaxWait
}

// alarmSilence tells once when an operator is bound but sends no receipt for its
// silence_alarm, and once when it sends again.
func (g *Gateway) alarmSilence(op *operator, silent map[string]bool) {
	cfg := op.cfg.Load()
	limit := cfg.SilenceAlarm
	if limit == 0 {
		return
	}
	var bound, last time.Time
	for _, b := range op.binds.Load().Binds() {
		if b.State == smpp.Bound && (bound.IsZero() || b.Since.Before(bound)) {
			bound = b.Since
		}
		if b.LastReceipt.After(last) {
			last = b.LastReceipt
		}
	}
	since := last
	if bound.After(last) {
		since = bound
	}
	is := !bound.IsZero() && time.Since(since) > limit
	switch name := cfg.Name; {
	case is && !silent[name]:
		came := zap.Skip()
		if !last.IsZero() { // else none came since the start
			came = zap.Time("last_receipt", last)
		}
		g.log.Error("bound but silent: ask the operator whether receipts go to another session or site",
			zap.String("operator", name), came, zap.Duration("silence_alarm", limit))
	case !is && silent[name]:
		g.log.Info("receipts come again", zap.String("operator", name))
	}
	silent[cfg.Name] = is
}

// metricsHandler brings the gauges that are read and not counted up to date
// before each scrape.
func (g *Gateway) metricsHandler() http.Handler {
	scrape := promhttp.HandlerFor(g.observe.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.phase.Load() == nil {
			g.refresh(r.Context())
		}
		scrape.ServeHTTP(w, r)
	})
}

func (g *Gateway) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	_, _, endpoints := desk{g}.running()
	if stats, err := g.journal.Stats(ctx); err == nil {
		g.observe.journalSize.Set(float64(stats.Used))
		g.observe.journalFree.Set(float64(stats.Free))
		g.observe.searchLag.Set(float64(stats.SearchLag))
	}
	for name, e := range endpoints {
		s := e.forward.Status()
		g.observe.endpointLag.WithLabelValues(name).Set(float64(s.Lag))
		age := 0.0
		if s.Lag > 0 && !s.OldestWaiting.IsZero() {
			age = time.Since(s.OldestWaiting).Seconds()
		}
		g.observe.endpointOldest.WithLabelValues(name).Set(age)
	}
	all, err := g.journal.CountAll(ctx)
	if err != nil {
		return
	}
	for name := range endpoints {
		counts, parked := all[name], 0
		for _, n := range counts.Parked {
			parked += n
		}
		g.observe.parked.WithLabelValues(name).Set(float64(parked))
		for _, class := range forward.Classes() {
			n := counts.Dead[class] // 0 when the last one was dropped
			g.observe.deadLetters.WithLabelValues(name, class).Set(float64(n))
		}
	}
}
