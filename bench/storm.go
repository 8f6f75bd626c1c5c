package main

import (
	"encoding/json"
	"log"
	"os/exec"
	"path/filepath"
	"strconv"
)

type latency struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// stormResult is what of a storm's verdict the table shows.
type stormResult struct {
	Receipts     int     `json:"receipts"`
	AnswerRate   float64 `json:"answered_per_second"`
	DeliveryRate float64 `json:"delivered_per_second"`
	Lag          int     `json:"lag_at_end"`
	DrainMS      float64 `json:"drain_ms"`
	Endpoints    []struct {
		Lost       int     `json:"lost"`
		Duplicates int     `json:"duplicates"`
		Answer     latency `json:"answer"`
		Delivery   latency `json:"receipt_to_webhook"`
	} `json:"endpoints"`
}

// totals sums up the endpoints; of delivery it is the slowest one's.
func (s *stormResult) totals() (lost, repeated int, answer, delivery latency) {
	for _, e := range s.Endpoints {
		lost, repeated, answer = lost+e.Lost, repeated+e.Duplicates, e.Answer
		delivery.P50, delivery.P99 = max(delivery.P50, e.Delivery.P50), max(delivery.P99, e.Delivery.P99)
	}
	return lost, repeated, answer, delivery
}

// storm has smscsim play both ends against the gateway.
func (b *bench) storm(g *gateway, r run, more ...string) (result stormResult) {
	args := []string{
		"storm", "--json", "--listen", g.setup.smsc, "--sink", g.setup.sink,
		"--binds", strconv.Itoa(r.binds), "--window", strconv.Itoa(r.window), "--rate", strconv.Itoa(r.rate),
	}
	cmd := exec.CommandContext(b.ctx, filepath.Join(b.bin, "smscsim"), append(args, more...)...) //nolint:gosec // our own program
	out, err := cmd.Output()
	if err != nil {
		log.Printf("%s: storm: %v", r.name, err)
	}
	check(json.Unmarshal(out, &result))
	return result
}
