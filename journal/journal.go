package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Options says how to open a Journal.
type Options struct {
	// Engine keeps the rows; the Journal owns it, also when Open fails.
	Engine Engine
	// Operators whose streams to own; a new name gets a new stream.
	Operators []string
	Render    Renderer
	// Terms gives the keys that find an entry; nil: by id and time alone. Any
	// goroutine may call it.
	Terms func(*Entry) []Term
	// Wanted says whether an endpoint wants an entry, for the counts of dead
	// ranges; nil: it does.
	Wanted func(endpoint string, e *Entry) bool
	// RingBytes bounds the octets of committed entries that are kept in
	// memory for the endpoints; 0 is 32 MiB.
	RingBytes int
	// Retention is how long receipts are kept that every endpoint has taken;
	// 0: for ever.
	Retention time.Duration
	// MaxSize is the octets above which delivered history goes before its
	// time; 0: none. MinFree is the octets below which receipts are refused.
	MaxSize, MinFree int64
	Observer         Observer
	Log              *zap.Logger // nil: silent
}

const defaultRing = 32 << 20

// Journal is the log of receipts and what became of them. Its methods can be
// called from any goroutine.
type Journal struct {
	o      Options
	engine Engine
	log    *zap.Logger

	queue    queue
	cursors  cursors
	attempts attempts
	health   health
	pruner   pruner
	erasures erasures
	members  members

	// mu guards what the committer publishes and everyone reads.
	mu      sync.RWMutex
	streams map[Stream]*stream // owned ones
	byName  map[string]Stream  // the same by operator
	names   map[Stream]string  // owned ones and those that were
	wanted  []string           // operators whose streams to own
	owners  map[Stream]string  // what Owned returns; a change makes another
	recent  recency
	ring    *ring
	changed chan struct{} // closed at the next commit

	unfinished together[[]Position]
	counts     together[Counts]
	states     together[map[string][]byte]

	setup            chan struct{}      // one place: one of Attach, SetOperators, NextReplay, Forget at a time
	cancel           context.CancelFunc // ends the goroutines that only read
	readers, writers sync.WaitGroup
}

// Open owns the operators' streams and starts the committer. The caller closes
// the journal.
func Open(ctx context.Context, o Options) (*Journal, error) {
	if o.Engine == nil || o.Render == nil {
		return nil, errors.New("journal: Engine and Render are needed")
	}
	o.RingBytes = cmp.Or(o.RingBytes, defaultRing)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	j := &Journal{
		o: o, engine: o.Engine, log: o.Log,
		streams: map[Stream]*stream{}, byName: map[string]Stream{}, names: map[Stream]string{},
		ring: newRing(o.RingBytes), changed: make(chan struct{}), setup: make(chan struct{}, 1),
	}
	j.recent.at = map[Stream]uint64{}
	j.unfinished.init(j.lookUnfinished)
	j.counts.init(j.engine.Counts)
	j.states.init(j.lookStates)
	j.erasures.list = map[Position]struct{}{}
	j.queue.init()
	j.cursors.init()
	j.health.init(o.Log, j.idle)
	j.members.init()
	reading, cancel := context.WithCancel(context.WithoutCancel(ctx))
	j.cancel = cancel
	j.wanted = slices.Clone(o.Operators)
	if err := j.acquire(ctx, o.Operators); err != nil {
		j.cancel()
		return nil, errors.Join(err, o.Engine.Close())
	}
	j.writers.Go(j.commitLoop)
	for _, loop := range []func(context.Context){j.watch, j.indexLoop, j.pruneLoop, j.memberLoop} {
		j.readers.Go(func() { loop(reading) })
	}
	return j, nil
}

// alone waits for its turn at what is done one at a time; the caller calls done.
func (j *Journal) alone(ctx context.Context) (done func(), err error) {
	select {
	case j.setup <- struct{}{}:
		return func() { <-j.setup }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close refuses new receipts, commits what waits, saves the cursors, releases
// the streams and closes the engine. When ctx ends first, what still waits is
// refused; when even then a commit hangs, Close returns, and the rest follows
// if the commit ever ends. Further calls return ErrClosed.
func (j *Journal) Close(ctx context.Context) error {
	if !j.queue.close() {
		return ErrClosed
	}
	done := make(chan error, 1)
	go func() { done <- j.shutDown(context.WithoutCancel(ctx)) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	j.queue.abandon()
	select {
	case err := <-done:
		return err
	case <-time.After(hungAfter):
		return fmt.Errorf("journal: close: a commit hangs: %w", ctx.Err())
	}
}

// shutDown waits for the committer, then ends everything else.
func (j *Journal) shutDown(ctx context.Context) error {
	j.writers.Wait()
	j.cancel()
	j.readers.Wait()
	ctx, cancel := context.WithTimeout(ctx, hungAfter)
	defer cancel()
	return errors.Join(j.engine.Release(ctx, j.owned()), j.engine.Close())
}
