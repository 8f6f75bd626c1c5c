package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// get asks the process's admin listener.
func (p *process) get(ctx context.Context, t *testing.T, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestStopDuringReload ends the program while a reload waits for an SMSC that
// answers no unbind: it ends in time, with 0.
func TestStopDuringReload(t *testing.T) {
	t.Parallel()
	ctx := within(t, 3*time.Minute)
	smsc, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(smsc.Close)
	file := configure(t, `
listen: 127.0.0.1:0
shutdown_timeout: 2s
journal: {min_free_disk: 1MiB}
operators: [{name: acme, addresses: ["{{.}}"], system_id: gw, response_timeout: 10m, window: 10}]
endpoints: [{name: app, url: "http://127.0.0.1:1/dlr"}]
`, smsc.Addr())
	p := start(ctx, t, file)
	if err := smsc.WaitBound(ctx, 1); err != nil {
		t.Fatal(err)
	}
	smsc.Sessions()[0].Silence(true)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "window: 10", "window: 20", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !strings.Contains(p.get(ctx, t, "/api/v1/binds"), `"state":"unbinding"`) {
		<-again.C
	}
	begin := time.Now()
	if code := p.stop(ctx, t); code != exitOK {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
	if took := time.Since(begin); took > 30*time.Second { // a busy machine may need some of it
		t.Errorf("the stop took %s, shutdown_timeout is 2s", took)
	}
}

// TestRunWarns says in the log what check would have warned of: a variable of a
// service's environment is seen by run alone.
func TestRunWarns(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	t.Setenv("DLRGATE_LISTN", "0.0.0.0:80")
	p := start(ctx, t, configure(t, `
listen: 127.0.0.1:0
journal: {min_free_disk: 1MiB}
operators: [{name: acme, addresses: ["127.0.0.1:1"], system_id: gw, enabled: false}]
endpoints: [{name: app, url: "http://127.0.0.1:1/dlr"}]
`, nil))
	for _, want := range []string{"DLRGATE_LISTN: unknown variable: did you mean DLRGATE_LISTEN?", "requests are not signed"} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, p.log)
		}
	}
	if code := p.stop(ctx, t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
