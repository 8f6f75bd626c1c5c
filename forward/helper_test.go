package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/journal/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 2 * time.Minute

// receipt is what the tests append; the renderer below makes an entry of it.
type receipt struct {
	id, message string
	unwanted    bool
	summary     event.Summary
}

type renderer struct{}

func (renderer) Committed()  {}
func (renderer) RolledBack() {}

func (renderer) Render(d *journal.Draft, e *journal.Entry) {
	r := d.Payload.(receipt)
	e.ID, e.Forward = r.id, !r.unwanted
	copy(e.Message[:], d.Operator+"/"+r.message)
	r.summary.Operator, r.summary.ID = d.Operator, r.id
	e.Meta = r.summary.AppendBinary(nil)
	e.Event = fmt.Appendf(nil, `{"type":"sms.receipt","timestamp":"2026-11-23T10:15:30.120Z","data":{"id":%q}}`, r.id)
}

// openLog opens a journal on SQLite in the folder.
func openLog(t testing.TB, dir string, operators ...string) *journal.Journal {
	t.Helper()
	engine, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(context.Background(), journal.Options{Engine: engine, Operators: operators, Render: renderer{}})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func closeLog(t testing.TB, j *journal.Journal) {
	t.Helper()
	if err := j.Close(context.Background()); err != nil {
		t.Errorf("close the journal: %v", err)
	}
}

// newLog opens a journal that the test's end closes.
func newLog(t testing.TB, operators ...string) *journal.Journal {
	t.Helper()
	j := openLog(t, t.TempDir(), operators...)
	t.Cleanup(func() { closeLog(t, j) })
	return j
}

// store appends receipts of one operator and waits until they are durable. Those
// that are refused because a commit hangs, on a disk that is busy, are appended
// again as an SMSC does it.
func store(t testing.TB, j *journal.Journal, operator string, rs ...receipt) {
	t.Helper()
	for len(rs) > 0 {
		outcomes := make([]error, len(rs))
		var pending sync.WaitGroup
		pending.Add(len(rs))
		for i, r := range rs {
			j.Append(&journal.Draft{
				Operator: operator, ReceivedAt: time.Now().UTC(), Size: 300, Payload: r,
				Done: func(err error) { outcomes[i] = err; pending.Done() },
			})
		}
		pending.Wait()
		var again []receipt
		for i, err := range outcomes {
			if errors.Is(err, journal.ErrRefused) {
				again = append(again, rs[i])
			} else if err != nil {
				t.Errorf("store %s: %v", rs[i].id, err)
			}
		}
		if rs = again; len(rs) > 0 {
			eventually(t, "receipts can be stored", func() bool { return j.Storable() == nil })
		}
	}
}

// receipts makes n receipts, each of a message of its own.
func receipts(prefix string, n int) []receipt {
	rs := make([]receipt, n)
	for i := range rs {
		id := fmt.Sprintf("%s%d", prefix, i)
		rs[i] = receipt{id: id, message: id}
	}
	return rs
}

// options are an endpoint's with short waits.
func options(url string) Options {
	return Options{
		Name: "app", URL: url, StartOldest: true, Concurrency: 4, BatchEvents: 1, Timeout: 10 * time.Second,
		Retry:                 Retry{Initial: time.Millisecond, Max: 10 * time.Millisecond, GiveUpAfter: time.Hour},
		AllowPrivateAddresses: true, UserAgent: "dlrgate/test",
	}
}

// running starts an endpoint; the returned func stops it, and may be left to
// the test's end.
func running(t testing.TB, o Options, log Log, logger *zap.Logger) (*Endpoint, func()) {
	t.Helper()
	return observed(t, o, log, Observer{}, logger)
}

func observed(t testing.TB, o Options, log Log, obs Observer, logger *zap.Logger) (*Endpoint, func()) {
	t.Helper()
	e, err := New(o, log, obs, logger)
	if err != nil {
		t.Fatal(err)
	}
	if err := Attach(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	return e, runEndpoint(t, e)
}

func runEndpoint(t testing.TB, e *Endpoint) func() {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- e.Run(context.Background()) }()
	stop := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		e.Stop(ctx)
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// hit is one POST that the receiver got.
type hit struct {
	id     string
	body   string
	header http.Header
	at     time.Time
}

// receiver is a webhook that answers as it is told and keeps what it got.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	hits    []hit
	changed chan struct{}
	answer  func(n int, h hit, w http.ResponseWriter)
}

// newReceiver starts a webhook; answer gets the number of the POST, from 1, and
// may be nil for 204.
func newReceiver(t testing.TB, answer func(n int, h hit, w http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{changed: make(chan struct{}), answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	h := hit{id: req.Header.Get("Webhook-Id"), body: string(body), header: req.Header, at: time.Now()}
	r.mu.Lock()
	r.hits = append(r.hits, h)
	n := len(r.hits)
	answer := r.answer
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(n, h, w)
}

func (r *receiver) become(answer func(n int, h hit, w http.ResponseWriter)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) got() []hit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.hits)
}

func (r *receiver) ids() []string {
	var ids []string
	for _, h := range r.got() {
		ids = append(ids, h.id)
	}
	return ids
}

// until waits for POSTs until enough says that there were enough.
func (r *receiver) until(t testing.TB, enough func([]hit) bool) []hit {
	t.Helper()
	deadline := time.After(patience)
	for {
		r.mu.Lock()
		hits, changed := slices.Clone(r.hits), r.changed
		r.mu.Unlock()
		if enough(hits) {
			return hits
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("not enough POSTs: %d", len(hits))
		}
	}
}

func (r *receiver) untilN(t testing.TB, n int) []hit {
	t.Helper()
	return r.until(t, func(hits []hit) bool { return len(hits) >= n })
}

// eventually waits until ok, looking again every few milliseconds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}
