package gateway

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

// TestDroppedIsRemembered: neighbours are one range, no more are kept than so
// many, and a forgotten endpoint leaves nothing.
func TestDroppedIsRemembered(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	engine, err := sqlite.Open(ctx, sqlite.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(ctx, journal.Options{Engine: engine, Operators: []string{"acme"}, Render: &renderer{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	d := desk{&Gateway{journal: j}}
	dead := func(from, to uint64, why string) journal.Dead {
		return journal.Dead{From: journal.At(1, from), To: journal.At(1, to), Class: "unreachable", Reason: why}
	}
	if err := d.rememberDropped(ctx, "app", []journal.Dead{dead(7, 9, "down"), dead(1, 3, "down"), dead(4, 6, "down"), dead(10, 10, "refused")}); err != nil {
		t.Fatal(err)
	}
	for seq, want := range map[uint64]string{1: "down", 9: "down", 10: "refused", 11: ""} {
		out := admin.Delivery{Endpoint: "app", State: "taken"}
		if err := d.tellDropped(ctx, journal.At(1, seq), &out); err != nil {
			t.Fatal(err)
		}
		if is := out.State == "dropped"; is != (want != "") || out.LastError != want {
			t.Errorf("%d is told as %+v, want reason %q", seq, out, want)
		}
	}
	ranges := func() int {
		all, err := d.dropped(ctx, "app")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if n := ranges(); n != 2 {
		t.Errorf("%d ranges, want neighbours as one", n)
	}
	for round := range uint64(3) {
		var letters []journal.Dead
		for i := range uint64(droppedKept/2 + 1) {
			at := 1000*(round+1) + i
			letters = append(letters, dead(at, at, fmt.Sprint(at)))
		}
		if err := d.rememberDropped(ctx, "app", letters); err != nil {
			t.Fatal(err)
		}
	}
	if n := ranges(); n != droppedKept {
		t.Errorf("%d ranges are kept, want %d", n, droppedKept)
	}
	if err := d.forgetDropped(ctx, "app"); err != nil || ranges() != 0 {
		t.Errorf("%d ranges of a forgotten endpoint are left, %v", ranges(), err)
	}
}
