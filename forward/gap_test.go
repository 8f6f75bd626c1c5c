package forward

import (
	"testing"

	"github.com/dlrgate/dlrgate/journal"
)

// TestGapWiderThanTheWindowIsPassed: an old receipt is still kept, as somebody's
// dead letter is, and all after it are gone but the newest.
func TestGapWiderThanTheWindowIsPassed(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("a", windowSize+10)...)
	var gone []journal.Position
	for seq := uint64(2); seq <= windowSize+5; seq++ {
		gone = append(gone, journal.At(1, seq))
	}
	if _, err := log.Erase(t.Context(), gone, true); err != nil {
		t.Fatal(err)
	}
	hook := newReceiver(t, nil)
	e, _ := running(t, options(hook.URL), log, nil)
	hook.untilN(t, 6)
	eventually(t, "nothing waits", func() bool { return e.Status().Lag == 0 })
}
