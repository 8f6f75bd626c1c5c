package smpp

import (
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// TestOneLineForAnOutage: four binds that bind, lose their sessions, fail for ten
// minutes and bind again write what one does, and name the four.
func TestOneLineForAnOutage(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.InfoLevel)
	opts := Options{
		Addresses: []string{"a:1"}, Log: zap.New(core),
		Accounts: []Account{{SystemID: "gw", Binds: 3}, {SystemID: "other"}},
	}
	bubble(t, opts, func(n *network, r *running) {
		told := func(text string, most int) {
			t.Helper()
			lines := logs.TakeAll()
			if len(lines) == 0 || len(lines) > most {
				t.Errorf("%d lines, want %q, %d at most: %v", len(lines), text, most, lines)
			}
			for _, line := range lines {
				if f := line.ContextMap(); line.Message != text || f["operator"] != "acme" || f["bind"] == nil {
					t.Errorf("line %q %v, want %q", line.Message, f, text)
				}
			}
			if f := lines[0].ContextMap(); f["binds"] != int64(4) || len(f["others"].([]any)) != 3 {
				t.Errorf("%v, want it of 4 binds", f)
			}
		}
		var sessions []*dialled
		for range 4 {
			sessions = append(sessions, n.bound())
			r.reach(Bound)
		}
		elapse(2 * time.Minute)
		told("bound", 1)
		for _, s := range sessions {
			s.conn.Close()
			r.reach(Waiting)
		}
		elapse(0)
		told("session ended", 1)
		for begin := time.Now(); time.Since(begin) < 10*time.Minute; {
			n.fail()
		}
		elapse(2 * time.Second)
		if lines := logs.TakeAll(); len(lines) > 4 {
			t.Errorf("%d lines in ten minutes: %v", len(lines), lines)
		}
		for range 4 {
			n.bound()
			r.reach(Bound)
		}
		elapse(2 * time.Second)
		if lines := logs.FilterMessage("bound").All(); len(lines) == 0 || len(lines) > 4 {
			t.Errorf("%d lines of being bound again", len(lines))
		}
	})
}

// TestFailureAfterGoodDaysIsTold at once, although one like it went on for long, and
// is told every ten minutes only.
func TestFailureAfterGoodDaysIsTold(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.InfoLevel)
	bubble(t, Options{Addresses: []string{"a:1"}, Log: zap.New(core)}, func(n *network, r *running) {
		for begin := time.Now(); time.Since(begin) < 16*time.Minute; {
			n.fail()
		}
		s := n.bound()
		r.reach(Bound)
		elapse(2 * time.Minute)
		logs.TakeAll()
		s.conn.Close()
		n.fail()
		elapse(0)
		if got := logs.FilterMessage("bind failed").Len(); got != 1 {
			t.Errorf("%d lines of a new failure: %v", got, logs.All())
		}
	})
}
