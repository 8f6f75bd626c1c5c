package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

const chainYAML = `
listen: 127.0.0.1:0
journal: {path: data, min_free_disk: 1MiB}
operators:
  - name: acme
    addresses: ["{{.SMSC}}"]
    system_id: gw
    binds: {{.Binds}}
    window: 100
    reconnect: {initial: 50ms, max: 200ms, after_unbind: 50ms}
endpoints:
  - name: app
    url: {{.Sink}}
    secrets: [whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=]
    retry: {initial: 50ms, max: 1s}
`

const chainSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

type chainValues struct {
	SMSC, Sink string
	Binds      int
}

// crashRepeats is what a crash may deliver twice: a window of positions and a
// quarter of a second of traffic (docs/adr/0004).
func crashRepeats(perSecond float64) int { return 4096 + int(perSecond/4) }

// TestKill kills the real program six times under load and holds the promise
// that answered means never lost, by the simulator's own receipt numbers.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; CI runs it without -short")
	}
	const answers, binds, kills = 20000, 4, 6
	ctx := within(t, 4*time.Minute)
	smsc, err := simulator.Start(simulator.Options{
		Window: 100,
		Resend: simulator.Resend{After: 100 * time.Millisecond, AnswerTimeout: 5 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer smsc.Close()
	// Slower than the intake, so that each kill finds events under way.
	sink, err := simulator.StartSink(simulator.SinkOptions{
		Secrets: []string{chainSecret}, Behaviour: simulator.Behaviour{Delay: 20 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	file := configure(t, chainYAML, chainValues{smsc.Addr(), sink.URL("/app"), binds})
	app := sink.At("/app")

	rng := rand.New(rand.NewPCG(2, 20000))
	p := start(ctx, t, file)
	if err := smsc.WaitBound(ctx, binds); err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
	source := simulator.NewSource(simulator.SourceOptions{Seed: 7})
	playing, enough := context.WithCancel(ctx)
	defer enough()
	played := make(chan error, 1)
	go func() { played <- smsc.Play(playing, source, 0) }() // until the last kill, however fast it goes

	begin := time.Now()
	lived := begin // since when the process that is killed next has run
	bound := 0     // of what may come twice
	for k := range kills {
		// Each kill comes somewhere in its own seventh of the answers.
		at := answers/(kills+1)*(k+1) - rng.IntN(answers/(kills+1)/2)
		if err := smsc.WaitOK(ctx, at); err != nil {
			t.Fatalf("kill %d: %v\n%s", k+1, err, p.log)
		}
		p.kill()
		counts, delivered := smsc.Ledger().Counts(), app.Counts().Distinct
		taken := takenNotAnswered(smsc.Ledger(), lived)
		t.Logf("kill %d at %d answered: %d taken and not answered, %d answered and not delivered",
			k+1, counts.OK, taken, counts.OK-delivered)
		if taken <= 0 || counts.OK-delivered <= 0 {
			t.Errorf("kill %d struck when nothing was under way", k+1)
		}
		bound += crashRepeats(float64(counts.OK) / time.Since(begin).Seconds())
		lived = time.Now()
		p = start(ctx, t, file)
	}
	enough()
	if err := <-played; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	app.Behave(simulator.Behaviour{})
	judgeAll(ctx, t, smsc, app, p)
	if repeated := app.Counts().Repeated; repeated > bound {
		t.Errorf("%d events were delivered twice, the bound is %d", repeated, bound)
	}
	if dead := p.metric(ctx, t, "dlrgate_dead_letters"); dead != 0 {
		t.Errorf("dlrgate_dead_letters is %v, want 0", dead)
	}
	if code := p.stop(ctx, t); code != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0\n%s", code, p.log)
	}
}

// takenNotAnswered counts receipts that went out since then and have no answer
// yet.
func takenNotAnswered(l *simulator.Ledger, since time.Time) int {
	n := 0
	for _, e := range l.Entries() {
		if e.LastSent.After(since) && e.AnsweredOK.IsZero() {
			n++
		}
	}
	return n
}

// judgeAll waits until every receipt is answered and delivered, and holds the
// two sets against each other.
func judgeAll(ctx context.Context, t *testing.T, smsc *simulator.SMSC, app *simulator.Endpoint, p *process) {
	t.Helper()
	if err := smsc.WaitSettled(ctx); err != nil {
		t.Fatalf("%v: %+v\n%s", err, smsc.Ledger().Counts(), p.log)
	}
	// A receipt that was sent again has the same webhook-id: one arrival each.
	err := app.WaitFor(ctx, smsc.Ledger().Counts().Receipts)
	v := simulator.Judge(smsc.Ledger(), app)
	if err != nil || !v.OK() || len(v.WrongStatus) > 0 || v.Answered != v.Receipts {
		t.Fatalf("%v\n%s\n%s", err, v.String(), p.log)
	}
	t.Log(v.String())
}
