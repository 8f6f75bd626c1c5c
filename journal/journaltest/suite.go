package journaltest

import (
	"testing"

	"github.com/dlrgate/dlrgate/journal"
)

// Place is where an engine keeps its rows in one test.
type Place struct {
	// Open opens the engine at the place: the first time an empty one, later
	// the one that was closed or left.
	Open func(t testing.TB) journal.Engine
	// Fill leaves the place without room for receipts, or gives it back. Nil:
	// the engine's space cannot be bounded, and the test is left out.
	Fill func(t testing.TB, e journal.Engine, full bool)
	// TakeOver lets the lease of the engine end and has another process own the
	// operator's stream. Nil: no two processes can share the place.
	TakeOver func(t testing.TB, from journal.Engine, operator string) journal.Engine
	// Restore opens what a backup into the folder has come to: the copy there,
	// or what its command makes.
	Restore func(t testing.TB, b journal.Backup, dir string) journal.Engine
}

// Run runs the suite; place makes an empty place for each test.
func Run(t *testing.T, place func(t testing.TB) Place) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Place)
	}{
		{"octets come back as they went in", testOctets},
		{"groups keep order", testOrder},
		{"two streams side by side", testTwoStreams},
		{"a flood of one operator", testFlood},
		{"a new owner adopts everything", testAdoption},
		{"positions are never given twice", testPositions},
		{"cursors start where they should", testCursorStart},
		{"parked and dead move with their cursor", testParkedAndDead},
		{"what is finished beyond a cursor", testUnfinished},
		{"many endpoints are attached at once", testAttachAll},
		{"small state", testState},
		{"small state that others change, too", testSwap},
		{"attempts and replays", testAttempts},
		{"attempts of what is parked or dead", testHeldAttempts},
		{"what happened to a receipt", testDeliveries},
		{"what was taken late", testLate},
		{"an endpoint is forgotten in pieces", testForget},
		{"the newest entries", testTail},
		{"search", testSearch},
		{"search pages", testSearchPages},
		{"pruning keeps what is needed", testPrune},
		{"erase", testErase},
		{"backup", testBackup},
		{"fault: outcome unknown", testUnknown},
		{"fault: outcome never known", testNeverKnown},
		{"fault: one bad row among 500", testBadRow},
		{"fault: fenced epoch", testFenced},
		{"fault: old epoch writes nothing", testOldEpoch},
		{"fault: a stale lease writes nothing, field by field", testStaleLease},
		{"fault: an expelled process writes nothing", testExpelled},
		{"fault: slow commit", testSlow},
		{"fault: failed commit heals", testHeals},
		{"fault: disk full", testFull},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, place(t))
		})
	}
}
