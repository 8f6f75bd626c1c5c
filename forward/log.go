package forward

import (
	"context"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// Log is what an endpoint needs of the journal.
type Log interface {
	entries
	cursors
	waiting
	memory
}

// entries reads the log.
type entries interface {
	Owned() map[journal.Stream]string
	Holds(s journal.Stream) (epoch uint64, holds bool)
	Head(s journal.Stream) journal.Position
	Changed() <-chan struct{}
	ChangedSince(version uint64) (changed []journal.Stream, now uint64)
	After(ctx context.Context, p journal.Position, limit, limitBytes int) ([]*journal.Entry, error)
	Get(ctx context.Context, p journal.Position) (*journal.Entry, error)
	ByID(ctx context.Context, id string) ([]*journal.Entry, error)
}

// cursors remember how far the endpoint came.
type cursors interface {
	Attach(ctx context.Context, endpoint string, start journal.Start) ([]journal.Cursor, error)
	AttachAll(ctx context.Context, starts map[string]journal.Start) error
	Advance(endpoint string, p journal.Position)
	Unfinished(ctx context.Context, endpoint string) ([]journal.Position, error)
}

// waiting holds the parked and the dead.
type waiting interface {
	Park(ctx context.Context, parked []journal.Parked, cursors []journal.Cursor) error
	Unpark(ctx context.Context, endpoint string, ps []journal.Position) error
	Take(ctx context.Context, endpoint string, taken []journal.Taken) error
	DueParked(ctx context.Context, endpoint string, now time.Time, limit int) ([]journal.Parked, error)
	Bury(ctx context.Context, dead []journal.Dead, cursors []journal.Cursor) error
	GetDead(ctx context.Context, id int64) (journal.Dead, error)
	DropDead(ctx context.Context, ids []int64) (int, error)
	TakeDead(ctx context.Context, taken, again []journal.Dead, at time.Time) error
	Counts(ctx context.Context, endpoint string) (journal.Counts, error)
}

// memory keeps small facts across restarts.
type memory interface {
	RecordAttempt(a journal.Attempt)
	NextReplay(ctx context.Context, endpoint string, ids []string) ([]int, error)
	Swap(ctx context.Context, s journal.Swap) error
	State(ctx context.Context, kind string) (map[string][]byte, error)
}

// Observer is told what happens at one endpoint; a nil func is not called. The
// funcs are called from the endpoint's own goroutine and must not block.
type Observer struct {
	// Attempt follows each POST: outcome is one of Outcomes.
	Attempt func(outcome string, took time.Duration)
	// Breaker and Disabled follow each change.
	Breaker  func(open bool)
	Disabled func(disabled bool)
	// DeadLettered follows each delivery, or range of n, that was given up;
	// class is refused or unreachable.
	DeadLettered func(class string, n int)
}

func (o Observer) filled() Observer {
	if o.Attempt == nil {
		o.Attempt = func(string, time.Duration) {}
	}
	if o.Breaker == nil {
		o.Breaker = func(bool) {}
	}
	if o.Disabled == nil {
		o.Disabled = func(bool) {}
	}
	if o.DeadLettered == nil {
		o.DeadLettered = func(string, int) {}
	}
	return o
}
