package sqlite_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
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

// BenchmarkAppend measures durable receipts at 100-fold concurrency: bodies of
// 450 octets, three keys each in the projection.
func BenchmarkAppend(b *testing.B) {
	for _, concurrency := range []int{1, 100, 400} {
		b.Run(fmt.Sprintf("concurrency=%d", concurrency), func(b *testing.B) {
			x := newBench(b, 0)
			x.append(b, b.N, concurrency)
			x.report(b)
		})
	}
}

// BenchmarkPrune measures the same while 200,000 receipts are there that may
// go: what it reports as p99 may not be more than twice as much with pruning.
func BenchmarkPrune(b *testing.B) {
	const stored = 200_000
	for name, retention := range map[string]time.Duration{"off": 0, "on": time.Nanosecond} {
		b.Run("pruning="+name, func(b *testing.B) {
			x := newBench(b, retention)
			s, _ := x.StreamOf("acme")
			if _, err := x.Attach(b.Context(), "app", journal.StartOldest); err != nil {
				b.Fatal(err)
			}
			x.append(b, stored, 1000)
			x.took = nil
			x.Advance("app", x.Head(s))
			x.append(b, b.N, 100)
			stats, err := x.Stats(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(stored+b.N)-float64(stats.Rows), "pruned")
			x.report(b)
		})
	}
}

// bench is a journal that is measured.
type bench struct {
	*journal.Journal
	engine  *sqlite.Engine
	commits atomic.Int64

	mu   sync.Mutex
	took []time.Duration
}

func newBench(b *testing.B, retention time.Duration) *bench {
	e, err := sqlite.Open(b.Context(), sqlite.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	x := &bench{engine: e}
	x.Journal, err = journal.Open(b.Context(), journal.Options{
		Engine: e, Operators: []string{"acme"}, Render: fixed{raw: make([]byte, 100), event: make([]byte, 350)},
		Terms: func(e *journal.Entry) []journal.Term {
			return []journal.Term{{Kind: "message_id", Key: e.ID}, {Kind: "status", Key: "received"}}
		},
		Retention: retention,
		Observer:  journal.Observer{Commit: func(time.Duration, int, int) { x.commits.Add(1) }},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := x.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return x
}

// append stores n receipts, so many at a time; the timer runs meanwhile.
func (x *bench) append(b *testing.B, n, concurrency int) {
	slots := make(chan struct{}, concurrency)
	b.ResetTimer()
	b.StartTimer()
	for i := range n {
		slots <- struct{}{}
		began := time.Now()
		x.Append(&journal.Draft{
			Operator: "acme", ReceivedAt: began, Size: 450, Payload: fmt.Sprintf("rcpt_%032x", i*7919),
			Done: func(err error) {
				if err != nil {
					b.Error(err)
				}
				x.mu.Lock()
				x.took = append(x.took, time.Since(began))
				x.mu.Unlock()
				<-slots
			},
		})
	}
	for range concurrency {
		slots <- struct{}{}
	}
	b.StopTimer()
}

func (x *bench) report(b *testing.B) {
	space, err := x.engine.Space(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	stats, err := x.Stats(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	slices.Sort(x.took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "receipts/s")
	b.ReportMetric(float64(x.took[len(x.took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(x.took[len(x.took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(x.commits.Load()), "commits")
	b.ReportMetric(float64(space.Syncs), "syncs")
	b.ReportMetric(float64(stats.SearchLag), "lag")
}
