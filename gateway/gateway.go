package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/postgres"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

// Options is what a gateway gets from outside its configuration.
type Options struct {
	// Version and Commit are shown by build_info.
	Version, Commit string
	Log             *zap.Logger
	// Level is Log's, for whoever wants to change it while the gateway runs;
	// nil: it cannot be changed.
	Level *zap.AtomicLevel
	// File is where the configuration came from, for Watch; Reread reads it
	// again for a reload. Empty and nil: there is nothing to read.
	File   string
	Reread func(context.Context) (*config.Config, []config.Fault)
	// Engine opens the journal's engine; nil: what the configuration names.
	Engine func(context.Context, *config.Journal) (journal.Engine, error)
}

// Gateway is a running dlrgate. Start makes one; who started it closes it.
type Gateway struct {
	opts     Options
	log      *zap.Logger
	observe  *observer
	journal  *journal.Journal
	render   *renderer
	pipeline *pipeline
	admin    *admin.Server
	backoff  *backoff
	streams  *ownership
	undo     stack

	startedAt time.Time

	phase   atomic.Pointer[string] // why the gateway is not ready; nil: it is
	filters atomic.Pointer[[]forward.Filter]

	lastReload atomic.Pointer[admin.Reload] // nil: none since the start

	turn turn // of those who change what runs

	// mu guards the following; whoever has the turn may read them without it.
	mu        sync.Mutex
	cfg       *config.Config
	operators map[string]*operator
	endpoints map[string]*endpoint
}

// Start builds and starts everything; when it returns, the binds are opening.
// What it started is undone when a later part fails.
func Start(ctx context.Context, cfg *config.Config, o Options) (*Gateway, error) {
	g := &Gateway{
		opts: o, log: o.Log, cfg: cfg, startedAt: time.Now(),
		operators: map[string]*operator{}, endpoints: map[string]*endpoint{},
		streams: newOwnership(),
	}
	g.observe = &observer{metrics: newMetrics(o.Version, o.Commit), wanted: g.wanted}
	g.setPhase("starting")
	if err := g.start(ctx); err != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.ShutdownTimeout)
		defer cancel()
		return nil, errors.Join(err, g.undo.unwind(stop))
	}
	g.phase.Store(nil)
	g.observe.reloadSuccessful.Set(1)
	return g, nil
}

// start opens the parts in the order that the promises need: who looks on first,
// then the log, then those who owe deliveries, and the binds last.
func (g *Gateway) start(ctx context.Context) error {
	if err := g.openAdmin(); err != nil {
		return err
	}
	if err := g.openJournal(ctx); err != nil {
		return err
	}
	next, err := g.prepare(g.cfg)
	if err != nil {
		return err
	}
	g.undo.push("endpoints", g.stopEndpoints)
	if err := g.startEndpoints(ctx, next); err != nil {
		return err
	}
	g.journal.AllAttached()
	g.pipeline.readings.Store(&next.readings)
	g.filters.Store(&next.filters)
	g.undo.push("binds", g.stopOperators)
	g.startOperators(next)
	g.undo.push("housekeeping", background(g.keepHouse))
	if g.cfg.Watch {
		if err := g.watchFile(); err != nil {
			return err
		}
	}
	g.admin.Serve(desk{g})
	return nil
}

// Close stops everything in reverse: answers what was taken, unbinds, ends
// running POSTs and saves the cursors, within shutdown_timeout. A reload that
// runs is broken off.
func (g *Gateway) Close() error {
	g.setPhase("draining")
	g.turn.close()
	limit := g.cfg.ShutdownTimeout
	g.log.Info("stopping", zap.Duration("within", limit))
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	begin := time.Now()
	err := g.undo.unwind(ctx)
	g.log.Info("stopped", zap.Duration("took", time.Since(begin)), zap.Error(err))
	return err
}

// Addr is where the admin listener listens.
func (g *Gateway) Addr() string { return g.admin.Addr() }

func (g *Gateway) setPhase(why string) { g.phase.Store(&why) }

// unready returns the reasons for a red /readyz: never a bind or an endpoint,
// which alarms tell of.
func (g *Gateway) unready() []string {
	var reasons []string
	if why := g.phase.Load(); why != nil {
		return append(reasons, *why)
	}
	if err := g.journal.Storable(); err != nil {
		reasons = append(reasons, admin.RefusingReceipts+err.Error())
	}
	return reasons
}

func (g *Gateway) openAdmin() error {
	certificate, err := g.cfg.Admin.TLS.Config()
	if err != nil {
		return err
	}
	g.observe.watchListener(certificate, g.cfg.Listen)
	s, err := admin.Listen(admin.Options{
		TLS:    certificate,
		Listen: g.cfg.Listen, Tokens: tokensOf(g.cfg), Hosts: g.cfg.Admin.Hosts,
		Metrics: g.metricsHandler(), Counters: g.observe.registry, Unready: g.unready, Standby: g.standby, MaskNumbers: g.cfg.Privacy.MaskNumbers, Log: g.log,
	})
	if err != nil {
		return err
	}
	g.admin = s
	serve := background(func(context.Context) error { return s.Run() })
	g.undo.push("admin listener", func(ctx context.Context) error {
		return errors.Join(s.Close(ctx), serve(ctx))
	})
	return nil
}

// ringBytes are what newest entries the endpoints share in memory: some seconds
// of traffic, so that an endpoint that keeps up reads nothing from disk.
const ringBytes = 16 << 20

// tokensOf returns the tokens of the admin listener.
func tokensOf(c *config.Config) []admin.Token {
	tokens := make([]admin.Token, 0, len(c.Admin.Tokens))
	for _, t := range c.Admin.Tokens {
		tokens = append(tokens, admin.Token{Name: t.Name, Secret: t.Token.Reveal(), Role: admin.Role(t.Role)})
	}
	return tokens
}

// openJournal opens the log and teaches the renderer what came last.
func (g *Gateway) openJournal(ctx context.Context) error {
	engine, err := g.openEngine(ctx)
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	g.render = &renderer{recent: event.NewRecent(g.cfg.Journal.RecentMessages), stored: g.observe.stored}
	g.journal, err = journal.Open(ctx, journal.Options{
		Engine: engine, Operators: operatorNames(g.cfg), Render: g.render, Terms: terms, RingBytes: ringBytes, Wanted: g.wantedBy,
		Retention: g.cfg.Journal.Retention, MaxSize: int64(g.cfg.Journal.MaxSize), MinFree: int64(g.cfg.Journal.MinFreeDisk),
		Observer: g.observe.journal(g.streams.tell, g.render.found), Log: g.log.Named("journal"),
	})
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	g.undo.push("journal", g.journal.Close)
	g.pipeline = &pipeline{journal: g.journal, observe: g.observe}
	owned, err := g.streamsOf(ctx, g.cfg)
	if err == nil {
		err = g.journal.SetOperators(ctx, owned)
	}
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	g.streams.learnt()
	if err := g.journal.Tail(ctx, g.cfg.Journal.RecentMessages, g.render.restore); err != nil {
		return fmt.Errorf("read the last receipts: %w", err)
	}
	g.backoff, err = loadBackoff(ctx, g.journal)
	if err != nil {
		return err
	}
	g.undo.push("back-off steps", background(g.backoff.keep))
	return nil
}

// openEngine opens the engine that the configuration names.
func (g *Gateway) openEngine(ctx context.Context) (journal.Engine, error) {
	if g.opts.Engine != nil {
		return g.opts.Engine(ctx, &g.cfg.Journal)
	}
	log := g.log.Named("journal")
	if g.cfg.Journal.Driver == "postgres" {
		return postgres.Open(ctx, postgres.Options{DSN: g.cfg.Journal.DSN.Reveal(), Name: g.cfg.Gateway.Name, Log: log})
	}
	return sqlite.Open(ctx, sqlite.Options{
		Dir: string(g.cfg.Journal.Path), BackupDir: string(g.cfg.Journal.BackupDir), Log: log,
	})
}

func operatorNames(c *config.Config) []string {
	names := make([]string, len(c.Operators))
	for i := range c.Operators {
		names[i] = c.Operators[i].Name
	}
	return names
}
