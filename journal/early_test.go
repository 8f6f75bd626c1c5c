package journal

import (
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestEarlyIsTold removes receipts before their time, and some that were old
// enough: the first are told of at once, further ones once an hour.
func TestEarlyIsTold(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zap.InfoLevel)
	log, now := zap.New(core), time.Now()
	due := now.Add(-24 * time.Hour)
	var e early
	e.note([]Span{{After: At(1, 0), Upto: At(1, 256)}}, due.Add(-time.Second), due)
	e.tell(log, now)
	if n := lines.Len(); n != 0 {
		t.Fatalf("%d lines about receipts that were old enough", n)
	}
	for range 3 {
		e.note([]Span{{After: At(1, 256), Upto: At(1, 300)}, {After: At(1, 301), Upto: At(1, 311)}}, now, due)
		e.tell(log, now)
	}
	e.tell(log, now.Add(time.Hour))
	all := lines.All()
	if len(all) != 2 || all[0].ContextMap()["receipts"] != uint64(54) || all[1].ContextMap()["receipts"] != uint64(108) {
		t.Errorf("told %v, want of 54 and then of 108", all)
	}
}
