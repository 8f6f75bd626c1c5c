package journaltest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// testUnfinished asks of three endpoints in two streams what is parked or dead
// beyond their cursors.
func testUnfinished(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme", "beta")
	a, b := h.Stream("acme"), h.Stream("beta")
	now := time.Now().UTC().Truncate(time.Microsecond)
	for _, endpoint := range []string{"app", "crm", "idle"} {
		must[[]journal.Cursor](t)(h.Attach(ctx, endpoint, journal.StartOldest))
	}
	h.Store("acme", Receipts("a", 20)...)
	h.Store("beta", Receipts("b", 20)...)
	var parked []journal.Parked
	var dead []journal.Dead
	for _, endpoint := range []string{"app", "crm"} {
		for _, at := range []journal.Position{journal.At(a, 2), journal.At(a, 7), journal.At(b, 1), journal.At(b, 20)} {
			parked = append(parked, journal.Parked{Endpoint: endpoint, Position: at, ID: "r", Since: now, NextTry: now, Class: "refused"})
		}
		dead = append(dead,
			journal.Dead{Endpoint: endpoint, Class: "refused", From: journal.At(a, 9), To: journal.At(a, 9), Count: 1, At: now},
			journal.Dead{Endpoint: endpoint, Class: "unreachable", From: journal.At(b, 5), To: journal.At(b, 12), Count: 8, At: now})
	}
	check(t, h.Park(ctx, parked, nil))
	check(t, h.Bury(ctx, dead, []journal.Cursor{
		{Endpoint: "app", Position: journal.At(a, 6)},
		{Endpoint: "app", Position: journal.At(b, 10)},
		{Endpoint: "crm", Position: journal.At(a, 20)},
		{Endpoint: "crm", Position: journal.At(b, 20)},
	}))
	want := map[string][]journal.Position{
		"app":  {journal.At(a, 7), journal.At(a, 9), journal.At(b, 11), journal.At(b, 12), journal.At(b, 20)},
		"crm":  nil,
		"idle": nil,
	}
	for endpoint, unfinished := range want {
		same(t, endpoint, unfinished, must[[]journal.Position](t)(h.Unfinished(ctx, endpoint)))
	}
}

// testAttachAll attaches many endpoints, of which some are known, and has them all
// ask at once: the statements do not grow with the endpoints and the streams.
func testAttachAll(t *testing.T, p Place) {
	const endpoints, streams = 60, 8
	ctx := Context(t)
	var operators []string
	for i := range streams {
		operators = append(operators, fmt.Sprintf("op%d", i))
	}
	starts := map[string]journal.Start{}
	for i := range endpoints {
		starts[fmt.Sprintf("app%02d", i)] = journal.StartOldest
	}
	h := Open(t, p.Open(t), nil, operators...)
	must[[]journal.Cursor](t)(h.Attach(ctx, "app00", journal.StartNewest))
	h.Store("op3", Receipts("r", 5)...)
	h.Advance("app00", journal.At(h.Stream("op3"), 2))
	check(t, h.AttachAll(ctx, starts))
	h.Shut()

	e := Count(p.Open(t))
	h = Open(t, e, nil, operators...)
	check(t, h.AttachAll(ctx, starts))
	opened := e.Calls()
	var asking sync.WaitGroup
	for endpoint := range starts {
		asking.Go(func() {
			at := byStream(must[[]journal.Cursor](t)(h.Attach(ctx, endpoint, journal.StartNewest)))
			must[[]journal.Position](t)(h.Unfinished(ctx, endpoint))
			must[journal.Counts](t)(h.Counts(ctx, endpoint))
			must[map[string][]byte](t)(h.State(ctx, "endpoint"))
			want := journal.At(h.Stream("op3"), 0)
			if endpoint == "app00" {
				want += 2
			}
			if len(at) != streams || at[h.Stream("op3")] != want {
				t.Errorf("%s stands at %v, want %d streams, and %v in one", endpoint, at, streams, want)
			}
		})
	}
	asking.Wait()
	names := must[[]string](t)(e.Endpoints(ctx))
	in := must[[]journal.Cursor](t)(e.CursorsIn(ctx, h.Stream("op3")))
	if len(names) != endpoints || names[0] != "app00" || len(in) != endpoints || in[0].Position != journal.At(h.Stream("op3"), 2) {
		t.Errorf("%d endpoints, the first %s, and %d cursors, the first %v", len(names), names[0], len(in), in[0])
	}
	if opened > 3*streams+10 {
		t.Errorf("%d calls of the engine until %d endpoints were attached to %d streams", opened, endpoints, streams)
	}
	if asked := e.Calls() - opened; asked > endpoints {
		t.Errorf("%d calls of the engine for what %d endpoints asked at once", asked, endpoints)
	}
}
