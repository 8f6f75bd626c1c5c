package event_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// TestRulesRead takes what comes over the wire through the whole chain: a
// receipt is decided, a message and a broken frame are not, and each of them can
// be explained.
func TestRulesRead(t *testing.T) {
	t.Parallel()
	table, faults := mapping.Compile(mapping.Options{Profile: "smpp"})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	rules := &event.Rules{Dialect: &receipt.Dialect{}, Table: table}
	for name, tt := range map[string]struct {
		facts event.Facts
		want  event.Kind
		data  map[string]any
	}{
		"receipt": {
			event.Facts{ESMClass: 4, Body: []byte("id:1 stat:DELIVRD err:000")},
			event.KindReceipt,
			map[string]any{"is_receipt": true, "problems": []any{}, "status": "received"},
		},
		"message": {
			event.Facts{Body: []byte("STOP")},
			event.KindNonReceipt,
			map[string]any{"is_receipt": false, "problems": []any{}, "status": nil},
		},
		"broken": {
			event.Facts{ESMClass: 4, Body: []byte("id:1 stat:DELIVRD"), Malformed: "source_addr has no end"},
			event.KindMalformed,
			map[string]any{"is_receipt": false, "problems": []any{"source_addr has no end"}, "status": nil},
		},
	} {
		read := rules.Read(&tt.facts)
		if s := read.Event().Summary(); read.Kind() != tt.want || s.Kind != tt.want || s.Status != read.Decision.Status {
			t.Errorf("%s: read as %v, summary %+v", name, read.Kind(), s)
		}
		var got map[string]any
		if err := json.Unmarshal(read.Explain(), &got); err != nil {
			t.Fatal(err)
		}
		status, _ := got["status"].(map[string]any)
		got = map[string]any{"is_receipt": got["is_receipt"], "problems": got["problems"], "status": status["name"]}
		if diff := cmp.Diff(tt.data, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
