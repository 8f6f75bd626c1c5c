package gateway

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/forward"
)

// TestBehindIsWhatWaitsForMinutes: the log tells of no endpoint that works, nor of
// one that fills a batch.
func TestBehindIsWhatWaitsForMinutes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		lag          int
		waits, batch time.Duration
		behind       bool
	}{
		"nothing waits":                 {0, 0, 0, false},
		"nothing waits any more":        {0, time.Hour, 0, false},
		"a moment":                      {1000, time.Second, 0, false},
		"as long as is told of no one":  {1, behindAfter, 0, false},
		"longer":                        {1, behindAfter + time.Second, 0, true},
		"for a batch":                   {1, behindAfter + time.Second, time.Minute, false},
		"for a batch, at its end":       {1, behindAfter + time.Minute, time.Minute, false},
		"longer than a batch's longest": {1, behindAfter + time.Minute + time.Second, time.Minute, true},
	} {
		s := forward.Status{Lag: c.lag}
		if c.waits > 0 {
			s.OldestWaiting = now.Add(-c.waits)
		}
		cfg := config.Endpoint{}
		cfg.Batch.MaxWait = c.batch
		if got := behind(&s, &cfg, now); got != c.behind {
			t.Errorf("%s: behind is %t", name, got)
		}
	}
	if behind(&forward.Status{Lag: 1}, &config.Endpoint{}, now) {
		t.Error("behind, though since when it waits is not known")
	}
}
