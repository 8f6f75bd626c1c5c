package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
)

// say runs one command line against the gateway and returns its exit code and
// all that it printed.
func say(ctx context.Context, p *process, args ...string) (code int, out string) {
	var b bytes.Buffer
	code = execute(ctx, append(args, "--server", "http://"+p.admin), &b, &b)
	return code, b.String()
}

// TestStandbyKnowsItsPart asks a gateway that stands by for what the other one
// has stored, and then one whose database is gone: neither says that there is
// nothing, or that a number was erased, and status tells how things stand.
func TestStandbyKnowsItsPart(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a database server and two gateways; CI runs it without -short")
	}
	s := pgtest.New(t)
	p := newPair(t, s, "1s")
	ctx := within(t, time.Minute)
	first := start(ctx, t, p.file)
	must(t, p.smsc.WaitBound(ctx, sharedBinds), first)
	second := start(ctx, t, p.file)
	standby(ctx, t, second, true)
	p.play(ctx, t, 10, 3, 0)()
	judgeAll(ctx, t, p.smsc, p.app, first)

	asking := [][]string{
		{"receipts"},
		{"receipts", "--operator", "acme"},
		{"receipt", "rcpt_0123456789abcdef0123456789abcdef"},
		{"erase", "--recipient", "336000000001", "--yes"},
		{"replay", "--endpoint", "app", "--since", "1h", "--dry-run"},
		{"replay", "--endpoint", "app", "rcpt_0123456789abcdef0123456789abcdef", "--dry-run"},
		{"retranslate", "-c", p.file, "--since", "1h"},
	}
	for _, args := range asking {
		if code, out := say(ctx, second, args...); code != exitFailed || !strings.Contains(out, "another one holds acme") {
			t.Errorf("dlrgate %s at the standby: exit %d\n%s", strings.Join(args, " "), code, out)
		}
	}
	if code, out := say(ctx, second, "status"); code != exitOK || !strings.Contains(out, "standby for acme: another gateway holds") || strings.Contains(out, "free") {
		t.Errorf("dlrgate status at the standby: exit %d\n%s", code, out)
	}

	for _, g := range []struct {
		at   *process
		want string
	}{{second, "standby"}, {first, "delivering"}} {
		if _, out := say(ctx, g.at, "endpoints", "list"); !strings.Contains(out, g.want) {
			t.Errorf("endpoints list does not say %q:\n%s", g.want, out)
		}
		for path, words := range map[string]bool{"/": true, "/messages": true, "/endpoints": false} {
			body := page(ctx, t, g.at, path)
			if is := strings.Contains(body, "nother") && strings.Contains(body, "holds"); words && is != (g.at == second) {
				t.Errorf("%s of the one that is %s says that another gateway holds the operator: %v\n%s", path, g.want, is, body)
			}
		}
	}

	if !s.Ours() {
		t.Skip("a given server cannot be stopped")
	}
	must(t, s.Down(pgtest.Immediate), first)
	must(t, p.smsc.WaitUnbound(ctx), first)
	until(ctx, t, first, "the lease has ended", func() bool {
		code, out := say(ctx, first, "receipts")
		return code == exitFailed && strings.Contains(out, "the journal cannot be used, so the receipts of acme cannot be looked through")
	})
	for _, path := range []string{"/", "/binds", "/messages", "/endpoints", "/mapping"} {
		page(ctx, t, first, path)
	}
	code, out := say(ctx, first, "status")
	for _, want := range []string{
		"NEEDS ATTENTION", "refusing receipts", "see that the PostgreSQL server", "journal postgres: cannot be read now",
		"standby for acme: this gateway does not hold them now", "acme/gw/1", "standby",
	} {
		if code != exitFailed || !strings.Contains(out, want) {
			t.Errorf("dlrgate status without a database: exit %d, want %q\n%s", code, want, out)
		}
	}
}

// page returns a page of the console.
func page(ctx context.Context, t *testing.T, p *process, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+path, nil)
	must(t, err, p)
	resp, err := http.DefaultClient.Do(req)
	must(t, err, p)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err, p)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s\n%s", path, resp.Status, body)
	}
	return string(body)
}

func until(ctx context.Context, t *testing.T, p *process, what string, ok func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v\n%s", what, ctx.Err(), p.log)
		}
	}
}
