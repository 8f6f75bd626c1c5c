package gateway_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"text/template"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/gateway"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/postgres"
	"github.com/dlrgate/dlrgate/journal/sqlite"
	"github.com/dlrgate/dlrgate/simulator"
)

// stage is a gateway between a simulated SMSC and a webhook sink.
type stage struct {
	smsc *simulator.SMSC
	sink *simulator.Sink
	gate *gate // blocks the journal
	log  *lines
	file string
	dsn  string // PostgreSQL's; "": the engine is SQLite

	*gateway.Gateway
}

// operator and endpoint are what the tests change of a configuration.
type values struct {
	SMSC, Sink         string
	Operator, Endpoint string // further lines, indented by four
	More               string // further endpoints
	Top                string // further keys
	Stop               string // shutdown_timeout; 10s by default
	Driver             string // of the journal's configuration; the engine is SQLite
	DSN                string // but with this one
}

const stageYAML = `
{{.Top}}
listen: 127.0.0.1:0
shutdown_timeout: {{or .Stop "10s"}}
journal: {driver: {{or .Driver "sqlite"}}, dsn: "host=nowhere dbname=unused", path: data, min_free_disk: 1MiB}
operators:
  - name: acme
    addresses: ["{{.SMSC}}"]
    system_id: gw
    reconnect: {initial: 20ms, max: 100ms, after_unbind: 20ms}
{{.Operator}}
endpoints:
  - name: app
    url: {{.Sink}}/app
    retry: {initial: 20ms, max: 200ms}
{{.Endpoint}}
{{.More}}
`

// newStage starts an SMSC, a sink and a gateway between them.
func newStage(ctx context.Context, t *testing.T, smsc simulator.Options, v values) *stage {
	t.Helper()
	s := &stage{gate: &gate{}, log: &lines{}, dsn: v.DSN}
	var err error
	if s.smsc, err = simulator.Start(smsc); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.smsc.Close)
	if s.sink, err = simulator.StartSink(simulator.SinkOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sink.Close)
	v.SMSC, v.Sink = s.smsc.Addr(), "http://"+s.sink.Addr()
	s.file = filepath.Join(t.TempDir(), "dlrgate.yaml")
	s.write(t, v)
	s.run(ctx, t)
	return s
}

// write puts another configuration into the stage's file.
func (s *stage) write(t *testing.T, v values) {
	t.Helper()
	var b bytes.Buffer
	if err := template.Must(template.New("").Parse(stageYAML)).Execute(&b, v); err != nil {
		t.Fatal(err)
	}
	next := s.file + ".next"
	if err := os.WriteFile(next, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, s.file); err != nil {
		t.Fatal(err)
	}
}

// load reads the stage's file.
func (s *stage) load(t *testing.T) *config.Config {
	t.Helper()
	cfg, faults, _ := config.Load(t.Context(), s.file, config.Options{})
	for _, f := range faults {
		t.Fatal(f)
	}
	return cfg
}

// run starts the gateway on the stage's file.
func (s *stage) run(ctx context.Context, t *testing.T) {
	t.Helper()
	log, level := s.log.logger()
	g, err := gateway.Start(ctx, s.load(t), gateway.Options{
		Version: "test", Log: log, Level: level,
		Engine: func(ctx context.Context, c *config.Journal) (journal.Engine, error) {
			if s.dsn != "" {
				return postgres.Open(ctx, postgres.Options{DSN: s.dsn})
			}
			e, err := sqlite.Open(ctx, sqlite.Options{Dir: string(c.Path)})
			return &gated{Engine: e, gate: s.gate}, err
		},
		File: s.file,
		Reread: func(ctx context.Context) (*config.Config, []config.Fault) {
			cfg, faults, _ := config.Load(ctx, s.file, config.Options{})
			return cfg, faults
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Gateway = g
	t.Cleanup(func() {
		s.gate.open()
		if err := g.Close(); err != nil {
			t.Errorf("close: %v\n%s", err, s.log)
		}
	})
}

// lines keeps what was logged.
type lines struct {
	mu      sync.Mutex
	b       bytes.Buffer
	n       int
	changed chan struct{} // closed by the next line; nil: nobody waits
}

// wait returns when a line with the words was logged.
func (l *lines) wait(ctx context.Context, t *testing.T, words string) {
	t.Helper()
	for {
		l.mu.Lock()
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed, found := l.changed, bytes.Contains(l.b.Bytes(), []byte(words))
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("nothing logged %q: %v\n%s", words, ctx.Err(), l)
		}
	}
}

func (l *lines) logger() (*zap.Logger, *zap.AtomicLevel) {
	enc := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	level := zap.NewAtomicLevelAt(zapcore.InfoLevel)
	return zap.New(zapcore.NewCore(enc, l, &level)), &level
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return l.b.Write(p)
}

// Sync has nothing to do: the lines are in memory.
func (l *lines) Sync() error { return nil }

func (l *lines) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// patience is how long the tests wait for what must come, also on a machine that
// has much else to do.
const patience = 3 * time.Minute

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error, s *stage) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
}
