package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestAPITakesWhatTheCommandsTake: bodies have the names and the forms that the
// command line has.
func TestAPITakesWhatTheCommandsTake(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	s := newAPIStage(ctx, t, values{})
	must(t, s.smsc.WaitBound(ctx, 1), s.stage)
	s.deliver("33612345678", "id:1 stat:DELIVRD err:000")
	must(t, s.sink.At("/app").WaitFor(ctx, 1), s.stage)

	for _, tlvs := range []any{
		map[string]any{"receipted_message_id": "abc", "message_state": 2, "0x1403": "3230"},
		[]any{
			map[string]any{"tag": "0x001e", "hex": "61626300"},
			map[string]any{"tag": "0x0427", "hex": "02"},
			map[string]any{"tag": "0x1403", "hex": "3230"},
		},
	} {
		got := s.post("/explain", map[string]any{"text": "id:1 stat:DELIVRD", "pdu": "data_sm", "carrier": "message_payload", "tlvs": tlvs, "received_at": "1h"}, http.StatusOK)
		read := got["receipt"].(map[string]any)
		if got["message_id"] != "abc" || read["message_state"] != 2.0 || len(read["tlvs"].([]any)) != 1 || got["pdu"].(map[string]any)["command"] != "data_sm" {
			t.Errorf("%v became %v", tlvs, got)
		}
	}
	for _, wrong := range []map[string]any{
		{"tlvs": map[string]any{"banana": "01"}},
		{"tlvs": []any{map[string]any{"tag": "0x1403", "hex": "z"}}},
		{"received_at": "yesterday"},
	} {
		s.post("/explain", wrong, http.StatusBadRequest)
	}

	if n := s.post("/replays", map[string]any{"endpoint": "app", "since": "1h", "until": "0s", "dry_run": true}, http.StatusOK); n["chosen"] != 1.0 {
		t.Errorf("since an hour ago: %v", n)
	}
	if n := s.post("/replays", map[string]any{"endpoint": "app", "since": "2h", "until": "1h", "dry_run": true}, http.StatusOK); n["chosen"] != nil {
		t.Errorf("until an hour ago: %v", n)
	}
	s.post("/replays", map[string]any{"endpoint": "app", "since": "soon"}, http.StatusBadRequest)
	if p := s.post("/replays", map[string]any{"endpoint": "app", "rate": "fast"}, http.StatusBadRequest); !strings.HasPrefix(p["detail"].(string), "rate: ") {
		t.Errorf("a rate that is none: %v", p)
	}

	if plan := s.post("/reload", map[string]any{"dry_run": true}, http.StatusOK); plan["dry_run"] != true {
		t.Errorf("a dry run that is asked for in the body: %v", plan)
	}
	if plan := s.ask(call{method: http.MethodPost, path: "/reload", query: query("dry_run", "1")}, http.StatusOK); plan["dry_run"] != true {
		t.Errorf("a dry run that is asked for in the query: %v", plan)
	}
	s.post("/reload", map[string]any{"dryrun": true}, http.StatusBadRequest)
}
