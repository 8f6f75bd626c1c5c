package main

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
	"github.com/dlrgate/dlrgate/simulator"
)

// for3s holds that something stays so for some seconds.
func for3s(ctx context.Context, t *testing.T, p *process, what string, ok func() bool) {
	t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for range 30 {
		if !ok() {
			t.Fatalf("not any more: %s\n%s", what, p.log)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
}

// wake lets a stopped gateway go on until it stands by.
func wake(ctx context.Context, t *testing.T, p *process) {
	t.Helper()
	must(t, p.cmd.Process.Signal(syscall.SIGCONT), p)
	standby(ctx, t, p, true)
}

// TestStoppedGatewayTakesNothingBack stops the gateway that holds the operator in the
// middle of a replay, and later one whose endpoint fails; another one takes over, and
// is told other things. When the stopped one goes on, the replay that has ended is not
// sent again, and the endpoint stays paused, also once it delivers again.
func TestStoppedGatewayTakesNothingBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; CI runs it without -short")
	}
	const receipts = 40
	p := newPair(t, pgtest.New(t), "30s")
	ctx := within(t, 3*time.Minute)
	first := start(ctx, t, p.file)
	must(t, p.smsc.WaitBound(ctx, sharedBinds), first)
	second := start(ctx, t, p.file)
	standby(ctx, t, second, true)
	p.play(ctx, t, receipts, 3, 0)()
	judgeAll(ctx, t, p.smsc, p.app, first)

	sent := func() int { return p.app.Counts().Events }
	before := sent()
	if code, out := say(ctx, first, "replay", "--endpoint", "app", "--all", "--rate", "10"); code != exitOK {
		t.Fatalf("replay: exit %d\n%s", code, out)
	}
	until(ctx, t, first, "some of it is sent", func() bool { return sent() >= before+5 })
	freeze(ctx, t, first)
	standby(ctx, t, second, false)
	until(ctx, t, second, "the replay has ended at the other gateway", func() bool {
		_, out := say(ctx, second, "replay", "list")
		return strings.Contains(out, "no replay")
	})
	ended := sent()
	wake(ctx, t, first)
	for3s(ctx, t, first, "the ended replay is not sent again", func() bool {
		_, out := say(ctx, second, "replay", "list")
		return sent() == ended && strings.Contains(out, "no replay")
	})
	if !strings.Contains(second.log.String(), "took over the operators of a gateway that was heard of no more") {
		t.Errorf("who takes over does not say so\n%s", second.log)
	}

	p.app.Behave(simulator.Behaviour{FailRate: 1})
	p.play(ctx, t, 5, 4, 0)()
	until(ctx, t, second, "the endpoint fails", func() bool {
		_, out := say(ctx, second, "endpoints", "list")
		return strings.Contains(out, "down")
	})
	freeze(ctx, t, second)
	standby(ctx, t, first, false)
	until(ctx, t, first, "it is paused", func() bool {
		code, _ := say(ctx, first, "endpoints", "pause", "app")
		return code == exitOK
	})
	wake(ctx, t, second)
	paused := func(at *process) func() bool {
		return func() bool {
			_, out := say(ctx, at, "endpoints", "list")
			return strings.Contains(out, "paused")
		}
	}
	for3s(ctx, t, second, "the endpoint is paused", paused(first))
	if code := first.stop(ctx, t); code != exitOK {
		t.Errorf("exit %d\n%s", code, first.log)
	}
	standby(ctx, t, second, false)
	until(ctx, t, second, "the endpoint is paused at the gateway that was stopped, too", paused(second))
}

const forgetYAML = `
listen: 127.0.0.1:0
gateway: {name: "{{.Name}}"}
journal: {driver: postgres, dsn: "{{.DSN}}"}
operators:
  - {name: acme, addresses: ["{{.SMSC}}"], system_id: gw, reconnect: {initial: 50ms, max: 200ms}}
endpoints:
  - {name: app, url: "{{.Sink}}", secrets: [whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=]}
{{- if .Both}}
  - {name: b, url: "{{.Sink}}b", paused: true, secrets: [whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=]}
{{- end}}
`

// TestForgetAsksTheOthers: an endpoint that another gateway has configured is not
// forgotten, nor called removed, as long as that one was heard of; and what it has
// not got is there when the other one is killed.
func TestForgetAsksTheOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; CI runs it without -short")
	}
	p := newPair(t, pgtest.New(t), "30s")
	ctx := within(t, 2*time.Minute)
	values := func(name string, both bool) map[string]any {
		return map[string]any{"Name": name, "Both": both, "DSN": p.dsn, "SMSC": p.smsc.Addr(), "Sink": p.sink}
	}
	first := start(ctx, t, configure(t, forgetYAML, values("one", true)))
	must(t, p.smsc.WaitBound(ctx, 1), first)
	second := start(ctx, t, configure(t, forgetYAML, values("two", false)))
	standby(ctx, t, second, true)
	const receipts = 20
	p.play(ctx, t, receipts, 3, 0)()
	judgeAll(ctx, t, p.smsc, p.app, first)

	code, out := say(ctx, second, "endpoints", "forget", "b", "--yes")
	if code != exitFailed || !strings.Contains(out, `is configured at gateway "one"`) || strings.Contains(out, "forward:") {
		t.Errorf("forget: exit %d\n%s", code, out)
	}
	if _, out := say(ctx, second, "endpoints", "list"); strings.Contains(out, "removed") || strings.Count(out, "standby") != 2 {
		t.Errorf("the standby's endpoints:\n%s", out)
	}
	if _, out := say(ctx, second, "binds", "list"); !strings.Contains(out, "standby") || strings.Contains(out, "idle") {
		t.Errorf("the standby's binds:\n%s", out)
	}
	if code, out := say(ctx, second, "status"); code != exitOK || !strings.Contains(out, "ask one about") {
		t.Errorf("the standby's status: exit %d\n%s", code, out)
	}
	first.kill()
	standby(ctx, t, second, false)
	until(ctx, t, second, "what the endpoint has not got is still there", func() bool {
		_, out := say(ctx, second, "endpoints", "list", "--json")
		return strings.Contains(out, `"lag": 20`) && strings.Contains(out, `"removed"`)
	})
	until(ctx, t, second, "it can be forgotten when the other one is gone for a lease's time", func() bool {
		code, _ := say(ctx, second, "endpoints", "forget", "b", "--yes")
		return code == exitOK
	})
}
