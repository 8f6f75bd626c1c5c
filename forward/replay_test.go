package forward

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"
)

func TestReplayComesAfterLiveEventsAndSurvivesARestart(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.begin()
		store(w, w.log, "acme", receipts("early", 20)...)
		w.pass(10 * time.Minute)
		from := time.Now()
		store(w, w.log, "acme", receipts("a", 400)...)
		w.pass(time.Minute)
		before := len(w.hook.got())
		id, err := w.e.Replay(w.Context(), Replay{Since: from, Rate: 10})
		if err != nil {
			w.Fatal(err)
		}
		w.pass(10 * time.Second)
		store(w, w.log, "acme", receipts("live", 50)...)
		w.pass(50 * time.Millisecond)
		if hits := w.hook.got(); countPrefix(hits, "live") != 50 {
			w.Error("live events wait for the replay")
		}
		if list, err := w.e.Replays(w.Context()); err != nil || len(list) != 1 || list[0].ID != id || list[0].Sent < 90 || list[0].Sent > 110 {
			w.Errorf("replays: %+v, %v", list, err)
		}
		w.end()
		w.begin()
		w.pass(time.Minute)
		hits := w.hook.got()[before:]
		sent := map[string]int{}
		for _, h := range hits {
			sent[h.id]++
		}
		repeated := 0
		for _, r := range receipts("a", 400) {
			n := sent[r.id+"_r1"]
			if n == 0 {
				w.Fatalf("%s was not replayed", r.id)
			}
			repeated += n - 1
		}
		if repeated > chunkSize || countPrefix(hits, "early") != 0 {
			w.Errorf("%d repeated, %d from before since", repeated, countPrefix(hits, "early"))
		}
		if i := slices.IndexFunc(hits, func(h hit) bool { return h.id == "a7_r1" }); hits[i].body != `{"type":"sms.receipt","timestamp":"2026-11-23T10:15:30.120Z","data":{"id":"a7","replay":1}}` {
			w.Errorf("body %s", hits[i].body)
		}
		if list, err := w.e.Replays(w.Context()); err != nil || len(list) != 0 {
			w.Errorf("after its end: %+v, %v", list, err)
		}
	})
}

func countPrefix(hits []hit, prefix string) int {
	n := 0
	for _, h := range hits {
		if len(h.id) > len(prefix) && h.id[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}

func TestReplayOfNamedReceiptsAndItsCancelling(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.begin()
		store(w, w.log, "acme", receipts("a", 3)...)
		w.pass(time.Second)
		items := []Item{{ID: "a1"}, {ID: "unknown"}, {ID: "a2", Event: []byte(`{"type":"sms.receipt","data":{"id":"a2","new":true}}`)}}
		if _, err := w.e.Replay(w.Context(), Replay{Items: items}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Second)
		if _, err := w.e.Replay(w.Context(), Replay{Items: items[:1]}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Second)
		got := map[string]string{}
		for _, h := range w.hook.got()[3:] {
			got[h.id] = h.body
		}
		want := map[string]string{
			"a1_r1": `{"type":"sms.receipt","timestamp":"2026-11-23T10:15:30.120Z","data":{"id":"a1","replay":1}}`,
			"a1_r2": `{"type":"sms.receipt","timestamp":"2026-11-23T10:15:30.120Z","data":{"id":"a1","replay":2}}`,
			"a2_r1": `{"type":"sms.receipt","data":{"id":"a2","new":true,"replay":1}}`,
		}
		if !maps.Equal(got, want) {
			w.Errorf("replayed %v, want %v", got, want)
		}
		id, err := w.e.Replay(w.Context(), Replay{Rate: 0.001})
		if err != nil {
			w.Fatal(err)
		}
		w.pass(time.Minute)
		if err := w.e.CancelReplay(w.Context(), id); err != nil {
			w.Error(err)
		}
		if err := w.e.CancelReplay(w.Context(), id); !errors.Is(err, ErrNoReplay) {
			w.Errorf("cancelled twice: %v", err)
		}
	})
}
