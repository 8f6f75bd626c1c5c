package forward

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// members are the ids of a batch's events.
func members(t testing.TB, h hit) []string {
	t.Helper()
	var body struct {
		Type string `json:"type"`
		Data struct {
			Events []struct {
				ID string `json:"id"`
			} `json:"events"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(h.body), &body); err != nil || body.Type != "sms.receipt.batch" {
		t.Fatalf("not a batch: %s", h.body)
	}
	var ids []string
	for _, e := range body.Data.Events {
		ids = append(ids, e.ID)
	}
	return ids
}

// refusing answers code to a batch that holds one of the ids.
func refusing(code int, ids ...string) func(int, hit, http.ResponseWriter) {
	return func(_ int, h hit, w http.ResponseWriter) {
		for _, id := range ids {
			if strings.Contains(h.body, `"`+id+`"`) {
				w.WriteHeader(code)
				return
			}
		}
	}
}

func TestBatchesAreFullWhileBehindAndSigned(t *testing.T) {
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC"
	inVirtualTime(t, nil, func(w *world) {
		w.o.BatchEvents, w.o.BatchWait, w.o.Secrets = 100, time.Minute, []string{secret}
		start := time.Now()
		w.beginBehind(receipts("a", 1050))
		w.pass(time.Second)
		hits := w.hook.got()
		if len(hits) != 10 {
			w.Fatalf("%d batches while behind, want 10 at once", len(hits))
		}
		w.pass(time.Minute)
		hits = w.hook.got()
		if len(hits) != 11 || hits[10].at.Sub(start) < time.Minute {
			w.Fatalf("%d batches, the last after %v, want after max_wait", len(hits), hits[len(hits)-1].at.Sub(start))
		}
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			w.Fatal(err)
		}
		total := 0
		for _, h := range hits {
			total += len(members(w, h))
			if !strings.HasPrefix(h.id, "batch_") {
				w.Errorf("webhook-id %q", h.id)
			}
		}
		if err := verifier.Verify([]byte(hits[10].body), hits[10].header); err != nil {
			w.Error(err)
		}
		if total != 1050 || w.e.Status().Lag != 0 {
			w.Errorf("%d events in the batches, lag %d", total, w.e.Status().Lag)
		}
	})
}

func TestRefusedEventOfABatchIsFoundAndParked(t *testing.T) {
	for _, code := range []int{400, 409, 413, 415, 422} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			inVirtualTime(t, refusing(code, "a37"), func(w *world) {
				w.o.BatchEvents = 100
				w.begin()
				store(w, w.log, "acme", receipts("a", 100)...)
				w.pass(10 * time.Second)
				store(w, w.log, "acme", receipts("b", 100)...)
				w.pass(10 * time.Second)
				store(w, w.log, "acme", receipts("c", 100)...)
				w.pass(10 * time.Second)
				parked, err := w.log.ListParked(w.Context(), "app", 10)
				if err != nil || len(parked) != 1 || parked[0].ID != "a37" || parked[0].Class != classRefused {
					w.Fatalf("parked: %+v, %v", parked, err)
				}
				attempts, err := w.log.Attempts(w.Context(), "app", parked[0].Position, 10)
				if err != nil || len(attempts) != refusedTries || attempts[0].ID != "a37" || attempts[0].Status != code {
					w.Errorf("its failed attempts: %+v, %v", attempts, err)
				}
				if s := w.e.Status(); s.Lag != 0 || s.BreakerOpen {
					w.Errorf("%+v", s)
				}
				if n := len(w.hook.got()); n > 25 {
					w.Errorf("%d POSTs to find one of a hundred", n)
				}
			})
		})
	}
}

func TestBothHalvesOfTwoLevelsRefusedIsTheEndpoint(t *testing.T) {
	inVirtualTime(t, status(http.StatusBadRequest), func(w *world) {
		w.o.BatchEvents, w.o.Concurrency = 64, 1
		w.o.Retry.Initial = time.Hour
		w.beginBehind(receipts("a", 64))
		w.pass(time.Minute)
		var sizes []int
		for _, h := range w.hook.got() {
			sizes = append(sizes, len(members(w, h)))
		}
		if !slices.Equal(sizes, []int{64, 32, 32, 16, 16}) {
			w.Errorf("batches of %v, want the search to stop after two levels", sizes)
		}
		if counts, err := w.log.Counts(w.Context(), "app"); err != nil || counts.Parked[classRefused] != 0 {
			w.Errorf("%v, %v", counts, err)
		}
		if s := w.e.Status(); s.FailingSince.IsZero() || s.Lag != 64 {
			w.Errorf("%+v", s)
		}
	})
}

func TestTooLargeBatchesAreSplitUntilTheyFit(t *testing.T) {
	inVirtualTime(t, func(_ int, h hit, w http.ResponseWriter) {
		if strings.Count(h.body, `"id"`) > 10 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}, func(w *world) {
		w.o.BatchEvents = 100
		w.beginBehind(receipts("a", 100))
		w.pass(time.Second)
		if s := w.e.Status(); s.Lag != 0 || s.Parked[classRefused] != 0 {
			w.Errorf("%+v", s)
		}
	})
}

func TestRetriedBatchIsTheSame(t *testing.T) {
	inVirtualTime(t, func(n int, _ hit, w http.ResponseWriter) {
		if n <= 3 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}, func(w *world) {
		w.o.BatchEvents, w.o.Concurrency = 10, 1
		w.beginBehind(receipts("a", 10))
		w.pass(500 * time.Millisecond)
		store(w, w.log, "acme", receipts("b", 10)...)
		w.pass(5 * time.Minute)
		contents := map[string]string{}
		events := map[string]string{}
		for _, h := range w.hook.got() {
			if old, ok := contents[h.id]; ok && old != h.body {
				w.Errorf("%s came with another body", h.id)
			}
			contents[h.id] = h.body
			for _, id := range members(w, h) {
				if other, ok := events[id]; ok && other != h.id {
					w.Errorf("%s came in %s and in %s", id, other, h.id)
				}
				events[id] = h.id
			}
		}
		if len(events) != 20 || w.e.Status().Lag != 0 {
			w.Errorf("%d events, %+v", len(events), w.e.Status())
		}
	})
}

func TestMessageOrderHoldsThroughBatchesAndRefusals(t *testing.T) {
	inVirtualTime(t, refusing(http.StatusUnprocessableEntity, "a4", "a21"), func(w *world) {
		w.o.BatchEvents = 10
		w.begin()
		rs := receipts("a", 60)
		place := map[string]int{}
		for i := range rs {
			rs[i].message = string(rune('a' + i%3))
			place[rs[i].id] = i
		}
		store(w, w.log, "acme", rs...)
		for range 20 {
			w.pass(10 * time.Second)
			store(w, w.log, "acme", receipt{id: "other" + time.Now().String(), message: time.Now().String()})
		}
		w.pass(10 * time.Second)
		last := map[int]int{}
		for _, h := range w.hook.got() {
			if strings.Contains(h.body, `"a4"`) || strings.Contains(h.body, `"a21"`) {
				continue // refused
			}
			for _, id := range members(w, h) {
				i, ours := place[id]
				if !ours {
					continue
				}
				if i < last[i%3] {
					w.Errorf("%s was taken after event %d of its message", id, last[i%3])
				}
				last[i%3] = i
			}
		}
		if s := w.e.Status(); s.Parked[classRefused] != 2 || s.Lag != 0 {
			w.Errorf("%+v", s)
		}
	})
}

func TestBatchThatAlwaysFailsIsHalvedUntilItsEventIsFound(t *testing.T) {
	inVirtualTime(t, refusing(http.StatusInternalServerError, "a5"), func(w *world) {
		w.o.BatchEvents = 8
		w.o.Retry.Max = 15 * time.Second // else a try may be minutes away
		w.beginBehind(receipts("a", 8))
		for range 60 {
			w.pass(5 * time.Second)
			store(w, w.log, "acme", receipt{id: "other" + time.Now().String(), message: time.Now().String()})
		}
		w.pass(time.Second)
		parked, err := w.log.ListParked(w.Context(), "app", 10)
		if err != nil || len(parked) != 1 || parked[0].ID != "a5" || parked[0].Class != classUnreachable {
			w.Errorf("parked: %+v, %v", parked, err)
		}
		if s := w.e.Status(); s.Lag != 0 {
			w.Errorf("%+v", s)
		}
	})
}
