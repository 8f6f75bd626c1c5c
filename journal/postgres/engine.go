package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/journal"
)

const (
	// leaseFor is how long a lease holds on the database's clock. Another gateway
	// takes over within 10 s: it looks twice a second, and reads a million recent
	// messages before it binds.
	leaseFor = 6 * time.Second
	// leaseMargin is by how much the holder's own count ends earlier: the time
	// it has to close its sessions.
	leaseMargin = time.Second
	// connectTimeout, writeTimeout and readTimeout bound what is asked of the
	// server. A write that takes longer has an unknown outcome.
	connectTimeout = 3 * time.Second
	writeTimeout   = 3 * time.Second
	readTimeout    = 10 * time.Second
	// readers is how many connections serve the reads.
	readers = 6
)

// Options says where the database is.
type Options struct {
	// DSN is a PostgreSQL connection string, as URL or as key=value pairs.
	DSN string
	// Name is what the other gateways call this one; empty: the host's name.
	Name string
	Log  *zap.Logger // nil: silent
}

// Engine keeps the journal in PostgreSQL. See journal.Engine for its methods.
type Engine struct {
	config *pgx.ConnConfig
	log    *zap.Logger
	logID  []byte
	lease  time.Duration
	member atomic.Pointer[member]
	read   *pgxpool.Pool
	index  *index
	syncs  atomic.Int64

	// What follows belongs to the one goroutine that writes.
	conn *pgx.Conn // nil: the next write opens one
	// doubt is what the server warned of since the last commit began.
	doubt *pgconn.Notice
	// replicas are the server's synchronous_standby_names as they were last seen.
	replicas  string
	fullPages bool // the server's full_page_writes
	// highest are the ends of the streams as they were last committed here.
	highest map[journal.Stream]journal.Position
}

var _ journal.Engine = (*Engine)(nil)

// Open connects to the database, brings its schema up to date and refuses a
// server that does not sync its commits. The caller closes the engine, or
// gives it to a Journal, which does.
func Open(ctx context.Context, o Options) (_ *Engine, err error) {
	pool, err := pgxpool.ParseConfig(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("journal dsn: %w", err)
	}
	configure(pool)
	e := &Engine{
		config: pool.ConnConfig, log: o.Log, lease: leaseFor,
		highest: map[journal.Stream]journal.Position{},
	}
	e.bear(cmp.Or(o.Name, hostName()))
	if e.log == nil {
		e.log = zap.NewNop()
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("journal database %q at %q: %w", e.config.Database, e.config.Host, err), e.Close())
		}
	}()
	if err := e.checkDurable(ctx); err != nil {
		return nil, err
	}
	if e.logID, err = migrate(ctx, e.config); err != nil {
		return nil, err
	}
	if e.read, err = pgxpool.NewWithConfig(ctx, pool); err != nil {
		return nil, err
	}
	e.index = &index{read: e.read, me: e.me}
	return e, e.connect(ctx)
}

// configure sets what every connection is opened with.
func configure(c *pgxpool.Config) {
	c.MaxConns = readers
	c.ConnConfig.ConnectTimeout = connectTimeout
	p := c.ConnConfig.RuntimeParams
	if p["application_name"] == "" {
		p["application_name"] = "dlrgate"
	}
	// Whatever the role, the database or the server say: what is answered is on disk,
	// and at the synchronous replicas. What the connection string says is checked.
	if p["synchronous_commit"] == "" {
		p["synchronous_commit"] = "on"
	}
	p["client_min_messages"] = "warning"
	// A stopped process must not hold a stream's row, nor wait for it for ever.
	p["idle_in_transaction_session_timeout"] = "2s"
	p["lock_timeout"] = "2s"
	// Its arrays are all that changes of an append: planning it anew costs more
	// than running it.
	p["plan_cache_mode"], p["jit"] = "force_generic_plan", "off"
}

// Index returns the search projection.
func (e *Engine) Index() journal.Index { return e.index }

// Tend does nothing: the server looks after its files itself.
func (e *Engine) Tend(context.Context) (more bool, err error) { return false, nil }

// Close closes the connections.
func (e *Engine) Close() error {
	if e.read != nil {
		e.leave()
		e.read.Close()
	}
	return e.disconnect()
}
