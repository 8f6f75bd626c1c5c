package journaltest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// writes are the fields of a Batch that change something, each with one row of it.
// A new field must come here: what an expelled process could write of it would come
// over what its successor has written.
var writes = map[string]func(b *journal.Batch, at journal.Position){
	"Entries": func(b *journal.Batch, at journal.Position) {
		b.Entries = []*journal.Entry{{Position: at, ReceivedAt: time.Now(), ID: "x"}}
	},
	"Cursors": func(b *journal.Batch, at journal.Position) {
		b.Cursors = []journal.Cursor{{Endpoint: "app", Position: at}}
	},
	"Parked": func(b *journal.Batch, at journal.Position) {
		b.Parked = []journal.Parked{{Endpoint: "app", Position: at}}
	},
	"Unparked": func(b *journal.Batch, at journal.Position) {
		b.Unparked = []journal.Delivered{{Endpoint: "app", Position: at}}
	},
	"Dead": func(b *journal.Batch, at journal.Position) {
		b.Dead = []journal.Dead{{Endpoint: "app", From: at, To: at, Count: 1}}
	},
	"DropDead":   func(b *journal.Batch, _ journal.Position) { b.DropDead = []int64{1} },
	"DeadCounts": func(b *journal.Batch, _ journal.Position) { b.DeadCounts = []journal.DeadCount{{ID: 1, Count: 1}} },
	"Attempts": func(b *journal.Batch, at journal.Position) {
		b.Attempts = []journal.Attempt{{Endpoint: "app", Position: at, At: time.Now()}}
	},
	"Replays": func(b *journal.Batch, _ journal.Position) {
		b.Replays = []journal.Replay{{Endpoint: "app", ID: "x", N: 1}}
	},
	"State": func(b *journal.Batch, _ journal.Position) {
		b.State = []journal.StateValue{{Kind: "k", Name: "n", Value: []byte{1}}}
	},
	"Swaps": func(b *journal.Batch, _ journal.Position) {
		b.Swaps = []*journal.Swap{{Kind: "k", Name: "m", Value: []byte{1}}}
	},
	"Prune": func(b *journal.Batch, at journal.Position) { b.Prune = []journal.Span{{After: at - 1, Upto: at}} },
	"Erase": func(b *journal.Batch, at journal.Position) { b.Erase = []journal.Position{at} },
}

// methods are those of Engine and Index that change something, as an expelled process
// calls them; nil: it may, or they are tried in another way. What only reads is not
// here, and must be among reads.
var methods = map[string]func(context.Context, journal.Engine, journal.Lease) error{
	"Write": nil, // by its fields
	"Acquire": func(ctx context.Context, e journal.Engine, l journal.Lease) error {
		_, err := e.Acquire(ctx, []string{l.Operator})
		return err
	},
	"Renew":   nil, // makes it a new member, which holds nothing
	"Release": nil, // of what it does not hold any more: nothing happens
	"Beat":    nil, // changes its own row, which is gone
	"Tend":    nil, // housekeeping of the own files
	"Backup":  nil,
	"Close":   nil,
	"Forget": func(ctx context.Context, e journal.Engine, _ journal.Lease) error {
		_, _, err := e.Forget(ctx, "app", journal.Forgotten{})
		return err
	},
	"Index.Add": func(ctx context.Context, e journal.Engine, l journal.Lease) error {
		return e.Index().Add(ctx, journal.IndexBatch{After: l.Last, Upto: l.Last + 1, At: time.Now()})
	},
	"Index.Remove": func(ctx context.Context, e journal.Engine, l journal.Lease) error {
		return e.Index().Remove(ctx, []journal.IndexRow{{Term: journal.Term{Kind: "k", Key: "x"}, Position: l.Last + 1}})
	},
	"Index.Trim": nil, // drops what no receipt is left of, whoever stored it
}

var reads = []string{
	"Entries", "Operators", "Cursors", "CursorsIn", "Endpoints", "Unfinished", "Parked", "Dead", "Counts", "Attempts", "Passed",
	"Replays", "State", "Space", "Index", "Index.Indexed", "Index.Find",
}

// testStaleLease writes each field of a batch under a lease that does not hold.
func testStaleLease(t *testing.T, p Place) {
	ctx := Context(t)
	e := p.Open(t)
	defer func() { check(t, e.Close()) }()
	old := must[[]journal.Lease](t)(e.Acquire(ctx, []string{"acme"}))[0]
	old.Epoch--
	for name := range fields(t) {
		b := &journal.Batch{Leases: []journal.Lease{old}}
		writes[name](b, old.Last+1)
		if err := e.Write(ctx, b); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("%s under an old lease: %v, want ErrFenced", name, err)
		}
	}
}

// testExpelled has another process take over: nothing that the first one writes is
// done, whatever it is and whichever leases it brings; renewed it is another one, and
// holds nothing.
func testExpelled(t *testing.T, p Place) {
	if p.TakeOver == nil {
		t.Skip("no two processes share the place")
	}
	ctx := Context(t)
	e := p.Open(t)
	defer func() { check(t, e.Close()) }()
	leases := must[[]journal.Lease](t)(e.Acquire(ctx, []string{"acme"}))
	mine := leases[0]
	check(t, e.Write(ctx, &journal.Batch{Swaps: []*journal.Swap{{Kind: "k", Name: "flag", Value: []byte("mine")}}}))
	other := p.TakeOver(t, e, "acme")
	defer func() { check(t, other.Close()) }()

	for name := range fields(t) {
		b := &journal.Batch{}
		writes[name](b, mine.Last+1)
		if err := e.Write(ctx, b); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("%s of one that was expelled: %v, want ErrFenced", name, err)
		}
	}
	for name, call := range methods {
		if call == nil {
			continue
		}
		if err := call(ctx, e, mine); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("%s of one that was expelled: %v, want ErrFenced", name, err)
		}
	}
	same(t, "state", 0, len(must[map[string][]byte](t)(other.State(ctx, "k")))-1)
	same(t, "leases that still hold", 0, len(must[[]journal.Lease](t)(e.Renew(ctx, leases))))
	lost := &journal.Swap{Kind: "k", Name: "flag", Was: []byte("mine"), Value: []byte("stale")}
	check(t, other.Write(ctx, &journal.Batch{Swaps: []*journal.Swap{{Kind: "k", Name: "flag", Was: []byte("mine"), Value: []byte("theirs")}}}))
	check(t, e.Write(ctx, &journal.Batch{Swaps: []*journal.Swap{lost}}))
	same(t, "the new member's stale value is lost", true, lost.Lost)
	same(t, "the flag", "theirs", string(must[map[string][]byte](t)(e.State(ctx, "k"))["flag"]))
}

// fields returns the fields of a Batch that change something, and checks that each is
// known here.
func fields(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for f := range reflect.TypeFor[journal.Batch]().NumField() {
		name := reflect.TypeFor[journal.Batch]().Field(f).Name
		if name == "Leases" {
			continue
		}
		if writes[name] == nil {
			t.Fatalf("Batch.%s is not tried by an expelled process: list it in writes", name)
		}
		all[name] = true
	}
	for _, of := range []struct {
		prefix string
		t      reflect.Type
	}{{"", reflect.TypeFor[journal.Engine]()}, {"Index.", reflect.TypeFor[journal.Index]()}} {
		for i := range of.t.NumMethod() {
			name := of.prefix + of.t.Method(i).Name
			if _, is := methods[name]; !is && !isRead(name) {
				t.Errorf("%s is listed neither in methods nor in reads: may an expelled process call it?", name)
			}
		}
	}
	return all
}

func isRead(name string) bool {
	for _, r := range reads {
		if r == name {
			return true
		}
	}
	return false
}

// testSwap changes what another writer may have changed.
func testSwap(t *testing.T, p Place) {
	ctx := Context(t)
	h := Open(t, p.Open(t), nil, "acme")
	a, b := []byte("a"), []byte("b")
	for _, step := range []struct {
		what       string
		was, value []byte
		stale      bool
	}{
		{"made", nil, a, false},
		{"made again, as after a lost answer", nil, a, false},
		{"made by another", nil, b, true},
		{"changed from what it never was", b, []byte("c"), true},
		{"changed", a, b, false},
		{"changed again, as after a lost answer", a, b, false},
		{"removed by one that knows an old value", a, nil, true},
		{"removed", b, nil, false},
		{"removed again, as after a lost answer", b, nil, false},
		{"changed when it is gone", b, a, true},
	} {
		if err := h.Swap(ctx, journal.Swap{Kind: "k", Name: "n", Was: step.was, Value: step.value}); errors.Is(err, journal.ErrStale) != step.stale || err != nil && !step.stale {
			t.Errorf("%s: %v", step.what, err)
		}
	}
	same(t, "what is left", 0, len(must[map[string][]byte](t)(h.State(ctx, "k"))))
}
