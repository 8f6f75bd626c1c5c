//go:build faultpoints

package faults_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestKills kills the gateway again and again under load, each time somewhere
// in its own share of the answers, by a seed.
func TestKills(t *testing.T) {
	t.Parallel()
	kills := pick(5, 20)
	const share = 2500 // answers between two kills
	w := newWorld(t, 10*time.Minute, setup{
		Binds: 4,
		SMSC:  simulator.Options{Window: 100, Resend: simulator.Resend{After: 100 * time.Millisecond}},
		Sink:  simulator.SinkOptions{Behaviour: simulator.Behaviour{Delay: 20 * time.Millisecond}},
	})
	rng := rand.New(rand.NewPCG(4, 5))
	w.run()
	over := make(chan struct{})
	w.flood(over)
	for k := range kills {
		w.must(w.smsc.WaitOK(w.ctx, share*(k+1)-rng.IntN(share/2)))
		w.kill()
		w.struck("kill", unanswered, waiting, delivered)
		w.crashed()
		w.run()
	}
	close(over)
	w.verdict()
}
