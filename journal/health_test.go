package journal

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestHealthThatFlaps has every other commit fail for a minute, as on a disk
// that is full to the brim, and then none: the log says so in a few lines, counts
// the rest, and its last word is true.
func TestHealthThatFlaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, lines := observer.New(zap.InfoLevel)
		var h health
		h.init(zap.New(core), func() bool { return false })
		h.setFailed(ErrFull)
		if lines.Len() != 1 {
			t.Fatalf("%d lines about the first failure", lines.Len())
		}
		for range 600 {
			h.setFailed(nil)
			h.setFailed(ErrFull)
			<-time.After(watchEvery)
			h.check(time.Now())
		}
		h.setFailed(nil)
		<-time.After(tellEvery)
		h.check(time.Now())
		all := lines.All()
		last := all[len(all)-1]
		if len(all) > 8 || last.Message != "receipts are stored again" {
			t.Errorf("%d lines, the last %q", len(all), last.Message)
		}
		told := 0
		for _, l := range all {
			told += int(l.ContextMap()["repeated"].(int64))
		}
		if told < 590 || told > 601 {
			t.Errorf("the lines count %d of 600", told)
		}
	})
}

// TestHealthOfAStandby: who owns no stream refuses nobody, and asks no operator for
// anything; who has lost its streams meanwhile does not say that it stores receipts.
func TestHealthOfAStandby(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, lines := observer.New(zap.InfoLevel)
		idle := true
		var h health
		h.init(zap.New(core), func() bool { return idle })
		h.setFailed(ErrRefused)
		if all := lines.TakeAll(); len(all) != 1 || all[0].Level > zap.WarnLevel || strings.Contains(all[0].Message, "operators") {
			t.Errorf("a standby says %v", all)
		}
		for _, want := range []struct {
			idle    bool
			message string
		}{
			{false, "receipts are stored again"}, // it has taken over
			{false, "receipts cannot be stored, operators are asked to send again"},
			{true, "stands by, and can take over again"}, // and lost all
		} {
			<-time.After(tellEvery)
			idle = want.idle
			if h.storable() == nil {
				h.setFailed(ErrRefused)
			} else {
				h.setFailed(nil)
			}
			if all := lines.TakeAll(); len(all) != 1 || all[0].Message != want.message {
				t.Errorf("it says %v, want %q", all, want.message)
			}
		}
	})
}
