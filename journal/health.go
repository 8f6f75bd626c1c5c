package journal

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
)

// hungAfter is how long a commit may take before receipts are refused.
const hungAfter = time.Second

// tellEvery is the shortest time between two lines of the log: on a disk that is
// full to the brim every other commit may succeed.
const tellEvery = 10 * time.Second

// health knows whether receipts can be stored now.
type health struct {
	log  *zap.Logger
	idle func() bool // no stream is owned: nobody is refused anything

	mu      sync.Mutex
	failed  error     // the last commit's, until one succeeds again
	full    error     // space is below MinFree, or above MaxSize with nothing to prune
	began   time.Time // of the commit that runs, zero when none does
	hung    bool
	current error // what storable last answered

	told    bool // the log says that receipts cannot be stored
	toldAt  time.Time
	changes int // since toldAt
}

func (h *health) init(log *zap.Logger, idle func() bool) { h.log, h.idle = log, idle }

// storable returns nil or why receipts cannot be stored.
func (h *health) storable() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.current
}

func (h *health) commitBegins(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.began = at
}

func (h *health) commitEnds() {
	h.update(func() { h.began, h.hung = time.Time{}, false })
}

// check looks for a commit that hangs.
func (h *health) check(now time.Time) (hung bool) {
	h.update(func() {
		h.hung = !h.began.IsZero() && now.Sub(h.began) >= hungAfter
		hung = h.hung
	})
	return hung
}

func (h *health) setFailed(err error) { h.update(func() { h.failed = err }) }
func (h *health) setFull(err error)   { h.update(func() { h.full = err }) }

func (h *health) update(change func()) {
	h.mu.Lock()
	change()
	before := h.current
	switch {
	case h.failed != nil && errors.Is(h.failed, ErrFull):
		h.current = h.failed
	case h.failed != nil:
		h.current = fmt.Errorf("%w: %w", ErrRefused, h.failed)
	case h.hung:
		h.current = fmt.Errorf("%w: a commit takes longer than %s", ErrRefused, hungAfter)
	default:
		h.current = h.full
	}
	now := h.current
	say, repeated := h.tells(before, time.Now())
	h.mu.Unlock()
	standby := say && h.idle()
	switch {
	case !say:
	case now == nil && standby:
		h.log.Info("stands by, and can take over again", zap.Int("repeated", repeated))
	case standby:
		h.log.Warn("stands by, and could not take over now: the journal cannot be used", zap.Error(now), zap.Int("repeated", repeated))
	case now == nil:
		h.log.Info("receipts are stored again", zap.Int("repeated", repeated))
	default:
		h.log.Error("receipts cannot be stored, operators are asked to send again", zap.Error(now), zap.Int("repeated", repeated))
	}
}

// tells reports whether the log is to say how things are now, and how often they
// changed there and back without a word. What changes soon after a line is said
// later: check comes by. The caller holds mu.
func (h *health) tells(before error, at time.Time) (say bool, repeated int) {
	failing := h.current != nil
	if failing != (before != nil) {
		h.changes++
	}
	if failing == h.told || !h.toldAt.IsZero() && at.Sub(h.toldAt) < tellEvery {
		return false, 0
	}
	repeated = h.changes / 2
	h.told, h.toldAt, h.changes = failing, at, 0
	return true, repeated
}
