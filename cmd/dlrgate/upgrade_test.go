package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dlrgate/dlrgate/journal/postgres/pgtest"
	"github.com/dlrgate/dlrgate/simulator"
)

// v1Journal and v1Dump were written by the first schema's program: ten receipts
// each, of which the endpoint had taken none.
const (
	v1Journal = "../../testdata/journal/v1"
	v1Dump    = "../../testdata/journal/v1-postgres.sql"
)

var writeJournal = flag.Bool("write-journal", false, "write "+v1Journal+" and "+v1Dump+" anew, with this program's schema")

const upgradeYAML = `
listen: 127.0.0.1:0
journal: { {{.Journal}} }
operators: [{name: acme, addresses: ["{{.SMSC}}"], system_id: gw}]
endpoints: [{name: app, url: "{{.Sink}}", retry: {initial: 20ms, max: 100ms}}]
`

// oldJournal is where a journal of the first schema is kept. load puts it into
// place and returns what the configuration says of it; keep takes it from there.
type oldJournal interface {
	load(ctx context.Context, t *testing.T) string
	keep(t *testing.T)
}

// TestUpgrade lets today's program open the first schema's journal, of each
// engine: what waited there is delivered.
func TestUpgrade(t *testing.T) {
	if testing.Short() {
		t.Skip("long: starts a database server")
	}
	for name, old := range map[string]oldJournal{"sqlite": &oldFolder{}, "postgres": &oldDatabase{}} {
		t.Run(name, func(t *testing.T) { upgrades(t, old) })
	}
}

func upgrades(t *testing.T, old oldJournal) {
	const receipts = 10
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
	file := configure(t, upgradeYAML, map[string]string{"Journal": old.load(ctx, t), "SMSC": smsc.Addr(), "Sink": sink.URL("/app")})
	p := start(ctx, t, file)
	if *writeJournal {
		app.Behave(simulator.Behaviour{FailRate: 1})
		smsc.Send(messages(receipts)...)
		must(t, smsc.WaitOK(ctx, receipts), p)
	} else {
		must(t, app.WaitFor(ctx, receipts), p)
	}
	if code := p.stop(ctx, t); code != exitOK {
		t.Errorf("exit code %d\n%s", code, p.log)
	}
	if *writeJournal {
		old.keep(t)
	}
}

func messages(n int) []*simulator.Receipt {
	source := simulator.NewSource(simulator.SourceOptions{})
	out := make([]*simulator.Receipt, n)
	for i := range out {
		out[i] = source.Next()
	}
	return out
}

// oldFolder is SQLite's.
type oldFolder struct{ dir string }

func (o *oldFolder) load(_ context.Context, t *testing.T) string {
	o.dir = filepath.Join(t.TempDir(), "journal")
	if !*writeJournal {
		if err := os.CopyFS(o.dir, os.DirFS(v1Journal)); err != nil {
			t.Fatal(err)
		}
	}
	return "path: " + o.dir + ", min_free_disk: 1MiB"
}

func (o *oldFolder) keep(t *testing.T) {
	if err := os.CopyFS(v1Journal, os.DirFS(o.dir)); err != nil {
		t.Fatal(err)
	}
}

// oldDatabase is PostgreSQL's, kept as the text of a dump.
type oldDatabase struct{ dsn string }

func (o *oldDatabase) load(ctx context.Context, t *testing.T) string {
	o.dsn = pgtest.New(t).Database(t)
	if !*writeJournal {
		dump, err := os.ReadFile(v1Dump)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(ctx, o.dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.PgConn().Exec(ctx, string(dump)).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	return `driver: postgres, dsn: "` + o.dsn + `"`
}

func (o *oldDatabase) keep(t *testing.T) {
	dump, err := exec.Command("pg_dump", "--inserts", "--no-owner", "--no-unlogged-table-data", "--dbname="+o.dsn).Output()
	if err != nil {
		t.Fatal(err)
	}
	dump = regexp.MustCompile(`(?m)^(\\.*|--.*|)\n`).ReplaceAll(dump, nil) // psql's own commands, comments, blank lines
	if err := os.WriteFile(v1Dump, dump, 0o644); err != nil {
		t.Fatal(err)
	}
}
