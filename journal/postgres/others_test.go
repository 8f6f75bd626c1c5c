package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
)

// TestEndpointOfTheOtherGateway has an endpoint configured at the gateway that stands
// by alone: the one that holds the stream neither prunes nor erases what the endpoint
// has not taken, nor forgets it, as long as the other one is heard of.
func TestEndpointOfTheOtherGateway(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	ctx := journaltest.Context(t)
	holder := journaltest.Open(t, open(t, dsn), func(o *journal.Options) { o.Retention = time.Nanosecond }, "acme")
	other := journaltest.Open(t, open(t, dsn), nil, "acme")
	for _, endpoint := range []string{"app", "b"} {
		if _, err := holder.Attach(ctx, endpoint, journal.StartOldest); err != nil {
			t.Fatal(err)
		}
	}
	if err := holder.Detach(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Attach(ctx, "b", journal.StartOldest); err != nil {
		t.Fatal(err)
	}
	holder.Until("the holder has heard of it", func() bool { return holder.Elsewhere()["b"] != "" })
	holder.Store("acme", journaltest.Receipts("r", 3)...)
	head := holder.Head(holder.Stream("acme"))
	holder.Advance("app", head)
	erased, err := holder.Erase(ctx, []journal.Position{head}, false)
	if err != nil || erased.Waiting != 1 {
		t.Errorf("erase: %+v, %v; the other gateway's endpoint waits for it", erased, err)
	}
	if err := holder.Forget(ctx, "b"); !errors.Is(err, journal.ErrConfigured) {
		t.Errorf("forget: %v, want ErrConfigured", err)
	}
	holder.Store("acme", journaltest.Receipts("s", 1)...)
	holder.Advance("app", head+1)
	for looks := 0; looks < 3; { // each beat comes after a look at what may go
		beats := beatsOf(holder)
		holder.Until("time passes", func() bool { return beatsOf(holder) > beats })
		looks++
	}
	if n := len(holder.IDs("acme")); n != 4 {
		t.Errorf("%d of 4 receipts are left, and the other gateway's endpoint has none of them", n)
	}
	other.Shut()
	holder.Until("the other one is heard of no more, and nobody waits for them", func() bool {
		all, err := holder.After(ctx, journal.At(head.Stream(), 0), 10, 1<<20)
		return err == nil && len(all) == 0
	})
	if err := holder.Forget(ctx, "b"); err != nil {
		t.Errorf("forget: %v", err)
	}
}

// beatsOf is how often the process has told that it lives.
func beatsOf(h *journaltest.Harness) uint64 {
	for _, m := range h.Members() {
		if m.Self {
			return m.Beat
		}
	}
	return 0
}
