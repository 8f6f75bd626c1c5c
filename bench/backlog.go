package main

import (
	"context"
	"fmt"

	"github.com/dlrgate/dlrgate/simulator"
)

// backlog measures how long operator B's few receipts take while operator A's
// many wait for the same endpoint, which was down.
func (b *bench) backlog(n int) {
	const rate = 10
	s := setup{binds: 4, window: 100, endpoints: 1, batch: 1, second: free()}
	g := b.start(s)
	defer g.remove()
	a, err := simulator.Start(simulator.Options{Listen: g.setup.smsc, Window: 100})
	check(err)
	a.Ledger().DropText = true
	check(a.Play(b.ctx, simulator.NewSource(simulator.SourceOptions{Messages: uint64(n), Seed: 2, Prefix: "447"}), 0))
	check(a.WaitSettled(b.ctx))
	waiting := a.Ledger().Counts().OK
	_, peak := g.usage()
	a.Close()

	second, err := simulator.Start(simulator.Options{Listen: g.setup.second})
	check(err)
	defer second.Close()
	check(second.WaitBound(b.ctx, 1))
	sink, err := simulator.StartSink(simulator.SinkOptions{Listen: g.setup.sink})
	check(err)
	defer sink.Close()
	endpoint := sink.At("/e1")
	check(endpoint.WaitFor(b.ctx, 1))
	playing, cancel := context.WithTimeout(b.ctx, b.time)
	defer cancel()
	_ = second.Play(playing, simulator.NewSource(simulator.SourceOptions{Seed: 3}), rate) // until the time is over
	check(second.WaitSettled(b.ctx))
	taken := endpoint.Counts().Distinct
	check(endpoint.WaitFor(b.ctx, waiting+second.Ledger().Counts().OK))
	v := simulator.Judge(second.Ledger(), endpoint)
	fmt.Printf("\nbacklog of %d receipts of operator A (peak %.0f MB), operator B at %d/s for %s: receipt→webhook p50 %.1f ms, p99 %.1f ms, %d of %d delivered; %d of A's and B's were taken meanwhile\n",
		waiting, peak, rate, b.time, ms(v.Delivery.P50), ms(v.Delivery.P99), v.Delivered, v.Answered, taken)
}
