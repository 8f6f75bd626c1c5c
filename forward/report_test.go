package forward

import (
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// TestLogHasTheLastWordOnABreakerThatFlaps: lines are ten seconds apart, and the
// last one says how it is.
func TestLogHasTheLastWordOnABreakerThatFlaps(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.InfoLevel)
	r := newReporter(zap.New(core))
	start := time.Unix(1000, 0)
	r.breaker(true, "", start)
	r.breaker(false, "endpoint is up again", start.Add(time.Second))
	for s := range 30 {
		r.summary(start.Add(time.Duration(s)*time.Second), false)
	}
	var lines []string
	for _, l := range logs.All() {
		lines = append(lines, l.Message)
	}
	want := []string{"endpoint is down: receipts wait, and it is probed", "endpoint is up again"}
	if !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}
