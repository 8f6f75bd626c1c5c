//go:build faultpoints

package faults_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// setup is what the scenarios change of the usual world. Operator, Journal and
// Endpoint are further keys of the configuration, as YAML flow: "a: 1, b: 2".
type setup struct {
	Binds                       int
	Operator, Journal, Endpoint string
	SMSC                        simulator.Options
	Sink                        simulator.SinkOptions
	// Hook, when set, sees each request before the sink and may answer it
	// itself: then it returns true.
	Hook func(http.ResponseWriter, *http.Request) bool
	// Program is what runs; nil: the gateway with its fault points.
	Program func() (string, error)
	Env     []string
}

const configuration = `
listen: 127.0.0.1:0
journal: { path: data, min_free_disk: 1MiB, {{.Journal}} }
operators:
  - { name: acme, addresses: ["{{.SMSC}}"], system_id: gw, binds: {{.Binds}}, window: 100,
      reconnect: {initial: 50ms, max: 200ms, after_unbind: 50ms}, {{.Operator}} }
endpoints:
  - { name: app, url: "http://{{.Door}}/app", secrets: [` + secret + `], {{.Endpoint}} }
`

// quick is how the usual endpoint tries again.
const quick = "retry: {initial: 50ms, max: 500ms}, timeout: 5s"

// patience is how long a scenario may take, also on a machine that has much else
// to do.
const patience = 2 * time.Minute

// world is a gateway between an SMSC and a webhook behind a door.
type world struct {
	t       *testing.T
	ctx     context.Context
	setup   setup
	smsc    *simulator.SMSC
	sink    *simulator.Sink
	app     *simulator.Endpoint
	door    *door
	file    string
	played  chan error
	began   time.Time // of the traffic
	repeats int       // how many events may be delivered twice

	*process
	admin string
}

// newWorld starts the two ends and writes the configuration; the gateway is
// started by the scenario.
func newWorld(t *testing.T, limit time.Duration, s setup) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, setup: s, played: make(chan error, 1), process: &process{log: &lines{}}}
	if w.setup.Binds == 0 {
		w.setup.Binds = 2
	}
	if w.setup.Program == nil {
		w.setup.Program = gateway
	}
	smsc := s.SMSC
	if smsc.Window == 0 {
		smsc.Window = 50
	}
	if smsc.Resend.After == 0 {
		smsc.Resend.After = 50 * time.Millisecond
	}
	var err error
	if w.smsc, err = simulator.Start(smsc); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.smsc.Close)
	sink := s.Sink
	sink.Secrets = []string{secret}
	if w.sink, err = simulator.NewSink(sink); err != nil {
		t.Fatal(err)
	}
	w.app = w.sink.At("/app")
	server := httptest.NewServer(http.HandlerFunc(w.webhook))
	w.door = openDoor(t, server.Listener.Addr().String())
	t.Cleanup(func() { w.sink.Close(); server.CloseClientConnections(); server.Close() })
	w.configure()
	return w
}

func (w *world) webhook(rw http.ResponseWriter, r *http.Request) {
	if w.setup.Hook != nil && w.setup.Hook(rw, r) {
		return
	}
	w.sink.ServeHTTP(rw, r)
}

func (w *world) configure() {
	w.t.Helper()
	if !strings.Contains(w.setup.Endpoint, "retry:") {
		w.setup.Endpoint = quick + ", " + w.setup.Endpoint
	}
	var b bytes.Buffer
	err := template.Must(template.New("").Parse(configuration)).Execute(&b, map[string]any{
		"SMSC": w.smsc.Addr(), "Door": w.door.Addr(), "Binds": w.setup.Binds,
		"Operator": w.setup.Operator, "Journal": w.setup.Journal, "Endpoint": w.setup.Endpoint,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.file = filepath.Join(w.t.TempDir(), "dlrgate.yaml")
	if err := os.WriteFile(w.file, b.Bytes(), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// data is the journal's folder.
func (w *world) data() string { return filepath.Join(filepath.Dir(w.file), "data") }

// launch starts a life of the gateway that may be short.
func (w *world) launch(env ...string) {
	w.t.Helper()
	program, err := w.setup.Program()
	if err != nil {
		w.t.Fatal(err)
	}
	w.process = launch(w.t, program, w.file, append(env, w.setup.Env...))
}

// run starts the gateway and waits until it runs and its binds are bound.
func (w *world) run(env ...string) {
	w.t.Helper()
	w.launch(env...)
	select {
	case w.admin = <-w.process.admin:
	case <-w.exited:
		w.t.Fatalf("dlrgate ended: %s\n%s", w.cmd.ProcessState, w.log)
	case <-w.ctx.Done():
		w.t.Fatalf("dlrgate did not start: %v\n%s", w.ctx.Err(), w.log)
	}
	w.must(w.smsc.WaitBound(w.ctx, w.setup.Binds))
}

// play begins to send receipts, as fast as the windows allow.
func (w *world) play(receipts int) {
	w.began = time.Now()
	go func() { w.played <- w.smsc.Play(w.ctx, source(receipts), 0) }()
}

// flood sends receipts until stop is closed, and so that there are always some
// that the SMSC has not sent yet, however fast the gateway is.
func (w *world) flood(stop <-chan struct{}) {
	const ahead = 1000
	w.began = time.Now()
	src := source(0)
	go func() {
		for {
			for range ahead {
				w.smsc.Send(src.Next())
			}
			err := w.smsc.WaitFor(w.ctx, func(n simulator.Counts) bool { return n.Receipts-n.OK < ahead })
			select {
			case <-stop:
				w.played <- err
				return
			default:
			}
			if err != nil {
				w.played <- err
				return
			}
		}
	}()
}

// crashed allows what one crash may deliver twice: a window of positions and a
// quarter of a second of traffic (docs/adr/0004).
func (w *world) crashed() {
	perSecond := float64(w.smsc.Ledger().Counts().OK) / time.Since(w.began).Seconds()
	w.repeats += 4096 + int(perSecond/4)
}

// The states of a receipt, in the order of its way.
const (
	atSMSC     = "at the SMSC"
	unanswered = "sent and not answered"
	waiting    = "answered and not delivered"
	delivered  = "delivered"
)

// struck prints how many receipts were in each state when the fault struck;
// in those that are named there must be some. While the gateway runs they come
// and go: then struck waits until there are some in each.
func (w *world) struck(fault string, some ...string) {
	w.t.Helper()
	n := w.states()
	lacking := func() string {
		for _, state := range some {
			if n[state] <= 0 {
				return state
			}
		}
		return ""
	}
	if lacking() != "" && !w.ended() {
		w.eventually(fault+" amid the traffic", func() bool { n = w.states(); return lacking() == "" || w.ended() })
	}
	w.t.Logf("%s struck: %d %s, %d %s, %d %s, %d %s", fault, n[atSMSC], atSMSC,
		n[unanswered], unanswered, n[waiting], waiting, n[delivered], delivered)
	if state := lacking(); state != "" {
		w.t.Errorf("%s struck when no receipt was %s", fault, state)
	}
}

// ended tells whether the gateway does not run any more.
func (w *world) ended() bool {
	select {
	case <-w.exited:
		return true
	default:
		return false
	}
}

// states counts the receipts in each state.
func (w *world) states() map[string]int {
	n := map[string]int{}
	for _, e := range w.smsc.Ledger().Entries() {
		switch {
		case e.Sent == 0:
			n[atSMSC]++
		case e.AnsweredOK.IsZero():
			n[unanswered]++
		default:
			n[waiting]++
		}
	}
	n[delivered] = w.app.Counts().Distinct
	n[waiting] -= n[delivered]
	return n
}

// verdict waits until everything is answered and delivered by a webhook that is
// well, judges, and ends the gateway as an operator would.
func (w *world) verdict() {
	w.t.Helper()
	w.app.Behave(simulator.Behaviour{})
	w.must(<-w.played)
	w.must(w.smsc.WaitSettled(w.ctx))
	w.must(w.app.WaitFor(w.ctx, w.smsc.Ledger().Counts().Receipts))
	v := simulator.Judge(w.smsc.Ledger(), w.app)
	w.t.Log(v.String())
	if !v.OK() || v.Answered != v.Receipts || len(v.WrongStatus) > 0 || len(v.Disorder) > 0 {
		w.t.Errorf("%s, %d with the wrong status\n%s", v.String(), len(v.WrongStatus), w.log)
	}
	if v.Repeated > w.repeats {
		w.t.Errorf("%d events were delivered twice, at most %d may be", v.Repeated, w.repeats)
	}
	if dead := w.metric("dlrgate_dead_letters", ""); dead != 0 {
		w.t.Errorf("%v dead letters, want none", dead)
	}
	if n := w.app.Counts().Rejected; n != 0 {
		w.t.Errorf("the webhook rejected %d requests: %q", n, w.app.Faults())
	}
	w.stop()
}

// stop ends the gateway by SIGTERM.
func (w *world) stop() {
	w.t.Helper()
	w.must(w.cmd.Process.Signal(os.Interrupt))
	select {
	case <-w.exited:
	case <-w.ctx.Done():
		w.t.Fatalf("dlrgate did not stop: %v\n%s", w.ctx.Err(), w.log)
	}
	if code := w.cmd.ProcessState.ExitCode(); code != 0 {
		w.t.Errorf("exit code %d, want 0\n%s", code, w.log)
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v: %+v, webhook %+v\n%s", err, w.smsc.Ledger().Counts(), w.app.Counts(), w.log)
	}
}

// eventually asks again and again until it is true, or the scenario's time is over.
func (w *world) eventually(what string, isTrue func() bool) {
	w.t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !isTrue() {
		select {
		case <-ticker.C:
		case <-w.ctx.Done():
			w.t.Fatalf("never: %s: %+v, webhook %+v\n%s", what, w.smsc.Ledger().Counts(), w.app.Counts(), w.log)
		}
	}
}
