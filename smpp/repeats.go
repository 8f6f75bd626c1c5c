package smpp

import "time"

// A failure that goes on, or a note that repeats, is logged again after
// repeatFirst, then after twice that and so on up to repeatMost, each time with
// the count of what was left out.
const (
	repeatFirst = time.Minute
	repeatMost  = 10 * time.Minute
)

// repeats counts what is not logged because it was just now.
type repeats map[string]*repeat

type repeat struct {
	said    time.Time
	every   time.Duration
	skipped int
}

// say reports whether key may be logged now, and how often it was not since.
func (r repeats) say(key string, now time.Time) (skipped int, say bool) {
	last, known := r[key]
	switch {
	case !known:
		r[key] = &repeat{said: now, every: repeatFirst}
		return 0, true
	case now.Sub(last.said) < last.every:
		last.skipped++
		return 0, false
	default:
		skipped = last.skipped
		*last = repeat{said: now, every: min(2*last.every, repeatMost)}
		return skipped, true
	}
}

func (r repeats) forget(key string) { delete(r, key) }
