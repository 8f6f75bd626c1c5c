package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

// fixed renders every draft to the same octets.
type fixed struct{ raw, event []byte }

func (f fixed) Render(d *journal.Draft, e *journal.Entry) {
	e.ID = d.Payload.(string)
	e.Forward, e.Raw, e.Event = true, f.raw, f.event
}
func (fixed) Committed()  {}
func (fixed) RolledBack() {}

// BenchmarkAppend measures durable receipts at 100 and 1000 at a time, bodies
// of 450 octets, three keys each in the projection, beside SQLite in the same
// run: PostgreSQL is to reach 60 % of its rate.
func BenchmarkAppend(b *testing.B) {
	engines := map[string]func() (journal.Engine, error){
		"postgres": func() (journal.Engine, error) { return open(b, database(b)), nil },
		"sqlite": func() (journal.Engine, error) {
			return sqlite.Open(b.Context(), sqlite.Options{Dir: b.TempDir()})
		},
	}
	for _, name := range []string{"sqlite", "postgres"} {
		for _, concurrency := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/concurrency=%d", name, concurrency), func(b *testing.B) {
				engine, err := engines[name]()
				if err != nil {
					b.Fatal(err)
				}
				appendAll(b, engine, concurrency)
			})
		}
	}
}

// appendAll stores b.N receipts, so many at a time.
func appendAll(b *testing.B, engine journal.Engine, concurrency int) {
	j, err := journal.Open(b.Context(), journal.Options{
		Engine: engine, Operators: []string{"acme"}, Render: fixed{raw: make([]byte, 100), event: make([]byte, 350)},
		Terms: func(e *journal.Entry) []journal.Term {
			return []journal.Term{{Kind: "message_id", Key: e.ID}, {Kind: "status", Key: "received"}}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := j.Close(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	b.ResetTimer() // the server may just have been made
	slots := make(chan struct{}, concurrency)
	for i := range b.N {
		slots <- struct{}{}
		j.Append(&journal.Draft{
			Operator: "acme", ReceivedAt: time.Now(), Size: 450, Payload: fmt.Sprintf("rcpt_%032x", i*7919),
			Done: func(err error) {
				if err != nil {
					b.Error(err)
				}
				<-slots
			},
		})
	}
	for range concurrency {
		slots <- struct{}{}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "receipts/s")
}
