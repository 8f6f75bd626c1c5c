package smpp

import (
	"cmp"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// keptStore keeps what binds and accounts say.
type keptStore struct {
	mu   sync.Mutex
	kept map[string]Backoff
}

func (s *keptStore) Load(name string) Backoff {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[name]
}

func (s *keptStore) Save(name string, kept Backoff) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]Backoff{}
	}
	s.kept[name] = kept
}

// copied is the store as a crash leaves it.
func (s *keptStore) copied() *keptStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &keptStore{kept: maps.Clone(s.kept)}
}

// TestRestart: how long the first attempt after a restart waits, by what the bind
// went through before it. A crash loop goes on doubling, a stop in order or a
// success leaves little, and refusals of the account count in any case.
func TestRestart(t *testing.T) {
	t.Parallel()
	fails := func(n *network, r *running) {
		for range 5 {
			n.fail()
			r.reach(Waiting)
		}
	}
	binds := func(n *network, r *running) {
		fails(n, r)
		n.bound()
		r.reach(Bound)
	}
	isRefused := func(n *network, r *running) {
		for range 2 {
			n.refused(StatusBadPassword)
			r.reach(Waiting)
		}
	}
	for _, c := range []struct {
		name      string
		life      func(*network, *running)
		crashes   bool
		password  string        // after the restart, when it is another one
		away      time.Duration // between the last refusal and the restart
		low, high time.Duration
	}{
		{name: "failing, crash", life: fails, crashes: true, low: 8 * time.Second, high: 16 * time.Second},
		{name: "failing, stopped in order", life: fails, low: 2 * time.Second, high: 4 * time.Second},
		{name: "failing, another password", life: fails, crashes: true, password: "another"},
		{name: "bound, crash", life: binds, crashes: true, low: time.Second / 2, high: time.Second},
		{name: "bound, stopped in order", life: binds},
		{name: "refused, crash", life: isRefused, crashes: true, low: 2 * time.Minute, high: 2 * time.Minute},
		{name: "refused, stopped in order", life: isRefused, low: 2 * time.Minute, high: 2 * time.Minute},
		{name: "refused, away a while", life: isRefused, away: 90 * time.Second, low: 30 * time.Second, high: 30 * time.Second},
		{name: "refused, away for long", life: isRefused, away: time.Hour},
		{name: "refused, another password", life: isRefused, password: "another"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := &keptStore{}
			var crashed *keptStore
			bubble(t, Options{Addresses: []string{"a:1"}, Backoff: store}, func(n *network, r *running) {
				c.life(n, r)
				synctest.Wait()
				crashed = store.copied()
			})
			if c.crashes {
				store = crashed
			}
			bubble(t, Options{
				Addresses: []string{"a:1"}, Backoff: &laterStore{store, c.away},
				Accounts: []Account{{SystemID: "gw", Password: cmp.Or(c.password, "secret8")}},
			}, func(n *network, r *running) {
				begin := time.Now()
				if c.low > 0 {
					if w := r.reach(Waiting); w.Reason == "" || w.Advice == "" {
						t.Errorf("waits without a reason, or without what to do: %+v", w)
					}
				}
				between(t, "first attempt", n.bound().at.Sub(begin), c.low, c.high)
				r.reach(Bound)
				if info := r.Binds()[0]; info.LastError != "" {
					t.Errorf("bound, and the wait after the restart is still an error: %q", info.LastError)
				}
			})
		})
	}
}

// laterStore gives what was kept as it looks a while after the last refusal.
type laterStore struct {
	*keptStore
	away time.Duration
}

func (s *laterStore) Load(name string) Backoff {
	kept := s.keptStore.Load(name)
	if kept.Refusals > 0 {
		kept.RefusedAt = time.Now().Add(-s.away)
	}
	return kept
}
