package event_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
)

// report is the summary of a receipt; copies of one have the same id.
func report(message, id string, status mapping.Status, final bool) *event.Summary {
	m, i := sha256.Sum256([]byte("message "+message)), sha256.Sum256([]byte(id))
	return &event.Summary{
		Kind: event.KindReceipt, Message: event.Key(m[:16]), ID: "rcpt_" + hex.EncodeToString(i[:16]), Status: status, Final: final,
	}
}

// TestStanding is the table of docs/webhook.md, cell by cell: which second
// receipt of a message replaces the first.
func TestStanding(t *testing.T) {
	t.Parallel()
	type kind struct {
		name   string
		status mapping.Status
		final  bool
	}
	kinds := []kind{
		{"accepted", mapping.DeliveredToOperator, false},
		{"undefined", mapping.Undefined, false},
		{"final undefined", mapping.Undefined, true},
		{"received", mapping.Received, true},
		{"partially received", mapping.PartiallyReceived, true},
		{"final accepted", mapping.DeliveredToOperator, true},
		{"temporary", mapping.TemporaryErrorPhone, true},
		{"permanent", mapping.PermanentErrorAbsence, true},
		{"no credit", mapping.NotSentInsufficientCredit, true},
	}
	// A row for the first, a column for the second, in the order of kinds:
	// S the second stands, . it does not, L it does not and is late.
	table := []string{
		"SSSSSSSSS", // accepted
		"SSSSSSSSS", // undefined
		"LL.SSSSSS", // final undefined
		"LL.......", // received
		"LL.......", // partially received
		"LL.......", // final accepted
		"LL.S.....", // temporary
		"LL.S.....", // permanent
		"LL.S.....", // no credit
	}
	for i, first := range kinds {
		for j, second := range kinds {
			r := event.NewRecent(10)
			a := report("m", "a", first.status, first.final)
			if got, want := r.Judge(a), (event.Verdict{Standing: true}); got != want {
				t.Errorf("%s alone: %+v", first.name, got)
			}
			want := event.Verdict{Standing: table[i][j] == 'S', Late: table[i][j] == 'L'}
			if want.Standing {
				want.Supersedes = a.ID
			}
			if got := r.Judge(report("m", "b", second.status, second.final)); got != want {
				t.Errorf("%s, then %s: %+v, want %+v", first.name, second.name, got, want)
			}
			if got := r.Judge(report("other", "c", second.status, second.final)); got != (event.Verdict{Standing: true}) {
				t.Errorf("another message: %+v", got)
			}
		}
	}
}

func TestStory(t *testing.T) {
	t.Parallel()
	r := event.NewRecent(100)
	buffered := report("m", "buffered", mapping.DeliveredToOperator, false)
	expired := report("m", "expired", mapping.TemporaryErrorAbsence, true)
	delivered := report("m", "delivered", mapping.Received, true)
	steps := []struct {
		name string
		s    *event.Summary
		want event.Verdict
	}{
		{"buffered", buffered, event.Verdict{Standing: true}},
		{"expired", expired, event.Verdict{Standing: true, Supersedes: buffered.ID}},
		{"buffered again", buffered, event.Verdict{Duplicate: true, Late: true, Standing: true}},
		{"delivered after all", delivered, event.Verdict{Standing: true, Supersedes: expired.ID}},
		{"expired again", expired, event.Verdict{Duplicate: true, Standing: true}},
		{"another failure", report("m", "rejected", mapping.ErrorOther, true), event.Verdict{}},
		{"a late one", report("m", "enroute", mapping.InProgress, false), event.Verdict{Late: true}},
		{"the late one again", report("m", "enroute", mapping.InProgress, false), event.Verdict{Duplicate: true, Late: true}},
	}
	for _, step := range steps {
		if got := r.Judge(step.s); got != step.want {
			t.Errorf("%s: %+v, want %+v", step.name, got, step.want)
		}
		r.Commit()
	}
}

func TestRollbackLeavesNoTrace(t *testing.T) {
	t.Parallel()
	r := event.NewRecent(4)
	first := report("m", "first", mapping.InProgress, false)
	r.Judge(first)
	r.Commit()
	last := report("m", "last", mapping.Received, true)
	want := event.Verdict{Standing: true, Supersedes: first.ID}
	for range 3 {
		if got := r.Judge(last); got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
		for i := range 9 { // past the limit: what these push out must come back
			r.Judge(report(fmt.Sprint(i), fmt.Sprint(i), mapping.Received, true))
		}
		r.Rollback()
	}
	if got := r.Judge(first); !got.Duplicate {
		t.Errorf("the committed one is forgotten: %+v", got)
	}
}

func TestWhatIsNoReceiptHasNoStanding(t *testing.T) {
	t.Parallel()
	r := event.NewRecent(4)
	s := report("m", "a", 0, false)
	s.Kind = event.KindNonReceipt
	if got := r.Judge(s); got != (event.Verdict{}) {
		t.Errorf("first: %+v", got)
	}
	if got := r.Judge(s); got != (event.Verdict{Duplicate: true}) {
		t.Errorf("again: %+v", got)
	}
}

// naive is Recent written for the reader: it keeps everything, and counts.
type naive struct {
	limit, n int
	ids      map[string]naiveID
	messages map[event.Key]naiveMessage
}

type naiveID struct {
	seen  int
	stood bool
}

type naiveMessage struct {
	seen   int
	stands event.Summary
}

func (m *naive) judge(s *event.Summary) event.Verdict {
	id, duplicate := m.ids[s.ID]
	duplicate = duplicate && m.n-id.seen <= m.limit
	msg, known := m.messages[s.Message]
	known = known && m.n-msg.seen <= m.limit
	was := msg.stands
	v := event.Verdict{Duplicate: duplicate, Late: known && was.Final && !s.Final}
	failed := was.Status == mapping.ErrorOther
	switch {
	case duplicate:
		v.Standing = id.stood
	case !known, !was.Final:
		v.Standing = true
	case s.Final && was.Status == mapping.Undefined:
		v.Standing = s.Status != mapping.Undefined
	case s.Final && s.Status == mapping.Received:
		v.Standing = failed
	}
	if v.Standing && !duplicate {
		if known && was.ID != s.ID {
			v.Supersedes = was.ID
		}
		was = *s
	}
	m.ids[s.ID] = naiveID{m.n, v.Standing}
	m.messages[s.Message] = naiveMessage{m.n, was}
	m.n++
	return v
}

func anyReport() *rapid.Generator[*event.Summary] { return rapid.Custom(drawReport) }

func drawReport(t *rapid.T) *event.Summary {
	message := rapid.StringMatching("[a-h]").Draw(t, "message")
	copyOf := rapid.StringMatching("[0-5]").Draw(t, "copy")
	outcomes := []struct {
		status mapping.Status
		final  bool
	}{
		{mapping.InProgress, false},
		{mapping.Undefined, false},
		{mapping.Undefined, true},
		{mapping.Received, true},
		{mapping.ErrorOther, true},
		{mapping.InProgress, false},
	}
	o := outcomes[copyOf[0]-'0'] // the same octets are the same receipt, decided alike
	return report(message, message+copyOf, o.status, o.final)
}

func TestRecentIsTheNaiveModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		r := event.NewRecent(limit)
		model := naive{limit: limit, ids: map[string]naiveID{}, messages: map[event.Key]naiveMessage{}}
		for _, group := range rapid.SliceOfN(rapid.SliceOfN(anyReport(), 1, 12), 1, 30).Draw(t, "groups") {
			if rapid.Bool().Draw(t, "refused first") {
				for _, s := range group {
					r.Judge(s)
				}
				r.Rollback()
			}
			for i, s := range group {
				if diff := cmp.Diff(model.judge(s), r.Judge(s)); diff != "" {
					t.Fatalf("receipt %d of the group (-model +recent):\n%s", i, diff)
				}
			}
			r.Commit()
		}
	})
}

// TestRestoreIsAsIfItHadRunOn: a Recent restored from the log's tail goes on
// like the one that wrote the log.
func TestRestoreIsAsIfItHadRunOn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		before, after := event.NewRecent(limit), event.NewRecent(limit)
		for _, s := range rapid.SliceOfN(anyReport(), 0, limit).Draw(t, "log") {
			stored := *s
			stored.Verdict = before.Judge(s)
			before.Commit()
			after.Restore(&stored)
		}
		for i, s := range rapid.SliceOfN(anyReport(), 1, 40).Draw(t, "later") {
			if diff := cmp.Diff(before.Judge(s), after.Judge(s)); diff != "" {
				t.Fatalf("receipt %d (-ran on +restored):\n%s", i, diff)
			}
		}
	})
}

// TestRestoreFromACutTail: what stood is older than the log's tail.
func TestRestoreFromACutTail(t *testing.T) {
	t.Parallel()
	late := report("m", "late", mapping.InProgress, false)
	late.Late = true
	failure := report("m", "failure", mapping.ErrorOther, true) // does not stand: a final one stood
	copied := report("m", "copy", mapping.ErrorOther, true)
	copied.Duplicate, copied.Standing = true, true
	none := report("m", "mo", 0, false)
	none.Kind = event.KindNonReceipt
	received := report("m", "received", mapping.Received, true)
	enroute := report("m", "enroute", mapping.InProgress, false)
	tests := []struct {
		name       string
		tail, next *event.Summary
		want       event.Verdict
	}{
		{"late, then received", late, received, event.Verdict{Standing: true}},
		{"late, then another", late, enroute, event.Verdict{Late: true}},
		{"a failure that did not stand, then another", failure, enroute, event.Verdict{Late: true}},
		{"a copy of a failure that stood, then received", copied, received, event.Verdict{Standing: true, Supersedes: copied.ID}},
		{"no receipt", none, enroute, event.Verdict{Standing: true}},
	}
	for _, tt := range tests {
		r := event.NewRecent(10)
		r.Restore(tt.tail)
		if got := r.Judge(tt.next); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestRecentIsBounded: at most 80 octets a receipt, at any number of them.
func TestRecentIsBounded(t *testing.T) {
	const limit = 100_000
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	numbered := func(i int) *event.Summary { // two to a message
		return report(fmt.Sprint(i/2), fmt.Sprint(i), mapping.Received, i%2 == 1)
	}
	const all = 5 * limit / 2
	empty := heap()
	r := event.NewRecent(limit)
	for i := range all {
		r.Judge(numbered(i))
		judged := i + 1
		if judged%500 == 0 {
			r.Commit()
		}
		switch judged {
		case limit / 4, limit / 2, limit - 500, all:
			took := float64(heap()-empty) / float64(min(judged, limit))
			t.Logf("%d receipts: %.1f octets each", judged, took)
			if took > 80 {
				t.Errorf("%d receipts take %.1f octets each", judged, took)
			}
		}
	}
	if got := r.Judge(numbered(all - limit)); !got.Duplicate {
		t.Error("the oldest within the limit is forgotten")
	}
	if got := r.Judge(numbered(all - limit)); !got.Duplicate {
		t.Error("the newest is forgotten")
	}
	if got := r.Judge(numbered(all - limit - 1)); got.Duplicate {
		t.Error("one past the limit is still known")
	}
}
