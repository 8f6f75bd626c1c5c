package gateway

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/smpp"
)

// operator is one operator's binds as they run.
type operator struct {
	// cfg is replaced when a reload changes the rules and leaves the binds alone.
	cfg atomic.Pointer[config.Operator]
	// binds are replaced when the operator's stream comes back to us.
	binds atomic.Pointer[smpp.Operator]
	end   func(context.Context) error // nil until started
}

// stop unbinds; sessions that have not ended by themselves shortly before ctx
// does are cut off.
func (o *operator) stop(ctx context.Context) error {
	polite, cancel := beforeEnd(ctx)
	defer cancel()
	if o.end(polite) == nil {
		return nil
	}
	o.binds.Load().Abandon()
	return o.end(ctx)
}

// newReading compiles what of an operator's configuration concerns its
// receipts alone.
func newReading(o *config.Operator) (*reading, error) {
	rules, err := o.Compile()
	if err != nil {
		return nil, err
	}
	return &reading{
		rules: rules, nonReceipt: o.NonReceipt, fullStatus: smpp.CommandStatus(o.FullStatus), tally: newTally(o.Mapping().Rules),
	}, nil
}

// newOperator prepares an operator's binds; nothing is opened yet.
func (g *Gateway) newOperator(o *config.Operator) (*operator, error) {
	binds, err := g.newBinds(o)
	if err != nil {
		return nil, err
	}
	op := &operator{}
	op.cfg.Store(o)
	op.binds.Store(binds)
	return op, nil
}

func (g *Gateway) newBinds(o *config.Operator) (*smpp.Operator, error) {
	opts := o.SMPP()
	opts.Storable = g.journal.Storable
	opts.Backoff = g.backoff
	opts.Observer = g.observe.smpp(o.Name)
	opts.Log = g.log.Named("smpp")
	return smpp.NewOperator(opts, g.pipeline)
}

// startOperators starts the operators of next that do not run yet: their binds
// open as soon as their streams are owned here.
func (g *Gateway) startOperators(next *parts) {
	for name, op := range next.operators {
		if op.end != nil {
			continue
		}
		o := op.cfg.Load()
		g.observe.showOperator(name, o.BindNames(), smpp.CommandStatus(o.FullStatus))
		t := &tenure{Gateway: g, operator: op, cfg: o, learn: g.cfg.Journal.RecentMessages}
		op.end = background(t.follow)
		g.mu.Lock()
		g.operators[name] = op
		g.mu.Unlock()
	}
}

// stopOperators unbinds all operators side by side.
func (g *Gateway) stopOperators(ctx context.Context) error { return stopAll(ctx, g.operators) }

// part is an operator or an endpoint as it runs.
type part interface {
	comparable
	stop(context.Context) error
}

// stopAll stops all parts side by side.
func stopAll[P part](ctx context.Context, running map[string]P) error {
	var group errgroup.Group
	for name, p := range running {
		group.Go(func() error {
			if err := p.stop(ctx); err != nil {
				return fmt.Errorf("%q: %w", name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// sameBinds reports whether a reload may leave the operator's sessions alone:
// nothing that they depend on has changed.
func sameBinds(a, b *config.Operator) bool { return reflect.DeepEqual(a.SMPP(), b.SMPP()) }
