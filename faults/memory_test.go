//go:build faultpoints

package faults_test

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestMemory takes receipts in while the webhook is down: what waits, waits in
// the log and not in memory.
func TestMemory(t *testing.T) {
	const most = 190 // MiB resident: 200 MB
	receipts := pick(200_000, 2_000_000)
	w := newWorld(t, 25*time.Minute, setup{
		Binds: 4, SMSC: simulator.Options{Window: 100}, Endpoint: "batch: {max_events: 100}",
	})
	w.smsc.Ledger().DropText = true
	w.door.close()
	w.run()
	w.play(receipts)
	w.must(w.smsc.WaitOK(w.ctx, receipts))
	w.struck("the endpoint that is down", waiting)
	t.Logf("%d receipts wait, %d MiB resident, %d MiB at most", receipts, w.memory(t, "VmRSS"), w.memory(t, "VmHWM"))
	if peak := w.memory(t, "VmHWM"); peak > most {
		t.Errorf("%d MiB were resident, at most %d may be", peak, most)
	}
	w.must(w.door.open())
	w.must(w.app.WaitFor(w.ctx, receipts))
	t.Logf("delivered, %d MiB at most", w.memory(t, "VmHWM"))
	w.verdict()
}
