package smpp

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// succeed takes over from an operator that ran with the store: another process, with
// what is kept. The clock of a bubble begins anew, so what was refused then was
// refused away ago.
func succeed(t *testing.T, store BackoffStore, password string, f func(n *network, r *running)) {
	t.Helper()
	bubble(t, Options{
		Addresses: []string{"a:1"}, Backoff: store,
		Accounts: []Account{{SystemID: "gw", Password: password, Binds: 4}},
	}, f)
}

// TestAccountWaitsOverTakeOvers: three take-overs within 33 seconds do not shorten
// the wait of a refused account by an attempt; another password, and somebody who
// says so, do.
func TestAccountWaitsOverTakeOvers(t *testing.T) {
	t.Parallel()
	store := &keptStore{}
	succeed(t, store, "wrong", func(n *network, r *running) {
		n.refused(StatusBadPassword)
		r.reach(Waiting)
		elapse(11 * time.Second)
		if len(n.dials) != 0 {
			t.Error("another bind of the account tried, too")
		}
	})
	for _, away := range []time.Duration{11 * time.Second, 22 * time.Second} {
		succeed(t, &laterStore{store, away}, "wrong", func(n *network, r *running) {
			if w := r.reach(Waiting); !strings.Contains(w.Reason, "refused the account") || !strings.Contains(w.Advice, "binds bind acme/gw/") {
				t.Errorf("waits for %q, advice %q", w.Reason, w.Advice)
			}
			elapse(11 * time.Second)
			if len(n.dials) != 0 {
				t.Errorf("tried %s after the refusal", away+11*time.Second)
			}
			next := r.Binds()[3].NextAttempt
			between(t, "every bind shows when", time.Until(next), 49*time.Second-away-time.Second, 49*time.Second-away)
		})
	}
	succeed(t, &laterStore{store, 33 * time.Second}, "wrong", func(n *network, _ *running) {
		begin := time.Now()
		between(t, "second attempt", n.refused(StatusBadPassword).at.Sub(begin), 27*time.Second, 27*time.Second)
		second := time.Now()
		between(t, "third attempt", n.refused(StatusBadPassword).at.Sub(second), 2*time.Minute, 150*time.Second)
	})
	succeed(t, store.copied(), "right", func(n *network, _ *running) {
		begin := time.Now()
		between(t, "with another password", n.bound().at.Sub(begin), 0, 0)
	})
	succeed(t, store.copied(), "wrong", func(n *network, r *running) {
		r.reach(Waiting)
		asked := time.Now()
		if err := r.Bind("acme/gw/2"); err != nil {
			t.Fatal(err)
		}
		for range 4 { // one proves the account, and the others follow
			between(t, "by hand", n.bound().at.Sub(asked), 0, 0)
		}
	})
}

// TestLongerWaitIsTold: a bind with a wait of its own shows the account's at once
// when that is longer.
func TestLongerWaitIsTold(t *testing.T) {
	t.Parallel()
	store := &keptStore{}
	succeed(t, store, "wrong", func(n *network, _ *running) {
		n.fail()
		n.refused(StatusBadPassword)
		elapse(0)
	})
	succeed(t, &laterStore{store, 11 * time.Second}, "wrong", func(_ *network, r *running) {
		elapse(0)
		for _, b := range r.Binds() {
			between(t, b.Name+" shows when", time.Until(b.NextAttempt), 48*time.Second, 49*time.Second)
			if !strings.Contains(b.LastError, "refused the account") {
				t.Errorf("%s waits for %q", b.Name, b.LastError)
			}
		}
	})
}

// TestNothingIsLearntFromWhatIsKept: of one password two sums are kept, and neither
// is long enough to try passwords on.
func TestNothingIsLearntFromWhatIsKept(t *testing.T) {
	t.Parallel()
	one, two := seal("gw secret8"), seal("gw secret8")
	const short = 2 // octets of a sum, so that 1 in 65,536 passwords has the same
	if one == two || !sealed(one, "gw secret8") || !sealed(two, "gw secret8") || len(one) != 2*(saltLen+short) {
		t.Errorf("sealed as %s and %s", one, two)
	}
	for _, bad := range []string{"", "zz", one[2:], one + "00"} {
		if sealed(bad, "gw secret8") {
			t.Errorf("%q is taken for a seal", bad)
		}
	}
}

// TestRefusalBesideASession concerns the bind alone: the account works.
func TestRefusalBesideASession(t *testing.T) {
	t.Parallel()
	opts := Options{Addresses: []string{"a:1"}, Accounts: []Account{{SystemID: "gw", Binds: 2}}}
	bubble(t, opts, func(n *network, r *running) {
		first := n.bound()
		refused := n.refused(StatusBindFailed).at
		r.reach(Waiting)
		between(t, "tried again", n.refused(StatusBindFailed).at.Sub(refused), time.Minute, 75*time.Second)
		r.reach(Waiting) // it is judged beside the session
		first.conn.Close()
		lost := time.Now()
		between(t, "the other one", n.bound().at.Sub(lost), 0, time.Second)
	})
}

// TestSessionsLinger: after a crash or a take-over, an SMSC that still counts the
// sessions from before is tried every few seconds, for two minutes; a refused
// password is not.
func TestSessionsLinger(t *testing.T) {
	t.Parallel()
	crashed := &keptStore{}
	succeed(t, crashed, "secret8", func(n *network, r *running) {
		for range 4 {
			n.bound()
		}
		elapse(2 * time.Minute)
		crashed = crashed.copied()
	})
	for _, c := range []struct {
		name     string
		store    *keptStore
		status   CommandStatus
		lingers  time.Duration
		low, top time.Duration // until bound, after they are gone
	}{
		{"already bound", crashed, StatusAlreadyBound, 44 * time.Second, 0, 5 * time.Second},
		{"already bound, nothing kept", &keptStore{}, StatusAlreadyBound, 44 * time.Second, 0, 5 * time.Second},
		{"bind failed", crashed, StatusBindFailed, 44 * time.Second, 0, 5 * time.Second},
		{"bind failed, nothing kept", &keptStore{}, StatusBindFailed, 30 * time.Second, 30 * time.Second, 45 * time.Second},
		{"password", crashed, StatusBadPassword, 30 * time.Second, 30 * time.Second, 45 * time.Second},
		{"for good", crashed, StatusAlreadyBound, lingerFor + 30*time.Second, 25 * time.Second, 50 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opts := Options{
				Addresses: []string{"a:1", "b:1"}, Backoff: c.store.copied(),
				Accounts: []Account{{SystemID: "gw", Password: "secret8"}},
			}
			if c.store == crashed { // the setup is another one: let it be the same
				opts.Addresses = []string{"a:1"}
			}
			bubble(t, opts, func(n *network, r *running) {
				begin := time.Now()
				for {
					d := n.next()
					if time.Since(begin) >= c.lingers {
						d.acceptBind()
						go d.serve()
						between(t, "bound after they were gone", d.at.Sub(begin.Add(c.lingers)), c.low, c.top)
						break
					}
					d.answer(d.readBind(), uint32(c.status), "")
					w := r.reach(Waiting)
					if alarm := c.top > 5*time.Second && c.lingers < lingerFor; w.Alarm != alarm {
						t.Errorf("alarm %v, want %v: %s", w.Alarm, alarm, w.Reason)
					}
				}
				synctest.Wait()
			})
		})
	}
}

// TestSiteRefusesForItself: with spread each, one site's word on the account holds no
// bind of another site.
func TestSiteRefusesForItself(t *testing.T) {
	t.Parallel()
	opts := Options{Addresses: []string{"a:1", "b:1"}, Spread: Each}
	bubble(t, opts, func(n *network, _ *running) {
		begin := time.Now()
		refused := n.refused(StatusBadPassword)
		other := n.bound()
		between(t, "the other site", other.at.Sub(begin), 0, 0)
		if other.address == refused.address {
			t.Errorf("%s was tried again", refused.address)
		}
	})
}
