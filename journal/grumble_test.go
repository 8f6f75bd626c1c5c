package journal

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestGrumble has work fail every second for an hour: there is a line a minute,
// and the lines count the rest.
func TestGrumble(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zap.InfoLevel)
	g := grumble{log: zap.New(core), what: "pruning failed, tried again"}
	at := time.Now()
	for range 3600 {
		g.about(errors.New("connection refused"), at)
		at = at.Add(time.Second)
	}
	all := lines.All()
	if len(all) != 60 {
		t.Fatalf("%d lines, want 60", len(all))
	}
	if n := all[59].ContextMap()["repeated"]; n != int64(59) {
		t.Errorf("the last line stands for %v more, want 59", n)
	}
}
