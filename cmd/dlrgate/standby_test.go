package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
	"github.com/dlrgate/dlrgate/simulator"
)

const sharedYAML = `
listen: 127.0.0.1:0
journal: {driver: postgres, dsn: "{{.DSN}}"}
operators:
  - name: acme
    addresses: ["{{.SMSC}}"]
    system_id: gw
    binds: {{.Binds}}
    refuse_for: {{.RefuseFor}}
    reconnect: {initial: 50ms, max: 200ms, after_unbind: 50ms}
endpoints:
  - name: app
    url: {{.Sink}}
    secrets: [whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=]
    retry: {initial: 50ms, max: 1s}
`

const (
	sharedBinds = 2
	// takeover is how long an operator may be without a gateway.
	takeover = 10 * time.Second
)

// pair is what gateways that share one PostgreSQL stand between.
type pair struct {
	smsc *simulator.SMSC
	app  *simulator.Endpoint
	file string

	dsn, sink string
}

func newPair(t *testing.T, s *pgtest.Server, refuseFor string) *pair {
	t.Helper()
	return newPairAt(t, s, simulator.Options{
		Resend: simulator.Resend{After: 100 * time.Millisecond, AnswerTimeout: 2 * time.Second},
	}, map[string]any{"RefuseFor": refuseFor, "Binds": sharedBinds})
}

// newPairAt has an SMSC of its own kind.
func newPairAt(t *testing.T, s *pgtest.Server, o simulator.Options, v map[string]any) *pair {
	t.Helper()
	smsc, err := simulator.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(smsc.Close)
	sink, err := simulator.StartSink(simulator.SinkOptions{Secrets: []string{chainSecret}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	p := &pair{smsc: smsc, app: sink.At("/app"), dsn: s.Database(t), sink: sink.URL("/app")}
	v["DSN"], v["SMSC"], v["Sink"] = p.dsn, smsc.Addr(), p.sink
	p.file = configure(t, sharedYAML, v)
	return p
}

// play sends receipts until it is waited for.
func (p *pair) play(ctx context.Context, t *testing.T, receipts, seed uint64, rate float64) (wait func()) {
	t.Helper()
	played := make(chan error, 1)
	go func() {
		played <- p.smsc.Play(ctx, simulator.NewSource(simulator.SourceOptions{Receipts: receipts, Seed: seed}), rate)
	}()
	return func() {
		t.Helper()
		if err := <-played; err != nil {
			t.Fatal(err)
		}
	}
}

// standby waits until the gateway's /readyz says that it is ready, and stands
// by for the operator or not.
func standby(ctx context.Context, t *testing.T, p *process, want bool) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	var got struct {
		Ready   bool
		Standby []string
	}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got.Standby = nil // it is left out when there is none
		err = json.NewDecoder(resp.Body).Decode(&got)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got.Ready && slices.Contains(got.Standby, "acme") == want {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("/readyz says %+v, want ready and standby %v\n%s", got, want, p.log)
		}
	}
}

// TestStandbyAfterKill kills the gateway that holds the operator, under load:
// the other one takes over in time, and the SMSC never sees more sessions than
// are configured.
func TestStandbyAfterKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; CI runs it without -short")
	}
	const receipts = 20000
	p := newPair(t, pgtest.New(t), "30s")
	ctx := within(t, 2*time.Minute)
	first := start(ctx, t, p.file)
	must(t, p.smsc.WaitBound(ctx, sharedBinds), first)
	second := start(ctx, t, p.file)
	standby(ctx, t, second, true)
	standby(ctx, t, first, false)

	var most atomic.Int64
	watching, enough := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		_ = p.smsc.WaitFor(watching, func(c simulator.Counts) bool {
			most.Store(max(most.Load(), int64(c.Sessions)))
			return false
		})
	}()
	wait := p.play(ctx, t, receipts, 3, 2000)
	must(t, p.smsc.WaitOK(ctx, receipts/4), first)
	t.Logf("killed at %+v", p.smsc.Ledger().Counts())
	killed := time.Now()
	first.kill()
	must(t, p.smsc.WaitFor(ctx, func(c simulator.Counts) bool { return c.Binds >= 2*sharedBinds }), second)
	if took := time.Since(killed); took > takeover {
		t.Errorf("taken over after %s, want %s at most", took, takeover)
	} else {
		t.Logf("taken over after %s", took)
	}
	standby(ctx, t, second, false)
	wait()
	judgeAll(ctx, t, p.smsc, p.app, second)
	enough()
	<-watched
	if most.Load() > sharedBinds {
		t.Errorf("%d sessions at a time, %d are configured", most.Load(), sharedBinds)
	}
}

// TestStandbyAfterStop stops the gateway that holds the operator, without an
// end of its sessions. When it goes on it commits nothing more, closes its
// sessions and stands by.
func TestStandbyAfterStop(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; CI runs it without -short")
	}
	const receipts = 3000
	p := newPair(t, pgtest.New(t), "30s")
	ctx := within(t, 2*time.Minute)
	first := start(ctx, t, p.file)
	must(t, p.smsc.WaitBound(ctx, sharedBinds), first)
	second := start(ctx, t, p.file)
	standby(ctx, t, second, true)
	p.play(ctx, t, receipts, 3, 0)()
	judgeAll(ctx, t, p.smsc, p.app, first)
	stored := first.metric(ctx, t, "dlrgate_receipts_total")

	stopped := time.Now()
	freeze(ctx, t, first)
	wait := p.play(ctx, t, receipts, 4, 0)
	must(t, p.smsc.WaitFor(ctx, func(c simulator.Counts) bool { return c.Binds >= 2*sharedBinds }), second)
	if took := time.Since(stopped); took > takeover {
		t.Errorf("taken over after %s, want %s at most", took, takeover)
	} else {
		t.Logf("taken over after %s", took)
	}
	must(t, p.smsc.WaitOK(ctx, receipts+receipts/2), second)
	must(t, first.cmd.Process.Signal(syscall.SIGCONT), first)
	standby(ctx, t, first, true)
	must(t, p.smsc.WaitFor(ctx, func(c simulator.Counts) bool { return c.Sessions == sharedBinds }), first)
	wait()
	judgeAll(ctx, t, p.smsc, p.app, second)
	if now := first.metric(ctx, t, "dlrgate_receipts_total"); now != stored {
		t.Errorf("the gateway that was stopped stored %v receipts after it had lost the operator", now-stored)
	}
}

// freeze stops the program and returns when all its threads stand: until one of
// them has taken the signal, the others go on and store what comes.
func freeze(ctx context.Context, t *testing.T, g *process) {
	t.Helper()
	must(t, g.cmd.Process.Signal(syscall.SIGSTOP), g)
	threads := fmt.Sprintf("/proc/%d/task/*/stat", g.cmd.Process.Pid)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		files, err := filepath.Glob(threads)
		must(t, err, g)
		if !slices.ContainsFunc(files, func(file string) bool {
			stat, err := os.ReadFile(file)
			return err == nil && !bytes.Contains(stat, []byte(") T "))
		}) {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
}

// TestLostPostgres takes the database away under load: receipts are refused
// for now, the binds are closed after refuse_for, and when the database is
// there again everything goes on by itself.
func TestLostPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; CI runs it without -short")
	}
	const receipts = 20000
	s := pgtest.New(t)
	if !s.Ours() {
		t.Skip("a given server cannot be stopped")
	}
	p := newPair(t, s, "2s")
	ctx := within(t, 2*time.Minute)
	gateway := start(ctx, t, p.file)
	must(t, p.smsc.WaitBound(ctx, sharedBinds), gateway)
	wait := p.play(ctx, t, receipts, 3, 2000)
	must(t, p.smsc.WaitOK(ctx, receipts/4), gateway)
	t.Logf("database stopped at %+v", p.smsc.Ledger().Counts())
	must(t, s.Down(pgtest.Immediate), gateway)
	must(t, p.smsc.WaitUnbound(ctx), gateway)
	if refused := p.smsc.Ledger().Statuses()[simulator.CommandStatus(0x14)]; refused == 0 {
		t.Error("no receipt was answered with full_status")
	}
	must(t, s.Up(), gateway)
	must(t, p.smsc.WaitBound(ctx, sharedBinds), gateway)
	wait()
	judgeAll(ctx, t, p.smsc, p.app, gateway)
}

func must(t *testing.T, err error, p *process) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
}
