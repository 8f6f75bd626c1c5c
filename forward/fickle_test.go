package forward

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// dice are thrown from any goroutine.
type dice struct {
	mu  sync.Mutex
	rng *rand.Rand
	off bool
}

// says is true with the chance of one in n.
func (d *dice) says(n int) bool { return d.below(n) == 0 }

// below returns a number from 0 to n-1, and n when the dice are put away.
func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return n
	}
	return d.rng.IntN(n)
}

func (d *dice) putAway() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
}

// fickle is a journal of which some writes fail, before or after they are done,
// and whose streams come and go.
type fickle struct {
	*journal.Journal
	*dice
	away atomic.Uint32 // the last stream that another gateway holds
}

var errFickle = errors.New("not now")

func (f *fickle) write(do func() error) error {
	if f.says(6) {
		return errFickle
	}
	if err := do(); err != nil || f.says(6) {
		return errors.Join(err, errFickle)
	}
	return nil
}

func (f *fickle) Owned() map[journal.Stream]string {
	owned := maps.Clone(f.Journal.Owned())
	maps.DeleteFunc(owned, func(s journal.Stream, _ string) bool { return uint32(s) <= f.away.Load() })
	return owned
}

func (f *fickle) Park(ctx context.Context, parked []journal.Parked, cursors []journal.Cursor) error {
	return f.write(func() error { return f.Journal.Park(ctx, parked, cursors) })
}

func (f *fickle) Unpark(ctx context.Context, endpoint string, ps []journal.Position) error {
	return f.write(func() error { return f.Journal.Unpark(ctx, endpoint, ps) })
}

func (f *fickle) Take(ctx context.Context, endpoint string, taken []journal.Taken) error {
	return f.write(func() error { return f.Journal.Take(ctx, endpoint, taken) })
}

func (f *fickle) Bury(ctx context.Context, dead []journal.Dead, cursors []journal.Cursor) error {
	return f.write(func() error { return f.Journal.Bury(ctx, dead, cursors) })
}

func (f *fickle) TakeDead(ctx context.Context, taken, again []journal.Dead, at time.Time) error {
	return f.write(func() error { return f.Journal.TakeDead(ctx, taken, again, at) })
}

func (f *fickle) Swap(ctx context.Context, w journal.Swap) error {
	return f.write(func() error { return f.Journal.Swap(ctx, w) })
}

// doubtful is a journal that parks, and says that it did not.
type doubtful struct {
	*journal.Journal
	refuse atomic.Int32
}

func (d *doubtful) Park(ctx context.Context, parked []journal.Parked, cursors []journal.Cursor) error {
	err := d.Journal.Park(ctx, parked, cursors)
	if d.refuse.Add(-1) >= 0 {
		return context.DeadlineExceeded
	}
	return err
}

// parkless is a journal that does not park for some calls.
type parkless struct {
	*journal.Journal
	refuse atomic.Int32
}

func (p *parkless) Park(ctx context.Context, parked []journal.Parked, cursors []journal.Cursor) error {
	if p.refuse.Add(-1) >= 0 {
		return journal.ErrRefused
	}
	return p.Journal.Park(ctx, parked, cursors)
}
