package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestCrowdTakesNoFiles has somebody hold 400 connections to the admin listener
// of a process that may have 256 files, silent ones and ones that were answered:
// webhooks and a new bind go on, health answers, and the log tells.
func TestCrowdTakesNoFiles(t *testing.T) {
	ctx := within(t, 2*time.Minute)
	smsc, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer smsc.Close()
	sink, err := simulator.StartSink(simulator.SinkOptions{Secrets: []string{chainSecret}})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	p := start(ctx, t, configure(t, chainYAML, chainValues{smsc.Addr(), sink.URL("/app"), 2}), "sh", "-c", `ulimit -n 256 && exec "$0" "$@"`)
	if err := smsc.WaitBound(ctx, 2); err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
	for i := range 400 {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.admin)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 {
			fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
		}
	}
	smsc.DropSessions()
	source := simulator.NewSource(simulator.SourceOptions{Seed: 7, Messages: 500})
	if err := smsc.Play(ctx, source, 0); err != nil {
		t.Fatal(err)
	}
	judgeAll(ctx, t, smsc, sink.At("/app"), p)
	if err := smsc.WaitFor(ctx, func(c simulator.Counts) bool { return c.Sessions == 2 && c.Binds >= 4 }); err != nil {
		t.Errorf("no new bind: %v\n%s", err, p.log)
	}
	if text := health(ctx, t, p.admin); !strings.Contains(text, "ok") {
		t.Errorf("health: %s", text)
	}
	if !strings.Contains(p.log.String(), "too many connections to the admin listener") {
		t.Errorf("the log does not tell:\n%s", p.log)
	}
}

// health asks on a connection of its own.
func health(ctx context.Context, t *testing.T, at string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body) // cut or whole: it is looked at
	return string(text)
}
