package journaltest

import (
	"errors"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// testBackup makes a backup, restores it elsewhere and compares all that the
// two hold.
func testBackup(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme", "beta")
	must[[]journal.Cursor](t)(h.Attach(ctx, "app", journal.StartOldest))
	h.Store("acme", Receipts("r", 500)...)
	h.Store("beta", Receipts("b", 50)...)
	s := h.Stream("acme")
	now := time.Now().UTC().Truncate(time.Microsecond)
	check(t, errors.Join(
		h.Park(ctx, []journal.Parked{{
			Endpoint: "app", Position: journal.At(s, 7), ID: "r-0007", Class: "refused", Since: now, NextTry: now, LastError: "answered 409",
		}}, []journal.Cursor{{Endpoint: "app", Position: journal.At(s, 20)}}),
		h.Bury(ctx, []journal.Dead{{Endpoint: "app", Class: "unreachable", From: journal.At(s, 30), To: journal.At(s, 39), Count: 10, At: now}}, nil),
		h.PutState(ctx, "endpoint", "app", []byte{0, 1, 0xFF}),
	))
	must[[]int](t)(h.NextReplay(ctx, "app", []string{"r-0001"}))
	h.RecordAttempt(journal.Attempt{Endpoint: "app", Position: journal.At(s, 7), ID: "r-0007", At: now, Status: 409, Answer: []byte("no\x00")})
	h.Until("the attempt is written", func() bool {
		return len(must[[]journal.Attempt](t)(h.Attempts(ctx, "app", journal.At(s, 7), 1))) == 1
	})
	dir := t.TempDir() + "/a copy"
	b, err := h.Backup(ctx, dir)
	check(t, err)
	restored := p.Restore(t, b, dir)
	if _, err := h.Backup(ctx, dir); b.Command == "" && err == nil {
		t.Error("a backup was written over another")
	}
	h.Shut()
	original := p.Open(t)
	same(t, "what is restored", everything(t, original), everything(t, restored))
	check(t, errors.Join(original.Close(), restored.Close()))
}

// held is what an engine keeps, but for who owns its streams.
type held struct {
	Operators []string
	Entries   []*journal.Entry
	Cursors   []journal.Cursor
	Parked    []journal.Parked
	Dead      []journal.Dead
	Attempts  []journal.Attempt
	Replays   map[string]int
	State     map[string][]byte
}

func everything(t *testing.T, e journal.Engine) (all held) {
	t.Helper()
	ctx := Context(t)
	all.Operators = must[[]string](t)(e.Operators(ctx))
	for s := range all.Operators {
		at := journal.At(journal.Stream(s+1), 0)
		span := journal.Span{After: at, Upto: journal.At(at.Stream()+1, 0) - 1, Max: 1000, MaxBytes: 1 << 30}
		all.Entries = append(all.Entries, must[[]*journal.Entry](t)(e.Entries(ctx, span))...)
	}
	all.Cursors = must[[]journal.Cursor](t)(e.Cursors(ctx))
	for i := range all.Cursors {
		all.Cursors[i].SavedAt = time.Time{} // the end saves them once more
	}
	all.Parked = must[[]journal.Parked](t)(e.Parked(ctx, journal.ParkedQuery{Limit: 100}))
	all.Dead = must[[]journal.Dead](t)(e.Dead(ctx, journal.DeadQuery{Limit: 100}))
	all.Attempts = must[[]journal.Attempt](t)(e.Attempts(ctx, "", 0, 100))
	all.Replays = must[map[string]int](t)(e.Replays(ctx, "app", []string{"r-0001", "r-0002"}))
	all.State = must[map[string][]byte](t)(e.State(ctx, "endpoint"))
	if len(all.Entries) != 550 || len(all.Parked)+len(all.Dead)+len(all.Attempts)+len(all.Replays)+len(all.State) != 5 {
		t.Errorf("%d entries, %d parked, %d dead, %d attempts, %d replays, %d states",
			len(all.Entries), len(all.Parked), len(all.Dead), len(all.Attempts), len(all.Replays), len(all.State))
	}
	return all
}
