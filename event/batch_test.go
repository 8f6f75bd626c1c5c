package event_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/event/eventtest"
)

func rendered(t *testing.T, sequence uint64) []byte {
	t.Helper()
	f, r, d := acme()
	// What looks like the frame of an event inside of it must not mislead.
	r.Text = field(`{"data":{"id":1}}},"replay":9}}`)
	return event.New(f, r, d, event.Options{}).AppendJSON(nil, sequence, event.Verdict{})
}

func TestWithReplay(t *testing.T) {
	t.Parallel()
	live := rendered(t, 7)
	before := bytes.Clone(live)
	got := decode(t, event.WithReplay(live, 12))
	want := decode(t, live)
	want["replay"] = 12.0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !bytes.Equal(before, live) {
		t.Error("the stored event was changed")
	}
	if got := event.ReplayID("rcpt_1", 12); got != "rcpt_1_r12" {
		t.Errorf("webhook-id %q", got)
	}
}

func TestRenderBatch(t *testing.T) {
	t.Parallel()
	one, two := rendered(t, 1), event.WithReplay(rendered(t, 2), 1)
	body := event.RenderBatch([]byte("kept"), [][]byte{one, two}, received)
	body, ok := bytes.CutPrefix(body, []byte("kept"))
	if !ok {
		t.Fatal("RenderBatch did not append")
	}
	eventtest.Validate(t, body)
	var got struct {
		Type      string
		Timestamp time.Time
		Data      struct{ Events []map[string]any }
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]map[string]any{decode(t, one), decode(t, two)}, got.Data.Events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Type != "sms.receipt.batch" || !got.Timestamp.Equal(received.Truncate(time.Millisecond)) {
		t.Errorf("type %q, timestamp %v", got.Type, got.Timestamp)
	}
}

func TestBatchID(t *testing.T) {
	t.Parallel()
	id := event.BatchID([]string{"rcpt_1", "rcpt_2"})
	if id != event.BatchID([]string{"rcpt_1", "rcpt_2"}) {
		t.Error("the same batch has another id")
	}
	for _, other := range [][]string{{"rcpt_2", "rcpt_1"}, {"rcpt_1"}, {"rcpt_1r", "cpt_2"}, {}} {
		if event.BatchID(other) == id {
			t.Errorf("%q has the same id", other)
		}
	}
}

func TestTestEvent(t *testing.T) {
	t.Parallel()
	id, body := event.Test(`app "1"`, received)
	if got := decode(t, body); got["id"] != id || got["endpoint"] != `app "1"` {
		t.Errorf("id %q, data %v", id, got)
	}
	if again, _ := event.Test(`app "1"`, received.Add(1)); again == id {
		t.Error("the next test has the same id")
	}
}
