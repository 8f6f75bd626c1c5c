package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// fillAt is how many receipts one storm of the filling sends: its own memory is
// what bounds it.
const fillAt = 1_000_000

// stored measures with n receipts that are there already, and then how fast
// the console's pages and the searches answer.
func (b *bench) stored(n int) {
	r := run{name: fmt.Sprintf("filling up to %d", n), binds: 4, window: 100, endpoints: 1, batch: 100}
	g := b.start(setup{binds: r.binds, window: r.window, endpoints: r.endpoints, batch: r.batch})
	defer g.remove()
	for seed := range (n + fillAt - 1) / fillAt {
		last := b.storm(g, r, "--count", strconv.Itoa(min(fillAt, n-seed*fillAt)), "--seed", strconv.Itoa(seed+2))
		b.print(r, last, g)
		g.reset()
	}
	r.name, r.rate = fmt.Sprintf("batch 20k, %d stored", n), 20000
	b.print(r, b.storm(g, r, "--duration", b.time.String()), g)
	b.pages(g)
}

// pages times the console and the searches, 20 times each.
func (b *bench) pages(g *gateway) {
	for tick := time.Tick(time.Second); g.metrics()["dlrgate_search_lag_receipts"] > 0; <-tick {
	}
	var list struct {
		Receipts []struct {
			ID        string `json:"id"`
			MessageID string `json:"message_id"`
		} `json:"items"`
	}
	check(json.Unmarshal(g.get("/api/v1/receipts?limit=1"), &list))
	paths := []string{
		"/", "/binds", "/messages", "/endpoints", "/mapping", "/api/v1/receipts?status=undefined",
		"/messages?status=undefined", "/api/v1/receipts?recipient=336000000777", "/api/v1/receipts?message_id=none",
	}
	if len(list.Receipts) > 0 {
		paths = append(paths, "/messages/"+list.Receipts[0].ID, "/messages?message_id="+list.Receipts[0].MessageID)
	}
	fmt.Print("\n| page | p50 ms | slowest of 20 ms |\n|---|---|---|\n")
	for _, path := range paths {
		took := make([]time.Duration, 20)
		for i := range took {
			begin := time.Now()
			g.get(path)
			took[i] = time.Since(begin)
		}
		slices.Sort(took)
		fmt.Printf("| %s | %.1f | %.1f |\n", path, ms(took[len(took)/2]), ms(took[len(took)-1]))
	}
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
