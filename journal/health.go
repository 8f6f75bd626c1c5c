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

// health knows whether receipts can be stored now.
type health struct {
	log *zap.Logger

	mu      sync.Mutex
	failed  error     // the last commit's, until one succeeds again
	full    error     // space is below MinFree, or above MaxSize with nothing to prune
	began   time.Time // of the commit that runs, zero when none does
	hung    bool
	current error // what storable last answered
}

func (h *health) init(log *zap.Logger) { h.log = log }

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
	h.mu.Unlock()
	if (before == nil) == (now == nil) {
		return
	}
	if now == nil {
		h.log.Info("receipts are stored again")
	} else {
		h.log.Error("receipts cannot be stored, operators are asked to send again", zap.Error(now))
	}
}
