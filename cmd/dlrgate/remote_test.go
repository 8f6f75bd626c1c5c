package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

const remoteYAML = `
listen: 127.0.0.1:0
admin: {tokens: [{name: ops, token: "${DLRGATE_ADMIN_TOKEN}", role: admin}]}
journal: {path: data, min_free_disk: 1MiB}
operators:
  - name: acme
    addresses: ["{{.SMSC}}"]
    system_id: gw
    reconnect: {initial: 20ms, max: 100ms, after_unbind: 20ms}
{{.Rules}}
endpoints:
  - name: app
    url: {{.Sink}}/app
  - name: crm
    url: {{.Sink}}/crm
    retry: {initial: 20ms, max: 100ms, give_up_after: 1s}
`

// remoteStage is a real gateway process, and the commands that talk to it.
type remoteStage struct {
	t      *testing.T
	ctx    context.Context
	smsc   *simulator.SMSC
	sink   *simulator.Sink
	values map[string]string
	file   string
	*process
}

func newRemoteStage(ctx context.Context, t *testing.T) *remoteStage {
	t.Helper()
	t.Setenv(tokenVariable, "admin-0123456789abcdef")
	s := &remoteStage{t: t, ctx: ctx}
	var err error
	if s.smsc, err = simulator.Start(simulator.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.smsc.Close)
	if s.sink, err = simulator.StartSink(simulator.SinkOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sink.Close)
	s.values = map[string]string{"SMSC": s.smsc.Addr(), "Sink": "http://" + s.sink.Addr(), "Rules": ""}
	s.file = configure(t, remoteYAML, s.values)
	s.process = start(ctx, t, s.file)
	return s
}

// says runs one command line and returns what it printed; the exit code must be
// the one that is wanted.
func (s *remoteStage) says(want int, args ...string) string {
	s.t.Helper()
	if !slices.Contains(args, "--server") {
		args = append(args, "--server", "http://"+s.admin)
	}
	var stdout, stderr bytes.Buffer
	if code := execute(s.ctx, args, &stdout, &stderr); code != want {
		s.t.Fatalf("dlrgate %s: exit %d, want %d\n%s%s\n%s", strings.Join(args, " "), code, want, &stdout, &stderr, s.log)
	}
	return stdout.String() + stderr.String()
}

// hears is says, for words that must be printed.
func (s *remoteStage) hears(want string, args ...string) string {
	s.t.Helper()
	out := s.says(exitOK, args...)
	if !strings.Contains(out, want) {
		s.t.Errorf("dlrgate %s does not say %q:\n%s", strings.Join(args, " "), want, out)
	}
	return out
}

func (s *remoteStage) until(what string, ok func() bool) {
	s.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-s.ctx.Done():
			s.t.Fatalf("%s: %v\n%s", what, s.ctx.Err(), s.log)
		}
	}
}

func (s *remoteStage) sends(n int) {
	s.t.Helper()
	before := s.smsc.Ledger().Counts().OK
	if err := s.smsc.Play(s.ctx, simulator.NewSource(simulator.SourceOptions{Receipts: uint64(n), Seed: 7}), 0); err != nil {
		s.t.Fatal(err)
	}
	if err := s.smsc.WaitOK(s.ctx, before+n); err != nil {
		s.t.Fatal(err)
	}
}

// TestDayTwo works on a running gateway with every command.
func TestDayTwo(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	s := newRemoteStage(ctx, t)
	if err := s.smsc.WaitBound(ctx, 1); err != nil {
		t.Fatal(err)
	}
	s.sends(20)
	s.until("all is well", func() bool {
		var out bytes.Buffer
		return execute(ctx, []string{"status", "--server", "http://" + s.admin}, &out, &out) == exitOK
	})
	s.hears("acme/gw/1  bound", "status")
	s.hears(`"attention": []`, "status", "--json")
	s.hears("acme/gw/1", "binds", "list")
	s.hears("delivering", "endpoints", "list")
	s.hears("took the test event: HTTP 200", "endpoints", "test", "app")

	s.looksUpReceipts()
	s.replaysAndRetranslates()
	s.buriesAndRevives()
	s.actsOnLinks()
	s.keepsUp()
}

func (s *remoteStage) looksUpReceipts() {
	s.t.Helper()
	var found items[receiptRow]
	if err := json.Unmarshal([]byte(s.says(exitOK, "receipts", "--limit", "7", "--json")), &found); err != nil {
		s.t.Fatal(err)
	}
	if found.Masked == nil || !*found.Masked {
		s.t.Error("nothing tells a program that the numbers are masked")
	}
	if len(found.Items) != 7 || found.Next == "" || !strings.Contains(found.Items[0].Recipient, "*") {
		s.t.Errorf("found %+v", found)
	}
	first := found.Items[0]
	if out := s.hears(first.ID, "receipts", "--message-id", "000"+first.MessageID, "--reveal"); strings.Contains(out, "*") {
		s.t.Errorf("numbers are masked:\n%s", out)
	}
	s.hears("there are more than 5", "receipts", "--limit", "5")
	s.hears("no receipt found", "receipts", "--until", "1h")
	out := s.hears("ESME_ROK", "receipt", first.ID)
	for _, want := range []string{"esm_class 0x04", "stat", "decided by", "DELIVERIES", "app"} {
		if !strings.Contains(out, want) {
			s.t.Errorf("receipt does not show %q:\n%s", want, out)
		}
	}
	s.hears(`"command_status": "ESME_ROK"`, "receipt", first.ID, "--json")
	s.says(exitNotFound, "receipt", "rcpt_0")
	if out := s.says(exitNotFound, "receipt", first.MessageID); !strings.Contains(out, "dlrgate receipts --message-id "+first.MessageID) {
		s.t.Errorf("a message id is no receipt's:\n%s", out)
	}
	s.says(exitUsage, "receipts", "--status", "gone")
	out = s.hears("stored and answered OK", "receipts", "--operator", "acme", "--since", "1h", "--count")
	if n := s.smsc.Ledger().Counts().OK; !strings.HasPrefix(out, count(n, "receipt")+" stored") || !strings.Contains(out, "received") {
		s.t.Errorf("%d were answered OK, and counted are:\n%s", n, out)
	}
	s.hears(`"copies": 0`, "receipts", "--count", "--json")
}

func (s *remoteStage) replaysAndRetranslates() {
	s.t.Helper()
	s.hears("20 receipts would be sent", "replay", "--endpoint", "app", "--all", "--dry-run")
	s.hears("replay app-", "replay", "--endpoint", "app", "--since", "1h", "--rate", "1")
	listed := s.hears("app-", "replay", "list")
	id := strings.Fields(strings.Split(listed, "\n")[1])[0]
	s.hears("is cancelled", "replay", "cancel", id)
	s.hears("app is paused", "endpoints", "pause", "app")
	s.sends(1)
	s.hears("app has not got 1 receipt yet (waiting 1, parked 0): these come anyway", "replay", "--endpoint", "app", "--all", "--dry-run")
	s.hears("goes on", "endpoints", "resume", "app")
	s.until("what waited is taken", func() bool {
		return !strings.Contains(s.says(exitOK, "replay", "--endpoint", "app", "--all", "--dry-run"), "has not got")
	})
	s.says(exitFailed, "replay", "cancel", id)
	s.says(exitFailed, "replay", "--endpoint", "nobody", "--all")

	s.values["Rules"] = "    rules: [{stat: DELIVRD, status: delivered_to_operator}]"
	changed := configure(s.t, remoteYAML, s.values)
	out := s.hears("20 receipts read by the new rules", "retranslate", "-c", changed, "--since", "1h")
	if !strings.Contains(out, "delivered_to_operator") {
		s.t.Errorf("retranslate shows no change:\n%s", out)
	}
	s.hears(`"by": "rule"`, "retranslate", "-c", changed, "--since", "1h", "--json")
	s.hears("sends them", "retranslate", "-c", changed, "--since", "1h", "--send", "--endpoint", "app", "--yes")
}

func (s *remoteStage) actsOnLinks() {
	s.t.Helper()
	s.hears("app is paused; go on with: dlrgate endpoints resume app\n", "endpoints", "pause", "app")
	if out := s.says(exitFailed, "status"); !strings.Contains(out, "dlrgate endpoints resume app") {
		s.t.Errorf("status:\n%s", out)
	}
	s.hears("goes on", "endpoints", "resume", "app")
	s.says(exitFailed, "endpoints", "forget", "app", "--yes")
	s.hears("unbinds", "binds", "unbind", "acme/gw/1")
	if err := s.smsc.WaitUnbound(s.ctx); err != nil {
		s.t.Fatal(err)
	}
	s.hears("acme/gw/1 tries to bind now; see: dlrgate binds list", "binds", "bind", "acme/gw/1")
	if err := s.smsc.WaitBound(s.ctx, 1); err != nil {
		s.t.Fatal(err)
	}
	s.says(exitFailed, "binds", "bind", "acme/gw/9")
}

func (s *remoteStage) keepsUp() {
	s.t.Helper()
	s.hears("nothing changes", "reload", "--dry-run")
	s.values["Rules"] = "    rules: [{stat: DELIVRD, status: gone}]"
	broken, err := os.ReadFile(configure(s.t, remoteYAML, s.values))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.file, broken, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if out := s.says(exitUsage, "reload"); !strings.Contains(out, "dlrgate.yaml:") || !strings.Contains(out, "goes on with the configuration") {
		s.t.Errorf("reload of a fault:\n%s", out)
	}
	s.hears("dlrgate.yaml has 1 fault", "binds", "list", "-c", s.file)
	dir := filepath.Join(filepath.Dir(s.file), "backups", "copy")
	s.hears("is copied into", "backup", dir)
	if _, err := os.Stat(filepath.Join(dir, "journal.db")); err != nil {
		s.t.Error(err)
	}
	s.hears("0 receipts erased", "erase", "--recipient", "33699999999", "--yes")
	if out := s.says(exitFailed, "status", "--server", "http://"+s.admin+"/api"); !strings.Contains(out, "only http://"+s.admin) {
		s.t.Errorf("an address with a path:\n%s", out)
	}
	s.t.Setenv(tokenVariable, "guess")
	if out := s.says(exitFailed, "status"); !strings.Contains(out, "did not accept the token of "+tokenVariable) {
		s.t.Errorf("a wrong token:\n%s", out)
	}
	s.t.Setenv(tokenVariable, "")
	if out := s.says(exitFailed, "status"); !strings.Contains(out, "asks for a token: set "+tokenVariable) {
		s.t.Errorf("no token:\n%s", out)
	}
	if out := s.says(exitFailed, "status", "-c", s.file); !strings.Contains(out, "none of "+s.file+" can be read here: set "+tokenVariable) {
		s.t.Errorf("no token in the file:\n%s", out)
	}
}
