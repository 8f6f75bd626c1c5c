package gateway

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/smpp"
)

// stateHeld is the kind of the small durable state that names the binds which
// ops hold unbound.
const stateHeld = "bind_held"

// tenureRetry is the pause after a tenure that could not begin.
const tenureRetry = time.Second

// ownership passes on which operators' streams came to us and left.
type ownership struct {
	mu      sync.Mutex
	changed chan struct{} // closed by the next change
	// unread are the operators whose receipts the renderer has not learnt.
	unread map[string]bool
}

func newOwnership() *ownership {
	return &ownership{changed: make(chan struct{}), unread: map[string]bool{}}
}

// tell is the journal's Observer.Owned.
func (o *ownership) tell(operator string, owned bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unread[operator] = owned
	close(o.changed)
	o.changed = make(chan struct{})
}

// next returns a channel that the next change closes.
func (o *ownership) next() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changed
}

// learnt says that the renderer is about to learn all that is owned now.
func (o *ownership) learnt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.unread)
}

// setUnread notes whether the operator's receipts are to be learnt, and tells
// whether they were.
func (o *ownership) setUnread(operator string, is bool) (was bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	was = o.unread[operator]
	o.unread[operator] = is
	return was
}

// streamsOf names the operators whose streams the gateway owns by cfg: those
// that are configured and, with SQLite, whose folder nobody else can open, those
// that once were. What they sent is still delivered, found, erased and pruned.
func (g *Gateway) streamsOf(ctx context.Context, cfg *config.Config) ([]string, error) {
	names := operatorNames(cfg)
	if cfg.Journal.Driver != "sqlite" {
		return names, nil
	}
	stored, err := g.journal.Stored(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which operators have streams: %w", err)
	}
	return union(names, stored), nil
}

// union returns each of the names once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// tenure keeps one operator's binds open while its stream is owned here, and
// only then: whoever owns the stream is the only one to bind.
type tenure struct {
	*Gateway
	*operator
	cfg   *config.Operator // of the start: a reload of rules alone does not touch it
	learn int              // how many receipts that another gateway has stored the renderer learns
}

// follow opens and closes the binds as the stream comes and leaves, until ctx
// ends.
func (t *tenure) follow(ctx context.Context) error {
	if _, owned := t.journal.StreamOf(t.cfg.Name); !owned {
		t.log.Info("standby: another gateway holds the operator", zap.String("operator", t.cfg.Name))
	}
	for t.await(ctx, true) {
		if err := t.hold(ctx); err != nil {
			t.log.Error("binds cannot open", zap.String("operator", t.cfg.Name), zap.Error(err))
			select {
			case <-time.After(tenureRetry):
			case <-ctx.Done():
			}
		}
	}
	return nil
}

// await returns true when the stream is owned, or is not, and false when ctx
// has ended.
func (t *tenure) await(ctx context.Context, owned bool) bool {
	for ctx.Err() == nil {
		changed := t.streams.next()
		if _, is := t.journal.StreamOf(t.cfg.Name); is == owned {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return false
}

// hold opens the binds, and returns when the stream is lost or ctx has ended,
// and they are closed.
func (t *tenure) hold(ctx context.Context) error {
	if err := t.catchUp(ctx); err != nil {
		return fmt.Errorf("read the last receipts: %w", err)
	}
	held, err := t.journal.State(ctx, stateHeld)
	if err != nil {
		return fmt.Errorf("read which binds are held: %w", err)
	}
	binds := t.binds.Load()
	for _, b := range binds.Binds() {
		if _, is := held[b.Name]; is {
			if err := binds.Unbind(b.Name); err != nil {
				return err
			}
		}
	}
	running, lose := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		if t.await(running, false) {
			lose(smpp.ErrLost)
		}
	})
	err = binds.Run(running)
	lose(nil)
	watching.Wait()
	if err != nil || ctx.Err() != nil {
		return err
	}
	// Binds run once; these are for when the stream comes back.
	next, err := t.newBinds(t.cfg)
	if err == nil {
		t.binds.Store(next)
	}
	return err
}

// catchUp teaches the renderer what another gateway has stored, and the binds how
// that one's failed.
func (t *tenure) catchUp(ctx context.Context) error {
	if !t.streams.setUnread(t.cfg.Name, false) {
		return nil
	}
	err := t.journal.TailOf(ctx, t.cfg.Name, t.learn, t.render.restore)
	if err == nil {
		err = t.backoff.learn(ctx)
	}
	if err != nil {
		t.streams.setUnread(t.cfg.Name, true)
	}
	return err
}

// holders names the gateways that hold the operators for which this one stands by,
// as far as it has heard of them.
func (g *Gateway) holders() map[string]string {
	by := map[string]string{}
	for _, m := range g.journal.Members() {
		for _, operator := range m.Operators {
			if _, here := g.journal.StreamOf(operator); !here && !m.Self {
				by[operator] = m.Name
			}
		}
	}
	return by
}

// standby returns the operators that another gateway holds.
func (g *Gateway) standby() []string {
	if g.phase.Load() != nil {
		return nil
	}
	var names []string
	for name := range *g.pipeline.readings.Load() {
		if _, owned := g.journal.StreamOf(name); !owned {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
