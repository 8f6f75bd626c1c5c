package forward

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/mapping"
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
		ids := []string{"a1", "unknown", "a2"}
		if _, err := w.e.Replay(w.Context(), Replay{IDs: ids}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Second)
		if _, err := w.e.Replay(w.Context(), Replay{IDs: ids[:1]}); err != nil {
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
			"a2_r1": `{"type":"sms.receipt","timestamp":"2026-11-23T10:15:30.120Z","data":{"id":"a2","replay":1}}`,
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

// TestReplayWithRulesSendsWhatTheyChange has rules that change every third
// receipt of 3,000: those alone are sent, as they are then, also through a
// restart, and rules that cannot be read end the replay.
func TestReplayWithRulesSendsWhatTheyChange(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		const stored = 3000
		var looked int
		w.o.Translate = func(_ context.Context, r Replay, found []*journal.Entry) ([]*journal.Entry, error) {
			if r.Rules != "thirds" {
				return nil, fmt.Errorf("%w: %q", ErrRules, r.Rules)
			}
			if looked += len(found); len(found) > chunkSize {
				w.Errorf("%d receipts to be translated at once", len(found))
			}
			var changed []*journal.Entry
			for _, e := range found {
				if e.Position.Seq()%3 == 0 {
					c := *e
					c.Event = fmt.Appendf(nil, `{"type":"sms.receipt","data":{"id":%q,"new":true}}`, e.ID)
					changed = append(changed, &c)
				}
			}
			return changed, nil
		}
		w.begin()
		store(w, w.log, "acme", receipts("a", stored)...)
		w.pass(time.Minute)
		before := len(w.hook.got())
		if _, err := w.e.Replay(w.Context(), Replay{Rules: "thirds", Rate: 50}); err != nil {
			w.Fatal(err)
		}
		w.pass(10 * time.Second)
		w.end()
		w.begin()
		w.pass(time.Minute)
		sent := map[string]bool{}
		for _, h := range w.hook.got()[before:] {
			sent[h.id] = true
			if !strings.Contains(h.body, `"new":true,"replay":1`) {
				w.Fatalf("%s was sent as %s", h.id, h.body)
			}
		}
		if len(sent) != stored/3 || !sent["a2_r1"] || sent["a3_r1"] {
			w.Errorf("%d were sent, want %d", len(sent), stored/3)
		}
		if looked > stored+chunkSize {
			w.Errorf("%d receipts were translated, of %d", looked, stored)
		}
		if _, err := w.e.Replay(w.Context(), Replay{Rules: "nonsense"}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Second)
		if list, err := w.e.Replays(w.Context()); err != nil || len(list) != 0 {
			w.Errorf("a replay whose rules cannot be read: %+v, %v", list, err)
		}
	})
}

// TestReplayWithRulesAsksTheFilterTwice: what the filter wanted, or wants now,
// is sent.
func TestReplayWithRulesAsksTheFilterTwice(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.o.Filter.Statuses = []string{mapping.Received.String()}
		w.o.Translate = func(_ context.Context, _ Replay, found []*journal.Entry) ([]*journal.Entry, error) {
			become := map[string]mapping.Status{
				"was": mapping.RoutingError, "is": mapping.Received, "neither": mapping.InternalError,
			}
			var changed []*journal.Entry
			for _, e := range found {
				c := *e
				s := event.Summary{ID: e.ID, Status: become[e.ID]}
				c.Meta = s.AppendBinary(nil)
				changed = append(changed, &c)
			}
			return changed, nil
		}
		w.begin()
		store(w, w.log, "acme",
			receipt{id: "was", message: "1", summary: event.Summary{Status: mapping.Received}},
			receipt{id: "is", message: "2", summary: event.Summary{Status: mapping.RoutingError}},
			receipt{id: "neither", message: "3", summary: event.Summary{Status: mapping.RoutingError}})
		w.pass(time.Second)
		if _, err := w.e.Replay(w.Context(), Replay{Rules: "x"}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Second)
		if got := slices.Sorted(slices.Values(w.hook.ids())); !slices.Equal(got, []string{"is_r1", "was", "was_r1"}) {
			w.Errorf("sent %q", got)
		}
	})
}
