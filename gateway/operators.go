package gateway

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp"
)

// operator is one operator's binds as they run.
type operator struct {
	cfg *config.Operator
	// binds are replaced when the operator's stream comes back to us.
	binds atomic.Pointer[smpp.Operator]
	stop  func(context.Context) error // nil until started
}

// newReading compiles what of an operator's configuration concerns its
// receipts alone.
func newReading(o *config.Operator) (*reading, error) {
	table, faults := mapping.Compile(o.Mapping())
	if len(faults) > 0 {
		return nil, fmt.Errorf("operator %q: %w", o.Name, faults[0])
	}
	return &reading{
		dialect: o.Dialect(), table: table, event: o.Event(),
		nonReceipt: o.NonReceipt, fullStatus: smpp.CommandStatus(o.FullStatus), tally: newTally(len(o.Rules)),
	}, nil
}

// newOperator prepares an operator's binds; nothing is opened yet.
func (g *Gateway) newOperator(o *config.Operator) (*operator, error) {
	binds, err := g.newBinds(o)
	if err != nil {
		return nil, err
	}
	op := &operator{cfg: o}
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
		if op.stop != nil {
			continue
		}
		g.observe.showOperator(name, op.cfg.BindNames())
		t := &tenure{Gateway: g, operator: op, cfg: op.cfg, learn: g.cfg.Journal.RecentMessages}
		op.stop = background(t.follow)
		g.operators[name] = op
	}
}

// stopOperators unbinds all operators side by side.
func (g *Gateway) stopOperators(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return stopAll(ctx, g.operators, func(o *operator) func(context.Context) error { return o.stop })
}

// stopAll stops all parts side by side and forgets them.
func stopAll[P any](ctx context.Context, running map[string]P, stop func(P) func(context.Context) error) error {
	var group errgroup.Group
	for name, part := range running {
		group.Go(func() error {
			if err := stop(part)(ctx); err != nil {
				return fmt.Errorf("%q: %w", name, err)
			}
			return nil
		})
	}
	err := group.Wait()
	clear(running)
	return err
}

// sameBinds reports whether a reload may leave the operator's sessions alone:
// nothing that they depend on has changed.
func sameBinds(a, b *config.Operator) bool { return reflect.DeepEqual(a.SMPP(), b.SMPP()) }
