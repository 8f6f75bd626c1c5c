package journaltest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/dlrgate/dlrgate/journal"
)

// Fault stands in for one Write of receipts; write is the engine's own.
type Fault func(write func() error) error

// Faults of a COMMIT.
var (
	// UnknownDone: it was stored, but the answer was lost.
	UnknownDone Fault = func(write func() error) error {
		if err := write(); err != nil {
			return err
		}
		return fmt.Errorf("%w: connection lost at COMMIT", journal.ErrAgain)
	}
	// UnknownNotDone: it was not stored, and the answer was lost.
	UnknownNotDone Fault = func(func() error) error {
		return fmt.Errorf("%w: connection lost at COMMIT", journal.ErrAgain)
	}
	// Serialization: SQLSTATE 40001.
	Serialization Fault = func(func() error) error {
		return fmt.Errorf("%w: could not serialize access (40001)", journal.ErrAgain)
	}
)

// Fail is a fault that stores nothing and answers err.
func Fail(err error) Fault { return func(func() error) error { return err } }

// FailDone is a fault that stores the batch and answers err all the same.
func FailDone(err error) Fault {
	return func(write func() error) error {
		if failed := write(); failed != nil {
			return failed
		}
		return err
	}
}

// Hold is a fault that says on reached that the commit has begun, and commits
// once release is closed.
func Hold(reached chan<- struct{}, release <-chan struct{}) Fault {
	return func(write func() error) error {
		reached <- struct{}{}
		<-release
		return write()
	}
}

// Injector is an engine whose writes of receipts fail as they are told to.
type Injector struct {
	journal.Engine

	mu     sync.Mutex
	faults []Fault
	bad    string // id of a receipt that is refused for its data
	bare   bool   // it is refused also when it is rendered plain
	fenced map[journal.Stream]bool
}

// Wrap returns an Injector around an engine.
func Wrap(e journal.Engine) *Injector { return &Injector{Engine: e, fenced: map[journal.Stream]bool{}} }

// Inject adds faults, one for each of the next Writes of receipts.
func (i *Injector) Inject(f ...Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults = append(i.faults, f...)
}

// Refuse makes the engine refuse the receipt with this id for its data, until
// it is rendered plain, or for ever but as its raw octets.
func (i *Injector) Refuse(id string, bare bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.bad, i.bare = id, bare
}

// Fence gives a stream to another owner.
func (i *Injector) Fence(s journal.Stream) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fenced[s] = true
}

// Write stores the batch, or does as the next fault says.
func (i *Injector) Write(ctx context.Context, b *journal.Batch) error {
	write := func() error { return i.Engine.Write(ctx, b) }
	fault, err := i.next(b)
	switch {
	case err != nil:
		return err
	case fault != nil:
		return fault(write)
	}
	return write()
}

func (i *Injector) next(b *journal.Batch) (Fault, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, l := range b.Leases {
		if i.fenced[l.Stream] {
			return nil, journal.ErrFenced
		}
	}
	refused := slices.ContainsFunc(b.Entries, func(e *journal.Entry) bool {
		return e.ID == i.bad && (len(e.Meta) > 0 || i.bare && len(e.Event) > 0)
	})
	if refused {
		return nil, fmt.Errorf("%w: invalid byte sequence", journal.ErrData)
	}
	if len(b.Entries) == 0 || len(i.faults) == 0 {
		return nil, nil
	}
	f := i.faults[0]
	i.faults = i.faults[1:]
	return f, nil
}

// Renew leaves out the streams that have another owner.
func (i *Injector) Renew(ctx context.Context, leases []journal.Lease) ([]journal.Lease, error) {
	held, err := i.Engine.Renew(ctx, leases)
	return i.unfenced(held), err
}

// Acquire leaves out the streams that have another owner.
func (i *Injector) Acquire(ctx context.Context, operators []string) ([]journal.Lease, error) {
	got, err := i.Engine.Acquire(ctx, operators)
	return i.unfenced(got), err
}

func (i *Injector) unfenced(leases []journal.Lease) []journal.Lease {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.DeleteFunc(leases, func(l journal.Lease) bool { return i.fenced[l.Stream] })
}
