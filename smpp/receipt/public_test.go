package receipt

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// publicFile holds receipts that were looked for after the parser was written:
// other projects' tests, issues and operators' pages, with ids and texts changed.
const publicFile = "../../testdata/receipts/public.jsonl"

// TestPublic reads every one of them by the general rules alone.
func TestPublic(t *testing.T) {
	t.Parallel()
	entries := readEntries(t, publicFile)
	if len(entries) < 40 {
		t.Fatalf("%d entries", len(entries))
	}
	for _, e := range entries {
		t.Run(strconv.Itoa(e.N), func(t *testing.T) {
			t.Parallel()
			r := (&Dialect{}).Parse(e.input(t))
			if diff := cmp.Diff(e.Expect, fields(r)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			e.checkEffective(t, r)
			e.checkExtra(t, r)
			if len(e.Times) == 2 && (!r.SubmittedAt.Equal(instant(t, e.Times[0])) || !r.DoneAt.Equal(instant(t, e.Times[1]))) {
				t.Errorf("submitted %v, done %v, want %q", r.SubmittedAt, r.DoneAt, e.Times)
			}
			if r.Kind != Report {
				t.Errorf("kind %v, want a report", r.Kind)
			}
		})
	}
}
