package main

import (
	"fmt"
	"strconv"
)

// run is one line of the table.
type run struct {
	name          string
	binds, window int
	endpoints     int
	batch         int // events in a POST at the most
	rate          int // receipts a second; 0: as fast as the windows allow
	hanging       bool
	unwanted      bool // only the first endpoint wants the receipts
	postgres      bool
}

var runs = []run{
	{name: "single 8k", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 8000},
	{name: "single 12k", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 12000},
	{name: "single 14k", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 14000},
	{name: "single full", binds: 4, window: 100, endpoints: 1, batch: 1},
	{name: "single 1 bind", binds: 1, window: 100, endpoints: 1, batch: 1, rate: 8000},
	{name: "single 16 binds", binds: 16, window: 100, endpoints: 1, batch: 1, rate: 8000},
	{name: "single window 10", binds: 4, window: 10, endpoints: 1, batch: 1, rate: 8000},
	{name: "one bind, window 10", binds: 1, window: 10, endpoints: 1, batch: 1},
	{name: "batch 20k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 20000},
	{name: "batch 30k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 30000},
	{name: "batch 35k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 35000},
	{name: "batch 40k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 40000},
	{name: "batch full", binds: 4, window: 100, endpoints: 1, batch: 100},
	{name: "quiet", binds: 1, window: 10, endpoints: 1, batch: 1, rate: 1000},
	{name: "5 endpoints", binds: 4, window: 100, endpoints: 5, batch: 1, rate: 2000},
	{name: "20 endpoints", binds: 4, window: 100, endpoints: 20, batch: 1, rate: 500},
	{name: "20 endpoints, one hanging", binds: 4, window: 100, endpoints: 19, batch: 1, rate: 500, hanging: true},
	{name: "postgres 8k", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 8000, postgres: true},
	{name: "postgres 12k", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 12000, postgres: true},
	{name: "postgres full", binds: 4, window: 100, endpoints: 1, batch: 1, postgres: true},
	{name: "postgres batch 20k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 20000, postgres: true},
}

// measure runs one line: a gateway in a folder of its own, a storm against it,
// with receipts that no other line sends, since a database serves several.
func (b *bench) measure(r run, seed int) {
	s := setup{binds: r.binds, window: r.window, endpoints: r.endpoints, batch: r.batch, unwanted: r.unwanted}
	if r.unwanted {
		s.others = 1
	}
	if r.postgres {
		s.dsn = b.dsn
	}
	if r.hanging {
		l := listen() // takes connections into its backlog and never answers
		defer func() { _ = l.Close() }()
		s.hanging = l.Addr().String()
	}
	g := b.start(s)
	defer g.remove()
	b.print(r, b.storm(g, r, "--duration", b.time.String(), "--seed", strconv.Itoa(seed)), g)
}

const head = `| run | binds × window | endpoints × batch | asked/s | answered/s | delivered/s | lag at end | drain s | answer p50 / p99 ms | receipt→webhook p50 / p99 ms | gateway CPU s per 10,000 | peak MB | commits | syncs | lost | repeated | valid |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|`

func (b *bench) print(r run, s stormResult, g *gateway) {
	asked := "full"
	if r.rate > 0 {
		asked = strconv.Itoa(r.rate)
	}
	lost, repeated, answer, delivery := s.totals()
	valid := "yes"
	if lost > 0 || r.rate > 0 && s.Lag >= r.rate || s.AnswerRate < 0.98*float64(r.rate) {
		valid = "no"
	}
	cpu, peak := g.usage()
	m := g.metrics()
	fmt.Printf("| %s | %d × %d | %d × %d | %s | %.0f | %.0f | %d | %.1f | %.1f / %.1f | %.1f / %.1f | %.2f | %.0f | %.0f | %.0f | %d | %d | %s |\n",
		r.name, r.binds, r.window, r.endpoints, r.batch, asked, s.AnswerRate, s.DeliveryRate, s.Lag, s.DrainMS/1000,
		answer.P50, answer.P99, delivery.P50, delivery.P99, cpu/float64(s.Receipts)*10000, peak,
		m["dlrgate_journal_commit_seconds_count"], m["dlrgate_journal_sync_total"], lost, repeated, valid)
}
