package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/forward"
)

// parts is everything that a configuration makes run: what goes on unchanged,
// and what is prepared and not yet started.
type parts struct {
	cfg       *config.Config
	readings  map[string]*reading
	operators map[string]*operator
	endpoints map[string]*endpoint
	filters   []forward.Filter
}

// prepare builds what cfg needs and what does not run yet. All that can fail in
// a configuration fails here, before anything that runs is touched.
func (g *Gateway) prepare(cfg *config.Config) (*parts, error) {
	next := &parts{
		cfg: cfg, readings: map[string]*reading{},
		operators: map[string]*operator{}, endpoints: map[string]*endpoint{},
	}
	var errs []error
	for i := range cfg.Operators {
		errs = append(errs, g.prepareOperator(next, &cfg.Operators[i]))
	}
	for i := range cfg.Endpoints {
		errs = append(errs, g.prepareEndpoint(next, &cfg.Endpoints[i]))
	}
	return next, errors.Join(errs...)
}

func (g *Gateway) prepareOperator(next *parts, o *config.Operator) error {
	if !o.Enabled {
		return nil
	}
	r, err := newReading(o)
	if err != nil {
		return err
	}
	if before := g.pipeline.readings.Load(); before != nil && (*before)[o.Name] != nil {
		r.goOn((*before)[o.Name])
	}
	next.readings[o.Name] = r
	op := g.operators[o.Name]
	if op == nil || !sameBinds(op.cfg.Load(), o) {
		if op, err = g.newOperator(o); err != nil {
			return err
		}
	}
	next.operators[o.Name] = op
	return nil
}

func (g *Gateway) prepareEndpoint(next *parts, c *config.Endpoint) error {
	e := g.endpoints[c.Name]
	if e == nil || !e.same(c) {
		var err error
		if e, err = g.newEndpoint(c); err != nil {
			return err
		}
	}
	next.endpoints[c.Name] = e
	next.filters = append(next.filters, forward.Filter(c.Filter))
	return nil
}

// Reload puts cfg in force: rules from the next receipt on, operators and
// endpoints where they changed. What is wrong with cfg is found before anything is
// touched; when the journal or the time fails it later, the rest of cfg is in force
// all the same. With dryRun nothing is touched in any case.
func (g *Gateway) Reload(ctx context.Context, cfg *config.Config, dryRun bool) (Plan, error) {
	ctx, done, err := g.turn.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	plan, err := g.reload(ctx, cfg, dryRun)
	if dryRun {
		return plan, err
	}
	g.reloaded(err)
	if err == nil {
		g.log.Info("configuration reloaded", zap.Strings("changes", plan))
	}
	return plan, err
}

// ReloadFile reads the configuration's file again and puts it in force. A faulty
// one changes nothing; every fault is logged.
func (g *Gateway) ReloadFile(ctx context.Context) {
	cfg, faults := g.opts.Reread(ctx)
	if ctx.Err() != nil {
		return // the gateway stops
	}
	for _, f := range faults {
		g.log.Error("configuration not reloaded", zap.String("fault", f.String()))
	}
	if len(faults) > 0 {
		g.reloaded(faulty(faults))
		return
	}
	if _, err := g.Reload(ctx, cfg, false); err != nil {
		g.log.Error("configuration not reloaded", zap.Error(err))
	}
}

// faulty is the error of a file with faults: the first, and how many more.
func faulty(faults []config.Fault) error {
	if more := len(faults) - 1; more > 0 {
		return fmt.Errorf("%s, and %d more", faults[0], more)
	}
	return errors.New(faults[0].String())
}

// reloaded notes how a reload ended, for the metrics and for whoever looks.
func (g *Gateway) reloaded(err error) {
	g.observe.reloadSuccessful.Set(zeroOrOne(err == nil))
	last := &admin.Reload{At: time.Now().UTC(), Successful: err == nil}
	if err != nil {
		last.Fault = err.Error()
	}
	g.lastReload.Store(last)
}

func (g *Gateway) reload(ctx context.Context, cfg *config.Config, dryRun bool) (Plan, error) {
	if err := unchangeable(g.cfg, cfg); err != nil {
		return nil, err
	}
	next, err := g.prepare(cfg)
	if err != nil {
		return nil, err
	}
	plan := g.plan(next)
	if dryRun {
		return plan, nil
	}
	streams, err := g.streamsOf(ctx, cfg)
	if err != nil {
		return nil, err
	}
	// Who goes keeps the stream until the binds are closed: whoever owns it may bind.
	if err := g.journal.SetOperators(ctx, union(streams, slices.Concat(operatorNames(g.cfg), slices.Collect(maps.Keys(g.operators))))); err != nil {
		return nil, fmt.Errorf("open streams: %w", err)
	}
	if err := g.swap(ctx, next); err != nil {
		return plan, err
	}
	if err := g.journal.SetOperators(ctx, streams); err != nil {
		return plan, fmt.Errorf("release streams: %w", err)
	}
	return plan, nil
}

// swap stops what next no longer has, puts its rules in force and starts what is
// new. An endpoint that changed goes on at its cursors.
func (g *Gateway) swap(ctx context.Context, next *parts) error {
	stop, cancel := context.WithTimeout(ctx, g.cfg.ShutdownTimeout)
	defer cancel()
	errs := []error{stopGone(stop, g, g.endpoints, next.endpoints)}
	errs = append(errs, g.startEndpoints(ctx, next))
	g.pipeline.readings.Store(&next.readings)
	g.filters.Store(&next.filters)
	errs = append(errs, stopGone(stop, g, g.operators, next.operators))
	if err := ctx.Err(); err != nil { // Close goes on with what still runs
		return errors.Join(append(errs, err)...)
	}
	g.startOperators(next)
	for i := range g.cfg.Endpoints {
		if name := g.cfg.Endpoints[i].Name; g.endpoints[name] == nil && next.endpoints[name] == nil {
			errs = append(errs, g.journal.Detach(ctx, name)) // it holds no receipts any more
		}
	}
	g.adopt(next.cfg)
	return errors.Join(errs...)
}

// adopt puts in force what of cfg is no part of its own.
func (g *Gateway) adopt(cfg *config.Config) {
	for name, op := range g.operators {
		if o := configOf(cfg, name); o != nil { // else it could not be stopped in time
			op.cfg.Store(o)
		}
	}
	g.observe.forgetGone(g.cfg, cfg)
	if !reflect.DeepEqual(g.cfg.Admin.Tokens, cfg.Admin.Tokens) {
		g.admin.SetTokens(tokensOf(cfg))
	}
	if level, err := zapcore.ParseLevel(cfg.Log.Level); err == nil && g.opts.Level != nil && g.cfg.Log.Level != cfg.Log.Level {
		g.opts.Level.SetLevel(level)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cfg = cfg
}

// stopGone stops what next does not go on with, and takes it out of running;
// what ctx was too short for is left there, for Close to go on with.
func stopGone[P part](ctx context.Context, g *Gateway, running, next map[string]P) error {
	gone := map[string]P{}
	for name, p := range running {
		if next[name] != p {
			gone[name] = p
		}
	}
	if err := stopAll(ctx, gone); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for name := range gone {
		delete(running, name)
	}
	return nil
}
