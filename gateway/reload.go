package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

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
	next.readings[o.Name] = r
	op := g.operators[o.Name]
	if op == nil || !sameBinds(op.cfg, o) {
		if op, err = g.newOperator(o); err != nil {
			return err
		}
	}
	next.operators[o.Name] = op
	return nil
}

func (g *Gateway) prepareEndpoint(next *parts, c *config.Endpoint) error {
	e := g.endpoints[c.Name]
	if e == nil || !sameEndpoint(e.cfg, c) {
		var err error
		if e, err = g.newEndpoint(c); err != nil {
			return err
		}
	}
	next.endpoints[c.Name] = e
	next.filters = append(next.filters, forward.Filter(c.Filter))
	return nil
}

// Plan says what a reload does, in words, one line a change.
type Plan []string

// Reload puts cfg in force: rules from the next receipt on, operators and
// endpoints where they changed. On an error everything stays as it was. With
// dryRun nothing is touched in any case.
func (g *Gateway) Reload(ctx context.Context, cfg *config.Config, dryRun bool) (Plan, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	plan, err := g.reload(ctx, cfg, dryRun)
	if dryRun {
		return plan, err
	}
	g.observe.reloadSuccessful.Set(zeroOrOne(err == nil))
	if err == nil {
		g.log.Info("configuration reloaded", zap.Strings("changes", plan))
	}
	return plan, err
}

// ReloadFile reads the configuration's file again and puts it in force. A faulty
// one changes nothing; every fault is logged.
func (g *Gateway) ReloadFile(ctx context.Context) {
	cfg, faults := g.opts.Reread()
	for _, f := range faults {
		g.log.Error("configuration not reloaded", zap.String("fault", f.String()))
	}
	if len(faults) > 0 {
		g.reloadFailed()
		return
	}
	if _, err := g.Reload(ctx, cfg, false); err != nil {
		g.log.Error("configuration not reloaded", zap.Error(err))
	}
}

// reloadFailed counts a reload that did not get as far as Reload, because the
// file has faults.
func (g *Gateway) reloadFailed() { g.observe.reloadSuccessful.Set(0) }

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
	if err := g.journal.SetOperators(ctx, operatorNames(cfg)); err != nil {
		return nil, fmt.Errorf("open streams: %w", err)
	}
	return plan, g.swap(ctx, next)
}

// swap stops what next no longer has, puts its rules in force and starts what is
// new. An endpoint that changed goes on at its cursors.
func (g *Gateway) swap(ctx context.Context, next *parts) error {
	stop, cancel := context.WithTimeout(ctx, g.cfg.ShutdownTimeout)
	defer cancel()
	goneBinds := without(g.operators, next.operators)
	goneEndpoints := without(g.endpoints, next.endpoints)
	errs := []error{stopAll(stop, goneEndpoints, func(e *endpoint) func(context.Context) error { return e.stop })}
	errs = append(errs, g.startEndpoints(ctx, next))
	g.pipeline.readings.Store(&next.readings)
	g.filters.Store(&next.filters)
	errs = append(errs, stopAll(stop, goneBinds, func(o *operator) func(context.Context) error { return o.stop }))
	g.startOperators(next)
	for name, op := range g.operators {
		op.cfg = configOf(next.cfg, name)
	}
	for i := range g.cfg.Endpoints {
		if name := g.cfg.Endpoints[i].Name; g.endpoints[name] == nil {
			errs = append(errs, g.journal.Detach(ctx, name)) // it holds no receipts any more
		}
	}
	g.observe.forgetGone(g.cfg, next.cfg)
	if !reflect.DeepEqual(g.cfg.Admin.Tokens, next.cfg.Admin.Tokens) {
		g.admin.SetTokens(tokensOf(next.cfg))
	}
	if level, err := zapcore.ParseLevel(next.cfg.Log.Level); err == nil && g.opts.Level != nil && g.cfg.Log.Level != next.cfg.Log.Level {
		g.opts.Level.SetLevel(level)
	}
	g.cfg = next.cfg
	return errors.Join(errs...)
}

// without takes what next does not go on with out of running, and returns it.
func without[P comparable](running, next map[string]P) map[string]P {
	gone := map[string]P{}
	for name, part := range running {
		if next[name] != part {
			gone[name] = part
			delete(running, name)
		}
	}
	return gone
}

// unchangeable refuses what only a restart can change.
func unchangeable(old, cfg *config.Config) error {
	var errs []error
	for _, c := range []struct {
		key      string
		old, new any
	}{
		{"listen", old.Listen, cfg.Listen},
		{"journal", old.Journal, cfg.Journal},
		{"admin.hosts", old.Admin.Hosts, cfg.Admin.Hosts},
		{"admin.tls", old.Admin.TLS, cfg.Admin.TLS},
		{"privacy.mask_numbers", old.Privacy.MaskNumbers, cfg.Privacy.MaskNumbers},
		{"watch", old.Watch, cfg.Watch},
	} {
		if !reflect.DeepEqual(c.old, c.new) {
			errs = append(errs, fmt.Errorf("%s changed: a running gateway cannot move it; restart it instead", c.key))
		}
	}
	return errors.Join(errs...)
}

// plan compares what runs with next.
func (g *Gateway) plan(next *parts) Plan {
	p := changes("operator", g.operators, next.operators)
	for _, name := range slices.Sorted(maps.Keys(next.operators)) {
		old, is := g.operators[name]
		if is && old == next.operators[name] && !reflect.DeepEqual(old.cfg, configOf(next.cfg, name)) {
			p = append(p, fmt.Sprintf("operator %q: new rules, its binds stay", name))
		}
	}
	p = append(p, changes("endpoint", g.endpoints, next.endpoints)...)
	return append(p, g.renamed(next)...)
}

// renamed says what is left undelivered at endpoints that go, and asks whether
// one that comes is the same under another name: a name is an identity.
func (g *Gateway) renamed(next *parts) Plan {
	var p Plan
	gone, left := "", 0
	for _, name := range slices.Sorted(maps.Keys(g.endpoints)) {
		if e := g.endpoints[name]; next.endpoints[name] == nil {
			gone, left = name, e.forward.Status().Lag
			p = append(p, fmt.Sprintf("endpoint %q: %d receipts undelivered; they are kept for journal.retention alone, and it goes on with them if it comes back", name, left))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(next.endpoints)) {
		if g.endpoints[name] == nil && gone != "" {
			p = append(p, fmt.Sprintf("endpoint %q: is it %q under another name? It begins with the newest receipt and gets none of the %d", name, gone, left))
		}
	}
	return p
}

func configOf(c *config.Config, operator string) *config.Operator {
	i := slices.IndexFunc(c.Operators, func(o config.Operator) bool { return o.Name == operator })
	return &c.Operators[i]
}

// changes names what of one kind is added, removed or started anew.
func changes[P comparable](kind string, running, next map[string]P) Plan {
	var p Plan
	for _, name := range slices.Sorted(maps.Keys(running)) {
		if _, stays := next[name]; !stays {
			p = append(p, fmt.Sprintf("%s %q: removed", kind, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(next)) {
		old, was := running[name]
		switch {
		case !was:
			p = append(p, fmt.Sprintf("%s %q: added", kind, name))
		case old != next[name]:
			p = append(p, fmt.Sprintf("%s %q: changed, starts anew", kind, name))
		}
	}
	return p
}
