package journal

import (
	"time"

	"go.uber.org/zap"
)

// earlyEvery is the shortest time between two lines about history that went
// before its time: with max_size that may be how it always goes.
const earlyEvery = time.Hour

// early counts delivered receipts that went before their retention was over,
// since space was short: somebody will look for them.
type early struct {
	receipts uint64
	upto     time.Time // when the newest of them came
	said     time.Time
}

// note counts what was removed, the newest of it received at newest; what came
// before due was old enough anyway.
func (e *early) note(removed []Span, newest, due time.Time) {
	if newest.Before(due) {
		return
	}
	for _, s := range removed {
		e.receipts += uint64(s.Upto - s.After)
	}
	e.upto = newest
}

// tell writes a line, at once for the first ones and then once an hour.
func (e *early) tell(log *zap.Logger, now time.Time) {
	if e.receipts == 0 || !e.said.IsZero() && now.Sub(e.said) < earlyEvery {
		return
	}
	log.Warn("space was short: delivered receipts were removed before their retention was over",
		zap.Uint64("receipts", e.receipts), zap.Time("newest", e.upto))
	e.receipts, e.said = 0, now
}
