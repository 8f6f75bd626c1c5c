package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// v1Journal was written by the first schema's program: ten receipts, of which
// the endpoint had taken none.
const v1Journal = "../../testdata/journal/v1"

var writeJournal = flag.Bool("write-journal", false, "write "+v1Journal+" anew, with this program's schema")

const upgradeYAML = `
listen: 127.0.0.1:0
journal: {path: {{.Dir}}, min_free_disk: 1MiB}
operators: [{name: acme, addresses: ["{{.SMSC}}"], system_id: gw}]
endpoints: [{name: app, url: "{{.Sink}}", retry: {initial: 20ms, max: 100ms}}]
`

// TestUpgrade lets today's program open the first schema's journal: what waited
// there is delivered.
func TestUpgrade(t *testing.T) {
	const receipts = 10
	ctx := within(t, time.Minute)
	smsc, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer smsc.Close()
	events := make(chan simulator.Arrival, 2*receipts)
	sink, err := simulator.StartSink(simulator.SinkOptions{
		OnEvent: func(_ string, a simulator.Arrival, _ []byte) { events <- a },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	dir := filepath.Join(t.TempDir(), "journal")
	file := configure(t, upgradeYAML, map[string]string{"Dir": dir, "SMSC": smsc.Addr(), "Sink": sink.URL("/app")})
	if *writeJournal {
		sink.At("/app").Behave(simulator.Behaviour{FailRate: 1})
		p := start(ctx, t, file)
		if err := smsc.Play(ctx, simulator.NewSource(simulator.SourceOptions{Receipts: receipts}), 0); err != nil {
			t.Fatal(err)
		}
		if err := smsc.WaitOK(ctx, receipts); err != nil {
			t.Fatal(err)
		}
		p.stop(ctx, t)
		if err := os.CopyFS(v1Journal, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.CopyFS(dir, os.DirFS(v1Journal)); err != nil {
		t.Fatal(err)
	}
	p := start(ctx, t, file)
	seen := map[string]bool{}
	for len(seen) < receipts {
		select {
		case a := <-events:
			seen[a.ID] = true
		case <-ctx.Done():
			t.Fatalf("%d of %d receipts came\n%s", len(seen), receipts, p.log)
		}
	}
	if code := p.stop(ctx, t); code != exitOK {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
}
