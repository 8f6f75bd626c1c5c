package forward

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestReplayKeepsTheOrderOfAMessage: as the live events do.
func TestReplayKeepsTheOrderOfAMessage(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	store(t, log, "acme", receipt{id: "m1", message: "m"}, receipt{id: "m2", message: "m"}, receipt{id: "x", message: "x"})
	other := make(chan struct{})
	hook := newReceiver(t, func(_ int, h hit, _ http.ResponseWriter) {
		switch h.id {
		case "x_r1":
			close(other)
		case "m1_r1":
			select {
			case <-other: // so there were workers for it
			case <-time.After(patience):
			}
		}
	})
	o := options(hook.URL)
	o.StartOldest = false
	e, _ := running(t, o, log, nil)
	if _, err := e.Replay(t.Context(), Replay{}); err != nil {
		t.Fatal(err)
	}
	hook.untilN(t, 3)
	noReplays(t, e)
	if ids := strings.Join(hook.ids(), " "); ids != "m1_r1 x_r1 m2_r1" && ids != "x_r1 m1_r1 m2_r1" {
		t.Errorf("POSTs %s", ids)
	}
}

// TestReplayFindsTheEventThatABatchFailsOf: the others of its batch are taken,
// and the replay ends.
func TestReplayFindsTheEventThatABatchFailsOf(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("a", 8)...)
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if strings.Contains(h.body, `"a5"`) {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	o := options(hook.URL)
	o.StartOldest, o.BatchEvents = false, 4
	e, _ := running(t, o, log, nil)
	if _, err := e.Replay(t.Context(), Replay{}); err != nil {
		t.Fatal(err)
	}
	noReplays(t, e)
	taken := map[string]bool{}
	for _, h := range hook.got() {
		if strings.Contains(h.body, `"a5"`) {
			continue
		}
		for _, r := range receipts("a", 8) {
			taken[r.id] = taken[r.id] || strings.Contains(h.body, `"`+r.id+`"`)
		}
	}
	for _, r := range receipts("a", 8) {
		if taken[r.id] == (r.id == "a5") {
			t.Errorf("%s: taken %v", r.id, taken[r.id])
		}
	}
}

// TestReplayThatWaitsForAnOperatorHoldsNoOther: its stream left while it waited.
func TestReplayThatWaitsForAnOperatorHoldsNoOther(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme", "beta")
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.Paused = true
	e, _ := running(t, o, log, nil)
	store(t, log, "beta", receipts("b", 2)...)
	store(t, log, "acme", receipts("a", 1)...)
	waiting, err := e.Replay(t.Context(), Replay{})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.SetOperators(t.Context(), []string{"acme"}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Replay(t.Context(), Replay{IDs: []string{"a0"}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one is left", func() bool {
		list, err := e.Replays(t.Context())
		return err == nil && len(list) == 1 && list[0].ID == waiting
	})
	if err := log.SetOperators(t.Context(), []string{"acme", "beta"}); err != nil {
		t.Fatal(err)
	}
	noReplays(t, e)
	hook.until(t, func(hits []hit) bool {
		sent := map[string]bool{}
		for _, h := range hits {
			sent[h.id] = true
		}
		return sent["b0_r1"] && sent["b1_r1"] && sent["a0_r1"] && sent["a0_r2"]
	})
}

// TestStopRepeatsNothingOfAReplay: what was taken is known after the next start.
func TestStopRepeatsNothingOfAReplay(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("a", 20)...)
	fifth, release := make(chan struct{}), make(chan struct{})
	hook := newReceiver(t, func(n int, _ hit, _ http.ResponseWriter) {
		if n == 5 {
			close(fifth)
		}
		if n >= 5 {
			select {
			case <-release:
			case <-time.After(patience):
			}
		}
	})
	o := options(hook.URL)
	o.StartOldest = false
	e, stop := running(t, o, log, nil)
	if _, err := e.Replay(t.Context(), Replay{}); err != nil {
		t.Fatal(err)
	}
	<-fifth
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	<-e.stop
	close(release)
	<-stopped
	e, _ = running(t, o, log, nil)
	noReplays(t, e)
	if n := len(hook.got()); n != 20 {
		t.Errorf("%d POSTs of 20 receipts", n)
	}
}
