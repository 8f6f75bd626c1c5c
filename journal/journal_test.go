package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/journaltest"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The journal's own promises are those of the suite, over the one engine that
// needs nothing but a folder.
func TestConformance(t *testing.T) {
	journaltest.Run(t, func(t testing.TB) journaltest.Place {
		dir := t.TempDir()
		return journaltest.Place{
			Open:    func(t testing.TB) journal.Engine { return open(t, dir) },
			Restore: func(t testing.TB, _ journal.Backup, dir string) journal.Engine { return open(t, dir) },
		}
	})
}

func open(t testing.TB, dir string) journal.Engine {
	t.Helper()
	e, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir, BackupDir: os.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// posed is an engine whose space and leases are what a test says.
type posed struct {
	journal.Engine

	mu    sync.Mutex
	space journal.Space
	held  time.Duration // of a lease; 0: for ever
	away  string        // an operator whose stream another process owns
	tries int
}

func (p *posed) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *posed) Space(context.Context) (journal.Space, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.space, nil
}

func (p *posed) Acquire(ctx context.Context, operators []string) ([]journal.Lease, error) {
	p.mu.Lock()
	p.tries++
	operators = slices.DeleteFunc(slices.Clone(operators), func(o string) bool { return o == p.away })
	p.mu.Unlock()
	leases, err := p.Engine.Acquire(ctx, operators)
	return p.until(leases), err
}

func (p *posed) Renew(ctx context.Context, leases []journal.Lease) ([]journal.Lease, error) {
	held, err := p.Engine.Renew(ctx, leases)
	return p.until(slices.DeleteFunc(held, func(l journal.Lease) bool { return l.Operator == p.away })), err
}

func (p *posed) until(leases []journal.Lease) []journal.Lease {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range leases {
		if p.held > 0 {
			leases[i].Until = time.Now().Add(p.held)
		}
	}
	return leases
}

func TestReceiptsAreRefusedWhileTheDiskIsShort(t *testing.T) {
	t.Parallel()
	p := &posed{Engine: open(t, t.TempDir()), space: journal.Space{Used: 1, Free: 1000}}
	h := journaltest.Open(t, p, func(o *journal.Options) { o.MinFree = 500 }, "acme")
	h.Store("acme", journaltest.Receipts("a", 1)...)
	p.set(func() { p.space.Free = 499 })
	h.Until("the journal is full", func() bool { return errors.Is(h.Storable(), journal.ErrFull) })
	if err, want := h.Storable(), "499 octets are free, 500 octets are to be left free"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if err := h.Outcomes(h.Offer("acme", journaltest.Receipts("b", 1)...))[0]; !errors.Is(err, journal.ErrFull) {
		t.Errorf("append: %v, want ErrFull", err)
	}
	check(t, h.PutState(t.Context(), "endpoint", "app", []byte("paused"))) // lives on the reserve
	p.set(func() { p.space.Free = 1000 })
	h.Until("there is room again", func() bool { return h.Storable() == nil })
	h.Store("acme", journaltest.Receipts("c", 1)...)
}

func TestDeliveredHistoryGoesFirstWhenTheJournalIsTooBig(t *testing.T) {
	if testing.Short() {
		t.Skip("long: fills a journal")
	}
	t.Parallel()
	ctx := context.Background()
	p := &posed{Engine: open(t, t.TempDir()), space: journal.Space{Used: 100, Receipts: 100, Free: 1 << 40}}
	h := journaltest.Open(t, p, func(o *journal.Options) {
		o.MaxSize, o.Retention, o.RingBytes = 100_000, time.Hour, 1
	}, "acme")
	s := h.Stream("acme")
	_, err := h.Attach(ctx, "app", journal.StartOldest)
	check(t, err)
	h.Store("acme", journaltest.Receipts("a", 600)...)
	h.Advance("app", journal.At(s, 400))
	p.set(func() { p.space.Receipts = 101_000 })
	gone := func(seq uint64) bool {
		_, err := h.Get(ctx, journal.At(s, seq))
		return errors.Is(err, journal.ErrNotFound)
	}
	h.Until("what was delivered is gone", func() bool { return gone(400) })
	h.Until("what is left is needed, and receipts are refused", func() bool { return errors.Is(h.Storable(), journal.ErrFull) })
	if err, want := h.Storable(), "take 98 KiB of 97 KiB, and none can be removed yet"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if gone(401) {
		t.Error("a receipt that an endpoint needs is gone")
	}
	st, err := h.Stats(ctx)
	check(t, err)
	if st.Rows != 200 {
		t.Errorf("stats: %+v", st)
	}
	h.Advance("app", journal.At(s, 500))
	h.Until("some more is delivered", func() bool { return gone(500) })
	if !errors.Is(h.Storable(), journal.ErrFull) {
		t.Error("receipts are stored though what is needed takes more than the bound")
	}
	h.Advance("app", journal.At(s, 600))
	h.Until("all is delivered", func() bool { return gone(600) })
	p.set(func() { p.space.Receipts = 100 })
	h.Until("there is room again", func() bool { return h.Storable() == nil })
}

func TestLeasesAreRenewedAndLost(t *testing.T) {
	if testing.Short() {
		t.Skip("long: waits for leases to end")
	}
	t.Parallel()
	owned := make(chan string, 100)
	p := &posed{Engine: open(t, t.TempDir()), held: 4 * time.Second, away: "beta"}
	h := journaltest.Open(t, p, func(o *journal.Options) {
		o.Observer.Owned = func(operator string, yes bool) { owned <- fmt.Sprint(operator, " ", yes) }
	}, "acme", "beta")
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-owned:
			if got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%q never came", want)
		}
	}
	expect("acme true")
	if err := h.Outcomes(h.Offer("beta", journaltest.Receipts("b", 1)...))[0]; !errors.Is(err, journal.ErrNoStream) {
		t.Errorf("append to a stream that another process owns: %v", err)
	}
	p.set(func() { p.away = "" })
	expect("beta true") // taken over once it is free
	h.Store("beta", journaltest.Receipts("b", 1)...)

	reached, release := make(chan struct{}, 1), make(chan struct{})
	h.Faults.Inject(journaltest.Hold(reached, release))
	offered := h.Offer("acme", journaltest.Receipts("a", 1)...)
	<-reached // a commit that hangs renews no lease
	lost := []string{<-owned, <-owned}
	slices.Sort(lost)
	if want := []string{"acme false", "beta false"}; !slices.Equal(lost, want) {
		t.Errorf("lost %q, want %q", lost, want)
	}
	close(release)
	h.Outcomes(offered)
}

func TestCloseCommitsWhatWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := journaltest.Open(t, open(t, dir), nil, "acme")
	reached, release := make(chan struct{}, 1), make(chan struct{})
	h.Faults.Inject(journaltest.Hold(reached, release))
	first := h.Offer("acme", journaltest.Receipts("a", 1)...)
	<-reached
	second := h.Offer("acme", journaltest.Receipts("b", 100)...)
	closed := make(chan struct{})
	go func() {
		h.Shut()
		close(closed)
	}()
	close(release)
	for _, err := range append(h.Outcomes(first), h.Outcomes(second)...) {
		check(t, err)
	}
	<-closed
	if err := h.Outcomes(h.Offer("acme", journaltest.Receipts("c", 1)...))[0]; !errors.Is(err, journal.ErrClosed) {
		t.Errorf("append after Close: %v", err)
	}
	if err := h.PutState(t.Context(), "k", "n", nil); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("a change after Close: %v", err)
	}
	h = journaltest.Open(t, open(t, dir), nil, "acme")
	if n := len(h.IDs("acme")); n != 101 {
		t.Errorf("%d of 101 receipts are stored", n)
	}
}

func TestCloseGivesUpWaitingForACommitThatHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := journaltest.Open(t, open(t, dir), nil, "acme")
	reached, release := make(chan struct{}, 1), make(chan struct{})
	h.Faults.Inject(journaltest.Hold(reached, release))
	first := h.Offer("acme", journaltest.Receipts("a", 1)...)
	<-reached
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close: %v", err)
	}
	close(release)
	h.Outcomes(first)
	h.Until("the engine is closed once the commit has ended", func() bool {
		e, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir, BackupDir: os.TempDir()})
		return err == nil && e.Close() == nil
	})
}

func TestRingHoldsTheNewest(t *testing.T) {
	t.Parallel()
	h := journaltest.Open(t, open(t, t.TempDir()), func(o *journal.Options) { o.RingBytes = 20_000 }, "acme", "beta")
	for range 10 {
		h.Store("acme", journaltest.Receipts("a", 40)...)
		h.Store("beta", journaltest.Receipts("b", 20)...)
	}
	for operator, n := range map[string]int{"acme": 400, "beta": 200} {
		if got := len(h.All(operator)); got != n {
			t.Errorf("%s has %d of %d", operator, got, n)
		}
	}
	some, err := h.After(t.Context(), h.Head(h.Stream("beta"))-5, 3, 1<<20)
	check(t, err)
	if len(some) != 3 {
		t.Errorf("asked for 3 of the last 5 entries, got %d", len(some))
	}
	one, err := h.After(t.Context(), h.Head(h.Stream("beta"))-5, 100, 1)
	check(t, err)
	if len(one) != 1 {
		t.Errorf("asked for one octet, got %d entries", len(one))
	}
	if _, err := h.After(t.Context(), journal.At(99, 0), 1, 1); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("after in a stream that is not owned: %v", err)
	}
}

func TestTailTakesTheSameTimeOfEveryStream(t *testing.T) {
	t.Parallel()
	h := journaltest.Open(t, open(t, t.TempDir()), nil, "acme", "beta")
	begin := time.Now().Add(-time.Hour)
	store := func(operator string, n int, every time.Duration) {
		outcomes := make(chan error, n)
		for i, r := range journaltest.Receipts(operator, n) {
			h.Append(&journal.Draft{
				Operator: operator, ReceivedAt: begin.Add(time.Duration(i) * every), Size: 200, Payload: r,
				Done: func(err error) { outcomes <- err },
			})
		}
		for _, err := range h.Outcomes(outcomes) {
			check(t, err)
		}
	}
	store("acme", 1800, 2*time.Second)
	store("beta", 60, time.Minute)
	got := map[string]int{}
	check(t, h.Tail(t.Context(), 310, func(e *journal.Entry) error {
		got[h.Operators()[e.Position.Stream()]]++
		return nil
	}))
	if got["acme"] < 295 || got["acme"] > 305 || got["beta"] < 9 || got["beta"] > 11 {
		t.Errorf("the newest 310 are %v, want about 300 and 10", got)
	}
	stop := errors.New("enough")
	if err := h.Tail(t.Context(), 310, func(*journal.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("tail: %v", err)
	}
}

// A query that must look at many receipts answers in pieces.
func TestSearchLooksAtABoundedNumberOfReceipts(t *testing.T) {
	t.Parallel()
	h := journaltest.Open(t, open(t, t.TempDir()), nil, "acme")
	receipts := journaltest.Receipts("r", 21_000)
	receipts[0].Recipient, receipts[20_500].Recipient = "rare", "rare"
	h.Store("acme", receipts...)
	q := journal.Query{Terms: []journal.Term{{Kind: "status", Key: "received"}, {Kind: "recipient", Key: "rare"}}}
	first, err := h.Search(t.Context(), q)
	check(t, err)
	if len(first.Entries) != 1 || first.Entries[0].ID != "r-20501" || first.Next == "" {
		t.Fatalf("first page: %d entries, next %q", len(first.Entries), first.Next)
	}
	q.Cursor = first.Next
	second, err := h.Search(t.Context(), q)
	check(t, err)
	if len(second.Entries) != 1 || second.Entries[0].ID != "r-0001" || second.Next != "" {
		t.Errorf("second page: %d entries, next %q", len(second.Entries), second.Next)
	}
}

func TestObserverSeesTheJournalWork(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	note := func(what string, n int) {
		mu.Lock()
		defer mu.Unlock()
		seen[what] += n
	}
	h := journaltest.Open(t, open(t, t.TempDir()), func(o *journal.Options) {
		o.Observer = journal.Observer{
			Commit:    func(took time.Duration, rows, octets int) { note("rows", rows); note("octets", octets) },
			Synced:    func(n int) { note("syncs", n) },
			Space:     func(used, free int64) { note("space", 1) },
			SearchLag: func(int) { note("lag", 1) },
		}
	}, "acme")
	h.Store("acme", journaltest.Receipts("a", 10)...)
	h.Faults.Inject(journaltest.Fail(errors.New("disk I/O error")))
	h.Outcomes(h.Offer("acme", journaltest.Receipts("b", 1)...))
	h.Until("it heals", func() bool { return h.Storable() == nil })
	for what, least := range map[string]int{"rows": 10, "octets": 1000, "syncs": 2, "space": 1, "lag": 1} {
		h.Until(what, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return seen[what] >= least
		})
	}
}

func TestOpenNeedsWhatItCannotDoWithout(t *testing.T) {
	t.Parallel()
	if _, err := journal.Open(t.Context(), journal.Options{}); err == nil {
		t.Error("a journal was opened without an engine")
	}
	e := open(t, t.TempDir())
	check(t, e.Close())
	if _, err := journal.Open(t.Context(), journal.Options{Engine: e, Render: &journaltest.Renderer{}, Operators: []string{"acme"}}); err == nil {
		t.Error("a journal was opened over an engine that is closed")
	}
}
