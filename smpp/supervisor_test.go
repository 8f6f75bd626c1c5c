package smpp

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestBackoffDoublesUpToMaxAndForgetsWhenStable(t *testing.T) {
	t.Parallel()
	store := &keptStore{}
	bubble(t, Options{Addresses: []string{"a:1"}, Backoff: store}, func(n *network, _ *running) {
		last := n.fail().at
		for _, d := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			next := n.fail()
			between(t, "back-off", next.at.Sub(last), d*time.Second/2, d*time.Second)
			last = next.at
		}
		if got := store.Load("acme/gw/1").Step; got != 9 {
			t.Errorf("saved step %d after 9 attempts", got)
		}

		d := n.bound()
		elapse(59 * time.Second) // too short to count
		d.conn.Close()
		last = time.Now()
		d = n.bound()
		between(t, "after a short session", d.at.Sub(last), 30*time.Second, time.Minute)

		elapse(61 * time.Second)
		if got := store.Load("acme/gw/1").Step; got != 0 {
			t.Errorf("saved step %d after a stable session, want 0", got)
		}
		d.conn.Close()
		last = time.Now()
		between(t, "after a stable session", n.bound().at.Sub(last), time.Second/2, time.Second)
	})
}

func TestRefusedBindsWaitLonger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		end   func(*network) *dialled
		waits []time.Duration
		alarm bool
	}{
		{"wrong password", refusedWith(StatusBadPassword), []time.Duration{
			time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute,
		}, true},
		{"wrong system_id", refusedWith(StatusBadSystemID), []time.Duration{time.Minute, 2 * time.Minute}, true},
		{"bind failed", refusedWith(StatusBindFailed), []time.Duration{time.Minute, 2 * time.Minute}, true},
		{"unbound by the SMSC", func(n *network) *dialled {
			d := n.next()
			d.acceptBind()
			d.send(rawPDU{id: idUnbind, seq: 3})
			d.expect(idUnbind | idResp)
			d.conn.Close()
			return d
		}, []time.Duration{30 * time.Second, 30 * time.Second}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{Addresses: []string{"a:1"}}, func(n *network, r *running) {
				c.end(n)
				for _, wait := range c.waits {
					waiting := r.reach(Waiting)
					if waiting.Alarm != c.alarm {
						t.Errorf("alarm %v, want %v", waiting.Alarm, c.alarm)
					}
					between(t, c.name, c.end(n).at.Sub(waiting.At), wait, wait*5/4)
				}
			})
		})
	}
}

func refusedWith(status CommandStatus) func(*network) *dialled {
	return func(n *network) *dialled { return n.refused(status) }
}

// TestFailover: the next address when one fails, and back to the first after ten
// minutes, but only when it answers.
func TestFailover(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Addresses: []string{"a:1", "b:1", "c:1"}}, func(n *network, r *running) {
		for _, want := range []string{"a:1", "b:1", "c:1", "a:1"} {
			if d := n.fail(); d.address != want {
				t.Errorf("dialled %s, want %s", d.address, want)
			}
		}
		second := n.bound()
		if second.address != "b:1" {
			t.Errorf("bound to %s, want b:1", second.address)
		}
		r.reach(Bound)
		probe := n.fail() // the first is still down: the session stays
		between(t, "first probe", probe.at.Sub(second.at), 10*time.Minute, 10*time.Minute+time.Second)
		if info := r.Binds()[0]; probe.address != "a:1" || info.State != Bound || info.Address != "b:1" {
			t.Errorf("after a failed probe of %s: %s at %s", probe.address, info.State, info.Address)
		}
		probe = n.next()
		if back := n.bound(); probe.address != "a:1" || back.address != "a:1" || back.at.Sub(probe.at) > time.Second {
			t.Errorf("probed %s, bound to %s after %s", probe.address, back.address, back.at.Sub(probe.at))
		}
	})
}

// TestAlreadyBoundStays: the old session dies at the same address.
func TestAlreadyBoundStays(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Addresses: []string{"a:1", "b:1"}}, func(n *network, _ *running) {
		n.refused(StatusAlreadyBound)
		if d := n.bound(); d.address != "a:1" {
			t.Errorf("dialled %s after ESME_RALYBND, want a:1 again", d.address)
		}
	})
}

// TestEachSpreadsAllBinds, one attempt of an account at a time.
func TestEachSpreadsAllBinds(t *testing.T) {
	t.Parallel()
	opts := Options{
		Addresses: []string{"a:1", "b:1"}, Spread: Each,
		Accounts: []Account{{SystemID: "gw", Binds: 2}, {Name: "second", SystemID: "gw2"}},
	}
	bubble(t, opts, func(n *network, r *running) {
		// Each account dials once, and no more until that attempt is over.
		first := []*dialled{n.next(), n.next()}
		synctest.Wait()
		if len(n.dials) != 0 {
			t.Errorf("%d more attempts in flight", len(n.dials))
		}
		for _, d := range first {
			d.acceptBind()
			go d.serve()
		}
		for range 4 {
			n.bound()
		}
		synctest.Wait()
		var names, addresses []string
		for _, info := range r.Binds() {
			names, addresses = append(names, info.Name), append(addresses, info.Address)
			if info.State != Bound {
				t.Errorf("%s is %s", info.Name, info.State)
			}
		}
		want := []string{"acme/gw/1", "acme/gw/2", "acme/gw/3", "acme/gw/4", "acme/second/1", "acme/second/2"}
		if !slices.Equal(names, want) || !slices.Equal(addresses, []string{"a:1", "a:1", "b:1", "b:1", "a:1", "b:1"}) {
			t.Errorf("binds %v at %v, want %v", names, addresses, want)
		}
	})
}

// TestRefuseFor: short trouble drops no bind, long trouble unbinds cleanly, and
// the binds come back when receipts can be stored again.
func TestRefuseFor(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	opts := Options{
		Addresses: []string{"a:1"}, RefuseFor: 30 * time.Second,
		Storable: func() error {
			if full.Load() {
				return errors.New("disk full")
			}
			return nil
		},
	}
	bubble(t, opts, func(n *network, r *running) {
		n.bound()
		r.reach(Bound)
		full.Store(true)
		elapse(20 * time.Second)
		full.Store(false)
		elapse(20 * time.Second)
		if got := r.Binds()[0].State; got != Bound {
			t.Errorf("after 20 s of trouble the bind is %s", got)
		}
		full.Store(true)
		broken := time.Now()
		c := r.reach(Refusing)
		between(t, "unbound", c.At.Sub(broken), 30*time.Second, 33*time.Second)
		elapse(10 * time.Minute)
		if len(n.dials) != 0 {
			t.Error("dialled while receipts cannot be stored")
		}
		full.Store(false)
		repaired := time.Now()
		between(t, "bound again", n.bound().at.Sub(repaired), 0, time.Second)
	})
}

// TestBindsWhileReceiptsAreRefused: trouble that is not yet long keeps nobody from
// binding, at the start too; then the bind refuses, and unbinds after RefuseFor.
func TestBindsWhileReceiptsAreRefused(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	full.Store(true)
	opts := Options{
		Addresses: []string{"a:1"}, RefuseFor: 30 * time.Second,
		Storable: func() error {
			if full.Load() {
				return errors.New("disk full")
			}
			return nil
		},
	}
	bubble(t, opts, func(n *network, r *running) {
		begun := time.Now()
		between(t, "bound", n.bound().at.Sub(begun), 0, time.Second)
		r.reach(Bound)
		between(t, "unbound", r.reach(Refusing).At.Sub(begun), 30*time.Second, 33*time.Second)
		elapse(10 * time.Minute)
		if len(n.dials) != 0 {
			t.Error("dialled while receipts cannot be stored")
		}
		full.Store(false)
		repaired := time.Now()
		between(t, "bound again", n.bound().at.Sub(repaired), 0, time.Second)
	})
}

// TestUnbindHoldsUntilBind, the administrator's acts.
func TestUnbindHoldsUntilBind(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Addresses: []string{"a:1"}}, func(n *network, r *running) {
		n.bound()
		r.reach(Bound)
		if err := r.Unbind("acme/gw/1"); err != nil {
			t.Fatal(err)
		}
		r.reach(Held)
		elapse(24 * time.Hour)
		if len(n.dials) != 0 {
			t.Error("dialled while held")
		}
		if err := r.Bind("acme/gw/1"); err != nil {
			t.Fatal(err)
		}
		released := time.Now()
		d := n.refused(StatusBadPassword)
		between(t, "released", d.at.Sub(released), 0, 0)
		r.reach(Waiting)
		if err := r.Bind("acme/gw/1"); err != nil { // no need to wait for the minute
			t.Fatal(err)
		}
		between(t, "hurried", n.bound().at.Sub(released), 0, time.Second)
		for _, err := range []error{r.Bind("acme/gw/2"), r.Unbind("")} {
			if !errors.Is(err, ErrUnknownBind) {
				t.Errorf("unknown bind: %v", err)
			}
		}
	})
}

// TestFailuresAreSummarised: a bind that fails for an hour writes a line at once,
// after about 1, 3, 7 and 15 minutes and then every ten, each with the count of
// what it left out and for how long the bind is not bound.
func TestFailuresAreSummarised(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.WarnLevel)
	bubble(t, Options{Addresses: []string{"a:1"}, Log: zap.New(core)}, func(n *network, _ *running) {
		failures := 0
		for begin := time.Now(); time.Since(begin) < time.Hour; failures++ {
			n.fail()
		}
		lines, counted := logs.All(), 0
		for i, line := range lines {
			fields := line.ContextMap()
			repeated, _ := fields["repeated"].(int64)
			counted += 1 + int(repeated)
			if i > 0 && (fields["attempts"] != int64(counted) || fields["not_bound_for"] != line.Time.Sub(lines[0].Time).Round(time.Second)) {
				t.Errorf("after %s and %d failures: %v", line.Time.Sub(lines[0].Time), counted, fields)
			}
		}
		if len(lines) < 8 || len(lines) > 9 {
			t.Errorf("%d lines in an hour of %d failures, want 8 or 9", len(lines), failures)
		}
		if counted < failures-25 || counted > failures {
			t.Errorf("the lines count %d failures of %d", counted, failures)
		}
	})
}

// TestDownSinceIsKept: how long a bind is not bound, and how often it tried, does
// not begin anew with each attempt, and the error stays as a past one.
func TestDownSinceIsKept(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.InfoLevel)
	bubble(t, Options{Addresses: []string{"a:1"}, Log: zap.New(core)}, func(n *network, r *running) {
		begin := time.Now()
		for range 4 {
			n.fail()
			r.reach(Waiting)
		}
		synctest.Wait()
		failed := time.Now()
		if b := r.Binds()[0]; !b.UnboundSince.Equal(begin) || b.Attempts != 4 || !b.Since.Equal(failed) || !b.LastErrorAt.Equal(failed) {
			t.Errorf("after 4 attempts since %s: %+v", begin, b)
		}
		d := n.bound()
		again := r.reach(Bound).At
		if b := r.Binds()[0]; !b.UnboundSince.IsZero() || b.LastError == "" || !b.LastErrorAt.Equal(failed) {
			t.Errorf("bound: %+v", b)
		}
		line := logs.FilterMessage("bound").All()[0].ContextMap()
		if line["attempts"] != int64(5) || line["not_bound_for"] != again.Sub(begin).Round(time.Second) {
			t.Errorf("bound after %s: %v", again.Sub(begin), line)
		}
		elapse(time.Minute)
		d.conn.Close()
		lost := r.reach(Waiting).At
		n.fail()
		r.reach(Waiting)
		if b := r.Binds()[0]; !b.UnboundSince.Equal(lost) || b.Attempts != 1 {
			t.Errorf("lost at %s: %+v", lost, b)
		}
	})
}

// TestFailureAfterStableTimeIsLogged, however short ago the one before was.
func TestFailureAfterStableTimeIsLogged(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.WarnLevel)
	bubble(t, Options{Addresses: []string{"a:1"}, Log: zap.New(core)}, func(n *network, r *running) {
		for range 2 {
			d := n.bound()
			elapse(61 * time.Second)
			d.conn.Close()
			r.reach(Waiting)
		}
		if got := logs.FilterMessage("session ended").Len(); got != 2 {
			t.Errorf("%d lines for two lost sessions", got)
		}
	})
}

// TestHeldBeforeRun: a bind that was held before a restart begins held.
func TestHeldBeforeRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		o, err := NewOperator(Options{
			Name: "acme", Addresses: []string{"a:1"}, Accounts: []Account{{SystemID: "gw"}}, dial: n.dial,
		}, answerOK)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Unbind("acme/gw/1"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := spawn(func() {
			if err := o.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		elapse(24 * time.Hour)
		if info := o.Binds()[0]; info.State != Held || len(n.dials) != 0 {
			t.Errorf("state %s after %d dials, want held", info.State, len(n.dials))
		}
		cancel()
		<-ended
	})
}

// TestLossesAreCounted: a session that ends again and again is one trouble, counted
// from its first loss, and its log says so without a line for each time. A loss
// long after is another trouble.
func TestLossesAreCounted(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.InfoLevel)
	bubble(t, Options{Addresses: []string{"a:1"}, Log: zap.New(core)}, func(n *network, r *running) {
		lose := func() time.Time {
			d := n.bound()
			r.reach(Bound)
			d.conn.Close()
			return r.reach(Waiting).At
		}
		first := lose()
		for range 9 {
			lose()
		}
		if b := r.Binds()[0]; b.Losses != 10 || !b.LostSince.Equal(first) {
			t.Errorf("after 10 losses since %s: %d since %s", first, b.Losses, b.LostSince)
		}
		ended, bound := logs.FilterMessage("session ended").Len(), logs.FilterMessage("bound").Len()
		if ended > 5 || bound > ended+1 {
			t.Errorf("%d lines of ends and %d of binds for 10 sessions", ended, bound)
		}
		d := n.bound()
		r.reach(Bound)
		elapse(LossSpan + time.Second)
		d.conn.Close()
		last := r.reach(Waiting).At
		if b := r.Binds()[0]; b.Losses != 1 || !b.LostSince.Equal(last) {
			t.Errorf("a loss at %s, long after: %d since %s", last, b.Losses, b.LostSince)
		}
	})
}
