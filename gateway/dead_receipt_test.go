package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestDeadOfOneReceipt retries a dead letter that is named by its receipt's id,
// and drops another that is named by its own in text.
func TestDeadOfOneReceipt(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	var mended atomic.Bool
	ids := make(chan string, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case !bytes.Contains(body, []byte("33600000001")):
		case mended.Load():
			ids <- r.Header.Get("Webhook-Id")
		default:
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	}))
	t.Cleanup(func() { hook.CloseClientConnections(); hook.Close() })
	s := newAPIStage(ctx, t, values{More: fmt.Sprintf(`  - {name: crm, url: %q, retry: {initial: 20ms, max: 100ms, give_up_after: 1s}}`, hook.URL)})
	must(t, s.smsc.WaitBound(ctx, 1), s.stage)
	dead := func(n int) (found []map[string]any) {
		s.until("dead letters", func() bool {
			found = itemsOf(s.get("/dead"))
			return len(found) == n
		})
		return found
	}

	s.deliver("33600000001", "id:1 stat:DELIVRD err:000")
	s.deliver("33600000002", "id:2 stat:DELIVRD err:000")
	s.deliver("33600000001", "id:3 stat:DELIVRD err:000")
	s.deliver("33600000002", "id:4 stat:DELIVRD err:000")
	found := dead(2)
	first, second := found[0]["receipt_id"], found[1]
	s.post("/dead/retry", map[string]any{"ids": []any{"rcpt_nobody"}}, http.StatusNotFound)
	s.post("/dead/retry", map[string]any{"ids": []any{"nobody"}}, http.StatusBadRequest)
	mended.Store(true)
	if n := s.post("/dead/retry", map[string]any{"ids": []any{first}}, http.StatusOK); n["letters"] != 1.0 {
		t.Errorf("retried %v", n)
	}
	if got := <-ids; got != first {
		t.Errorf("webhook-id %q, want %q", got, first)
	}
	dead(1)
	both := []any{fmt.Sprint(second["id"]), second["receipt_id"]}
	if n := s.post("/dead/drop", map[string]any{"ids": both}, http.StatusOK); n["letters"] != 1.0 {
		t.Errorf("dropped %v", n)
	}
	dead(0)
}

// TestRevealOfOneReceipt asks for a receipt's numbers, and not to have them.
func TestRevealOfOneReceipt(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	s := newAPIStage(ctx, t, values{})
	must(t, s.smsc.WaitBound(ctx, 1), s.stage)
	s.deliver("33612345678", "id:1 stat:DELIVRD err:000")
	must(t, s.sink.At("/app").WaitFor(ctx, 1), s.stage)
	id := s.sink.At("/app").Arrivals()[0].ID
	for _, c := range []struct {
		token, reveal string
		status        int
		masked        any
	}{
		{adminToken, "", http.StatusOK, false},
		{adminToken, "1", http.StatusOK, false},
		{adminToken, "0", http.StatusOK, true},
		{viewerToken, "", http.StatusOK, true},
		{viewerToken, "0", http.StatusOK, true},
		{viewerToken, "1", http.StatusForbidden, nil},
	} {
		q := query()
		if c.reveal != "" {
			q = query("reveal", c.reveal)
		}
		got := s.ask(call{method: http.MethodGet, path: "/receipts/{id}", at: map[string]string{"id": id}, query: q, token: c.token}, c.status)
		if got["masked"] != c.masked {
			t.Errorf("%.6s, reveal %q: masked %v", c.token, c.reveal, got["masked"])
		}
	}
}
