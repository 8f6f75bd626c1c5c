package event_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/event/eventtest"
)

// TestDocumentedEvents holds the examples of docs/webhook.md against the schema;
// those with an ellipsis show a part.
func TestDocumentedEvents(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, block := range strings.Split(string(doc), "```json\n")[1:] {
		example, _, _ := strings.Cut(block, "```")
		if strings.Contains(example, "…") {
			continue
		}
		checked++
		eventtest.Validate(t, []byte(example))
		if !strings.Contains(example, `"sms.receipt"`) {
			continue
		}
		f, r, d := acme()
		sent := event.New(f, r, d, event.Options{}).AppendJSON(nil, 4211, event.Verdict{Standing: true})
		var shown bytes.Buffer
		if err := json.Compact(&shown, []byte(example)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(sent), shown.String()); diff != "" {
			t.Errorf("docs/webhook.md (-sent +shown):\n%s", diff)
		}
	}
	if checked != 2 {
		t.Errorf("%d examples are whole, not 2", checked)
	}
}
