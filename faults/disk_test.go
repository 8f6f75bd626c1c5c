//go:build faultpoints

package faults_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestDiskFull lets no file of the running gateway grow any more: receipts are
// refused for now, the binds unbind after refuse_for, and without a restart
// all of it heals when there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, patience, setup{Operator: "refuse_for: 500ms", Sink: slowly})
	w.run()
	over := make(chan struct{})
	w.flood(over)
	w.must(w.smsc.WaitOK(w.ctx, 1000))
	w.must(w.app.WaitFor(w.ctx, 100))
	w.limitFiles(w.largestFile())
	w.struck("the full disk", unanswered, waiting, delivered)
	w.must(w.smsc.WaitUnbound(w.ctx))
	if w.smsc.Ledger().Statuses()[simulator.StatusQueueFull] == 0 {
		t.Error("no receipt was refused with ESME_RMSGQFUL before the unbind")
	}
	w.limitFiles(unix.RLIM_INFINITY)
	w.must(w.smsc.WaitBound(w.ctx, w.setup.Binds))
	close(over)
	w.repeats += 4096 // cursors could not be saved either
	w.verdict()
}

// limitFiles bounds the size of every file that the gateway writes.
func (w *world) limitFiles(octets uint64) {
	w.t.Helper()
	w.must(unix.Prlimit(w.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: octets, Max: unix.RLIM_INFINITY}, nil))
}

func (w *world) largestFile() (octets uint64) {
	w.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.data(), "*"))
	w.must(err)
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			octets = max(octets, uint64(info.Size()))
		}
	}
	return octets
}

// TestSpaceShort gives the journal less room than its receipts need: delivered
// history goes first; when the webhook is down and only what it still needs is
// left, receipts are refused, and none of them goes. A webhook that is slower than
// the operator comes to the same.
func TestSpaceShort(t *testing.T) {
	t.Parallel()
	const some, room = 4000, 8000 // 6 MiB hold less than the latter
	w := newWorld(t, patience, setup{Journal: "max_size: 6MiB", Operator: "refuse_for: 60s", Sink: slowly, SMSC: simulator.Options{
		Resend: simulator.Resend{After: 200 * time.Millisecond},
	}})
	w.run()
	over := make(chan struct{})
	w.flood(over)
	w.must(w.app.WaitFor(w.ctx, some))
	w.refuses(1)
	w.struck("the full journal", unanswered, waiting, delivered)
	w.app.Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusBadGateway})
	w.struck("the webhook's fault", unanswered, waiting, delivered)
	w.refuses(w.smsc.Ledger().Statuses()[simulator.StatusQueueFull] + 100)
	w.struck("the journal that stays full", unanswered, waiting, delivered)
	close(over)
	w.app.Behave(simulator.Behaviour{})
	w.must(<-w.played)
	w.played <- nil
	w.must(w.smsc.WaitSettled(w.ctx))
	w.must(w.app.WaitFor(w.ctx, w.smsc.Ledger().Counts().Receipts))
	w.eventually("delivered history down to the bound", func() bool { return w.rows("log") < room })
	w.repeats += 64
	w.verdict()
	if w.rows("log") == 0 {
		t.Error("nothing is kept, though there is room")
	}
}

// refuses waits until so many receipts were answered with ESME_RMSGQFUL.
func (w *world) refuses(n int) {
	w.t.Helper()
	w.must(w.smsc.WaitFor(w.ctx, func(simulator.Counts) bool {
		return w.smsc.Ledger().Statuses()[simulator.StatusQueueFull] >= n
	}))
}

// TestPruning removes delivered receipts while more come in, and none that is
// still needed.
func TestPruning(t *testing.T) {
	t.Parallel()
	const receipts = 12_000
	w := newWorld(t, patience, setup{
		Journal: "retention: 200ms",
		Sink:    simulator.SinkOptions{Behaviour: simulator.Behaviour{Delay: 3 * time.Millisecond}},
	})
	w.run()
	w.play(receipts)
	w.must(w.app.WaitFor(w.ctx, receipts/3))
	w.app.Behave(simulator.Behaviour{FailRate: 1})
	w.struck("the webhook's fault", waiting, delivered)
	w.must(w.smsc.WaitOK(w.ctx, receipts))
	w.eventually("delivered receipts pruned", func() bool { return w.rows("log") < receipts })
	w.eventually("the others past their retention", func() bool { return w.metric("dlrgate_endpoint_oldest_seconds", "") > 2 })
	w.app.Behave(simulator.Behaviour{})
	w.repeats += 64
	w.verdict()
}
