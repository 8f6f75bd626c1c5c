//go:build faultpoints

package faults_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/simulator"
)

// crash is how one point is reached under load, and what must be under way then.
type crash struct {
	nth     int // the process dies at this coming to the point
	journal string
	states  []string
	// refuse has the webhook refuse one receipt three times, so that it is
	// parked.
	refuse bool
	// rebuild takes the search files away before the life that dies.
	rebuild bool
	// fresh: the point is in the first start, before any receipt.
	fresh bool
	// ending: the point is in an orderly end.
	ending bool
}

var (
	full = []string{unanswered, waiting}
	busy = []string{unanswered, waiting, delivered}
)

var crashes = map[faultpoint.Point]crash{
	faultpoint.BeforeCommit:    {nth: 20, states: busy},
	faultpoint.AfterCommit:     {nth: 20, states: busy},
	faultpoint.BeforeAnswer:    {nth: 20, states: busy},
	faultpoint.BetweenAnswers:  {nth: 700, states: busy},
	faultpoint.HandedOver:      {nth: 4, states: busy},
	faultpoint.BeforePost:      {nth: 300, states: busy},
	faultpoint.AfterPost:       {nth: 300, states: busy},
	faultpoint.BeforePark:      {nth: 1, refuse: true, states: busy},
	faultpoint.AfterPark:       {nth: 1, refuse: true, states: busy},
	faultpoint.AmidCursors:     {nth: 3, states: busy},
	faultpoint.AfterCursors:    {nth: 3, states: busy},
	faultpoint.BeforeMigration: {nth: 1, fresh: true, states: []string{atSMSC}},
	faultpoint.AfterMigration:  {nth: 1, fresh: true, states: []string{atSMSC}},
	faultpoint.AmidProjection:  {nth: 1, ending: true, states: []string{waiting, delivered}},
	faultpoint.AfterProjection: {nth: 2, rebuild: true, states: full},
	faultpoint.AmidPruning:     {nth: 3, journal: "retention: 100ms", states: busy},
	faultpoint.AfterPruning:    {nth: 3, journal: "retention: 100ms", states: busy},
}

// TestPoints has the gateway die at every point that the code names.
func TestPoints(t *testing.T) {
	for _, p := range faultpoint.All() {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			c, known := crashes[p]
			if !known {
				t.Fatal("no scenario reaches the point")
			}
			c.run(t, p)
		})
	}
}

func (c crash) run(t *testing.T, p faultpoint.Point) {
	const some = 3000
	// Slower than the slowest disk's commits, so that some always wait for it.
	s := setup{Journal: c.journal, Sink: simulator.SinkOptions{Behaviour: simulator.Behaviour{Delay: 20 * time.Millisecond}}}
	if c.refuse {
		s.Hook = refusing(loneRecipient())
	}
	w := newWorld(t, patience, s)
	over := make(chan struct{})
	w.flood(over)
	if c.rebuild {
		w.run()
		w.must(w.smsc.WaitOK(w.ctx, some))
		w.eventually("a search file", func() bool { return len(w.searchFiles()) > 0 })
		w.stop()
		w.crashed()
		w.withoutSearchFiles()
	}
	if c.fresh {
		w.eventually("receipts at the SMSC", func() bool { return w.smsc.Ledger().Counts().Receipts > 0 })
	}
	point := fmt.Sprintf("%s=%s:%d", faultpoint.Variable, p, c.nth)
	if c.ending {
		w.run(point)
		w.must(w.smsc.WaitOK(w.ctx, some))
		w.eventually("an indexed receipt", w.indexed)
		w.must(w.cmd.Process.Signal(syscall.SIGTERM))
	} else {
		w.launch(point)
	}
	select {
	case <-w.exited:
	case <-w.ctx.Done():
		t.Fatalf("the point was never reached\n%s", w.log)
	}
	if !w.killed() || !strings.Contains(w.log.String(), "faultpoint "+string(p)) {
		t.Fatalf("dlrgate ended without the point: %s\n%s", w.cmd.ProcessState, w.log)
	}
	w.struck(string(p), c.states...)
	close(over)
	w.crashed()
	w.run()
	if c.rebuild || c.ending {
		w.searchable(10)
	}
	w.verdict()
}

// loneRecipient is a recipient of one receipt: when that is parked, nothing of
// its message can overtake it.
func loneRecipient() string {
	src := source(100)
	for r, next := src.Next(), src.Next(); ; r, next = next, src.Next() {
		if r.Stat != "ENROUTE" && next.Stat != "ENROUTE" && r.Recipient != next.Recipient {
			return r.Recipient
		}
	}
}

// refusing answers 422 to the receipts of one recipient, until the third time.
func refusing(recipient string) func(http.ResponseWriter, *http.Request) bool {
	refusals := make(chan struct{}, 3)
	return func(rw http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return true
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if !strings.Contains(string(body), recipient) {
			return false
		}
		select {
		case refusals <- struct{}{}:
			rw.WriteHeader(http.StatusUnprocessableEntity)
			return true
		default:
			return false
		}
	}
}

// withoutSearchFiles takes the search projection away.
func (w *world) withoutSearchFiles() {
	w.t.Helper()
	for _, name := range w.searchFiles() {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			w.t.Fatal(err)
		}
	}
}

func (w *world) searchFiles() []string {
	w.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.data(), "search-*"))
	w.must(err)
	return names
}

// searchable waits until the projection is whole, and finds some of the
// receipts that were answered.
func (w *world) searchable(some int) {
	w.t.Helper()
	w.must(w.smsc.WaitSettled(w.ctx))
	w.eventually("nothing left to index", func() bool { return w.metric("dlrgate_search_lag_receipts", "") == 0 })
	entries := w.smsc.Ledger().Entries()
	for i := 0; i < len(entries); i += len(entries) / some {
		id := entries[i].TextID
		if found := w.get("/api/v1/receipts?message_id=" + id); !strings.Contains(found, "rcpt_") {
			w.t.Errorf("the search does not find message %s: %s", id, found)
		}
	}
}

// indexed tells whether the projection holds a receipt. A search cannot tell: it
// reads what is not indexed yet in the log.
func (w *world) indexed() bool {
	w.t.Helper()
	var stats struct {
		Journal struct {
			Receipts int `json:"receipts"`
			Lag      int `json:"search_lag_receipts"`
		} `json:"journal"`
	}
	w.must(json.Unmarshal([]byte(w.get("/api/v1/stats")), &stats))
	return stats.Journal.Lag < stats.Journal.Receipts
}
