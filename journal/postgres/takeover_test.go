package postgres_test

import (
	"errors"
	"testing"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// TestTakeOverErasesWhatTheOtherNoted: a receipt that was to be erased when its
// endpoint has taken it is erased by whoever owns its stream then, also by one that
// ran before.
func TestTakeOverErasesWhatTheOtherNoted(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	first := journaltest.Open(t, open(t, dsn), nil, "acme")
	second := journaltest.Open(t, open(t, dsn), nil, "acme")
	ctx := journaltest.Context(t)
	for _, h := range []*journaltest.Harness{first, second} {
		if _, err := h.Attach(ctx, "app", journal.StartOldest); err != nil {
			t.Fatal(err)
		}
	}
	first.Store("acme", journaltest.Receipts("r", 2)...)
	at := journal.At(first.Stream("acme"), 1)
	result, err := first.Erase(ctx, []journal.Position{at}, false)
	if err != nil || result.Waiting != 1 {
		t.Fatalf("erase: %+v, %v", result, err)
	}
	first.Shut()
	second.Until("it has taken over", func() bool { _, owned := second.StreamOf("acme"); return owned })
	second.Store("acme", journaltest.Receipts("s", 1)...)
	second.Advance("app", at)
	second.Until("what was noted is erased", func() bool {
		_, err := second.Get(ctx, at)
		return errors.Is(err, journal.ErrNotFound)
	})
}
