package journal_test

import (
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// TestPruningBesideCommits prunes what was taken while more comes in, until the
// first receipts are gone.
func TestPruningBesideCommits(t *testing.T) {
	t.Parallel()
	h := journaltest.Open(t, open(t, t.TempDir()), func(o *journal.Options) { o.Retention, o.RingBytes = time.Nanosecond, 1 }, "acme")
	ctx := journaltest.Context(t)
	if _, err := h.Attach(ctx, "app", journal.StartOldest); err != nil {
		t.Fatal(err)
	}
	s := h.Stream("acme")
	h.Until("the first ones are pruned", func() bool {
		h.Store("acme", journaltest.Receipts("r", 50)...)
		h.Advance("app", h.Head(s))
		_, err := h.Get(ctx, journal.At(s, 300))
		return h.Head(s).Seq() > 300 && err != nil
	})
}
