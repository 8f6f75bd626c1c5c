package main

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
	"github.com/dlrgate/dlrgate/simulator"
)

// diary keeps when the SMSC said something.
type diary struct {
	mu    sync.Mutex
	lines []string
	at    []time.Time
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines, d.at = append(d.lines, line), append(d.at, time.Now())
}

// of returns when something with the words was said.
func (d *diary) of(words string) (at []time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, line := range d.lines {
		if strings.Contains(line, words) {
			at = append(at, d.at[i])
		}
	}
	return at
}

// nextTry returns when the bind is tried again; zero: it does not wait.
func nextTry(ctx context.Context, t *testing.T, p *process) time.Time {
	t.Helper()
	var binds struct {
		Items []struct {
			State       string
			NextAttempt time.Time `json:"next_attempt"`
		}
	}
	if err := json.Unmarshal([]byte(p.get(ctx, t, "/api/v1/binds")), &binds); err != nil {
		t.Fatal(err)
	}
	if len(binds.Items) != 1 || binds.Items[0].State != "waiting" {
		return time.Time{}
	}
	return binds.Items[0].NextAttempt
}

// TestStandbysHeedARefusal has an SMSC refuse the account while two gateways stand
// by. The one that was refused is stopped, the next one killed: each goes on with
// the wait where the one before was, says until when, and none tries before.
func TestStandbysHeedARefusal(t *testing.T) {
	if testing.Short() {
		t.Skip("takes more than a minute; CI runs it without -short")
	}
	t.Parallel()
	const wait = time.Minute // what an account is left alone for after its first refusal
	said := &diary{}
	p := newPairAt(t, pgtest.New(t), simulator.Options{Log: said.note}, map[string]any{"RefuseFor": "30s", "Binds": 1})
	ctx := within(t, 4*time.Minute)
	gateways := []*process{start(ctx, t, p.file)}
	must(t, p.smsc.WaitBound(ctx, 1), gateways[0])
	for range 2 {
		next := start(ctx, t, p.file)
		standby(ctx, t, next, true)
		gateways = append(gateways, next)
	}
	p.smsc.RefuseBinds(simulator.StatusWrongPassword, -1)
	p.smsc.DropSessions()
	until(ctx, t, gateways[0], "the account waits", func() bool { return !nextTry(ctx, t, gateways[0]).IsZero() && len(said.of("bind refused")) > 0 })
	refused := said.of("bind refused")[0]

	gateways[0].stop(ctx, t)
	gateways = gateways[1:]
	for range 2 {
		var holder int
		until(ctx, t, gateways[0], "one of the others takes over", func() bool {
			for i, g := range gateways {
				if !nextTry(ctx, t, g).IsZero() {
					holder = i
					return true
				}
			}
			return len(said.of("bind refused")) > 1
		})
		g := gateways[holder]
		if next := nextTry(ctx, t, g).Sub(refused); next < wait-2*time.Second || next > wait+2*time.Second {
			t.Errorf("after a take-over the next try is %s after the refusal, want %s\n%s", next, wait, g.log)
		}
		code, out := say(ctx, g, "binds", "list")
		if !strings.Contains(out, "next try at ") || !strings.Contains(out, "refused the account") {
			t.Errorf("dlrgate binds list: exit %d\n%s", code, out)
		}
		if n := len(said.of("bind refused")); n != 1 || time.Since(refused) >= wait {
			t.Fatalf("%d attempts, %s after the refusal", n, time.Since(refused))
		}
		if len(gateways) > 1 {
			g.kill()
			gateways = []*process{gateways[1-holder]}
		}
	}
	until(ctx, t, gateways[0], "the account is tried again", func() bool { return len(said.of("bind refused")) > 1 })
	if after := said.of("bind refused")[1].Sub(refused); after < wait-time.Second {
		t.Errorf("tried again after %s, want %s\n%s", after, wait, gateways[0].log)
	}
}

// TestStandbyOutlastsLingeringSessions kills the gateway that holds an operator's
// only session, which the SMSC counts on for a while: the other one is refused, and
// bound soon after the SMSC has noticed.
func TestStandbyOutlastsLingeringSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; CI runs it without -short")
	}
	t.Parallel()
	const (
		linger = takeover + 10*time.Second
		soon   = 8 * time.Second // 5 s at most are waited between attempts
	)
	said := &diary{}
	p := newPairAt(t, pgtest.New(t), simulator.Options{
		Log: said.note, Accounts: []simulator.Account{{SystemID: "gw", MaxSessions: 1, Linger: linger}},
	}, map[string]any{"RefuseFor": "30s", "Binds": 1})
	ctx := within(t, 4*time.Minute)
	first := start(ctx, t, p.file)
	must(t, p.smsc.WaitBound(ctx, 1), first)
	second := start(ctx, t, p.file)
	standby(ctx, t, second, true)
	first.kill()
	must(t, p.smsc.WaitFor(ctx, func(c simulator.Counts) bool { return c.Binds == 2 }), second)
	bound := time.Now()
	if n := len(said.of("bind refused")); n == 0 {
		t.Fatalf("bound without a refusal: the session did not linger\n%s", second.log)
	}
	if free := said.of("no longer counts"); len(free) != 1 || bound.Sub(free[0]) > soon {
		t.Errorf("bound %s after the SMSC let go of the session, want %s at most\n%s", bound.Sub(free[0]), soon, second.log)
	}
}
