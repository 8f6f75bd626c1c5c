package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
	"github.com/dlrgate/dlrgate/simulator"
)

const backedUpYAML = `
listen: 127.0.0.1:0
journal: { {{.Journal}} }
operators: [{name: acme, addresses: ["{{.SMSC}}"], system_id: gw, reconnect: {initial: 20ms, max: 100ms}}]
endpoints: [{name: app, url: "{{.Sink}}", retry: {initial: 20ms, max: 100ms}}]
`

// TestBackup restores what `dlrgate backup` has copied, or the command that it
// names: the same receipts are found, and those are delivered that waited.
func TestBackup(t *testing.T) {
	if testing.Short() {
		t.Skip("long: restores what it copied, on each engine")
	}
	for name, engine := range map[string]struct {
		journal func(t *testing.T) (journal string, restore func(said, dir string) (journal string))
	}{
		"sqlite": {func(t *testing.T) (string, func(said, dir string) string) {
			at := func(dir string) string {
				return "path: " + dir + ", backup_dir: " + os.TempDir() + ", min_free_disk: 1MiB"
			}
			return at(filepath.Join(t.TempDir(), "data")), func(_, dir string) string { return at(dir) }
		}},
		"postgres": {func(t *testing.T) (string, func(said, dir string) string) {
			s := pgtest.New(t)
			at := func(dsn string) string { return `driver: postgres, dsn: "` + dsn + `"` }
			return at(s.Database(t)), func(said, dir string) string {
				_, command, _ := strings.Cut(strings.TrimSpace(said), ":\n")
				return at(s.Restore(t, command, dir))
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			journal, restore := engine.journal(t)
			restores(t, journal, restore)
		})
	}
}

func restores(t *testing.T, journal string, restore func(said, dir string) string) {
	const taken, waiting = 100, 150
	ctx := within(t, 3*time.Minute)
	smsc, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer smsc.Close()
	sink, err := simulator.StartSink(simulator.SinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	app := sink.At("/app")
	begin := func(journal string) *process {
		return start(ctx, t, configure(t, backedUpYAML, map[string]string{"Journal": journal, "SMSC": smsc.Addr(), "Sink": sink.URL("/app")}))
	}
	ask := func(p *process, args ...string) string {
		var out bytes.Buffer
		if code := execute(ctx, append(args, "--server", "http://"+p.admin), &out, &out); code != exitOK {
			t.Fatalf("dlrgate %s: exit %d: %s", strings.Join(args, " "), code, &out)
		}
		return out.String()
	}
	receipts := []string{"receipts", "--limit", "1000", "--reveal", "--json"}

	first := begin(journal)
	source := simulator.NewSource(simulator.SourceOptions{Seed: 5})
	send := func(n int) {
		before := smsc.Ledger().Counts().OK
		for range n {
			smsc.Send(source.Next())
		}
		must(t, smsc.WaitOK(ctx, before+n), first)
	}
	send(taken)
	must(t, app.WaitFor(ctx, taken), first)
	app.Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusServiceUnavailable})
	send(waiting)
	dir := filepath.Join(t.TempDir(), "copy")
	said := ask(first, "backup", dir)
	want := ask(first, receipts...)
	first.kill()

	app.Behave(simulator.Behaviour{})
	second := begin(restore(said, dir))
	must(t, app.WaitFor(ctx, taken+waiting), second)
	if got := ask(second, receipts...); got != want {
		t.Errorf("the receipts differ after the restore:\n%s\nwant:\n%s", got, want)
	}
	if v := simulator.Judge(smsc.Ledger(), app); !v.OK() {
		t.Error(v.String())
	}
}
