package simulator

import (
	"slices"
	"sync"
	"time"
)

// Entry is what the ledger knows of one receipt.
type Entry struct {
	Truth
	// Number is the simulator's own number of the receipt, from 1.
	Number  uint64
	Account string
	// Text is the receipt's text; empty when the ledger drops texts.
	Text string
	// Sent counts how often it went out; FirstSent and LastSent are zero before.
	Sent                int
	FirstSent, LastSent time.Time
	// Answers counts the answers, LastStatus is the newest one's.
	Answers    int
	LastStatus CommandStatus
	// AnsweredOK is when it was first answered with command_status 0, SentOK when
	// that sending went out; zero: never.
	AnsweredOK, SentOK time.Time
	// GivenUp tells that it will not be sent again though never answered OK.
	GivenUp bool
}

// Counts are the ledger's totals.
type Counts struct {
	Sessions   int // sessions bound now that take receipts
	Binds      int // binds accepted since the start
	Receipts   int // receipts that the SMSC was given
	Duplicates int // of them, those with the octets of an earlier one
	Sends      int // PDUs sent, with those sent again
	Answered   int // receipts answered at least once
	OK         int // receipts answered with command_status 0
	GivenUp    int // receipts that will not be sent again and were never answered OK
	Unanswered int // sendings that ran out of time or lost their session
	Again      int // receipts redelivered after an OK that wait for their new answer
}

// Open is how many receipts wait for their last answer.
func (c Counts) Open() int { return c.Receipts - c.OK - c.GivenUp + c.Again }

// record is an entry as it is kept: times are offsets from the ledger's start.
type record struct {
	truth     Truth
	account   string
	text      string
	firstSent time.Duration
	lastSent  time.Duration
	okAt      time.Duration
	okSent    time.Duration
	status    CommandStatus
	sent      uint32
	answers   uint32
	givenUp   bool
}

// Ledger is the ground truth about every receipt. Several SMSCs may share one.
// All methods may be called from any goroutine.
type Ledger struct {
	// DropText, when set before the first receipt, keeps no texts, for runs of
	// millions of receipts.
	DropText bool

	start    time.Time
	changed  signal
	mu       sync.Mutex
	pages    [][]record // of pageSize each, so that growing copies nothing
	counts   Counts
	statuses map[CommandStatus]int
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{start: time.Now(), statuses: map[CommandStatus]int{}}
}

const pageSize = 4096

// record returns the record of a number; l.mu is held.
func (l *Ledger) record(number uint64) *record {
	return &l.pages[(number-1)/pageSize][(number-1)%pageSize]
}

// add gives the receipt its number.
func (l *Ledger) add(r *Receipt) uint64 {
	rec := record{truth: r.Truth, account: r.Account}
	if !l.DropText {
		rec.text = r.Text
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts.Receipts%pageSize == 0 {
		l.pages = append(l.pages, make([]record, 0, pageSize))
	}
	last := &l.pages[len(l.pages)-1]
	*last = append(*last, rec)
	l.counts.Receipts++
	if r.Duplicate {
		l.counts.Duplicates++
	}
	return uint64(l.counts.Receipts)
}

func (l *Ledger) sent(numbers []uint64) {
	now := time.Since(l.start)
	l.mu.Lock()
	for _, n := range numbers {
		r := l.record(n)
		if r.sent == 0 {
			r.firstSent = now
		}
		r.lastSent = now
		r.sent++
	}
	l.counts.Sends += len(numbers)
	l.mu.Unlock()
	l.changed.broadcast()
}

// answered records an answer.
func (l *Ledger) answered(number uint64, status CommandStatus) {
	now := time.Since(l.start)
	l.mu.Lock()
	r := l.record(number)
	if r.answers == 0 {
		l.counts.Answered++
	}
	r.answers++
	r.status = status
	l.statuses[status]++
	if status == StatusOK && r.okAt == 0 {
		r.okAt, r.okSent = now, r.lastSent
		l.counts.OK++
		if r.givenUp { // the OK came after all
			r.givenUp = false
			l.counts.GivenUp--
		}
	}
	l.mu.Unlock()
	l.changed.broadcast()
}

func (l *Ledger) unanswered(n int) {
	l.update(func(c *Counts) { c.Unanswered += n })
}

func (l *Ledger) giveUp(number uint64) {
	l.mu.Lock()
	if r := l.record(number); !r.givenUp && r.okAt == 0 {
		r.givenUp = true
		l.counts.GivenUp++
	}
	l.mu.Unlock()
	l.changed.broadcast()
}

func (l *Ledger) update(change func(*Counts)) {
	l.mu.Lock()
	change(&l.counts)
	l.mu.Unlock()
	l.changed.broadcast()
}

// Counts returns the totals.
func (l *Ledger) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}

// Statuses returns how many answers carried each command_status.
func (l *Ledger) Statuses() map[CommandStatus]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[CommandStatus]int, len(l.statuses))
	for s, n := range l.statuses {
		out[s] = n
	}
	return out
}

// Entry returns the receipt with that number, and false when there is none.
func (l *Ledger) Entry(number uint64) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number == 0 || number > uint64(l.counts.Receipts) {
		return Entry{}, false
	}
	return l.entry(number), true
}

// Entries returns every receipt in the order of their numbers.
func (l *Ledger) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Entry, l.counts.Receipts)
	for i := range out {
		out[i] = l.entry(uint64(i + 1))
	}
	return out
}

func (l *Ledger) entry(number uint64) Entry {
	r := l.record(number)
	return Entry{
		Truth: r.truth, Number: number, Account: r.account, Text: r.text,
		Sent: int(r.sent), FirstSent: l.at(r.firstSent), LastSent: l.at(r.lastSent),
		Answers: int(r.answers), LastStatus: r.status, AnsweredOK: l.at(r.okAt), SentOK: l.at(r.okSent), GivenUp: r.givenUp,
	}
}

func (l *Ledger) at(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return l.start.Add(d)
}

// Latency is a distribution of durations.
type Latency struct {
	Count         int
	P50, P99, Max time.Duration
}

// latencyOf sorts d.
func latencyOf(d []time.Duration) Latency {
	if len(d) == 0 {
		return Latency{}
	}
	slices.Sort(d)
	return Latency{Count: len(d), P50: d[len(d)/2], P99: d[len(d)*99/100], Max: d[len(d)-1]}
}
