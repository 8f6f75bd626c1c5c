package simulator

import (
	"fmt"
	"strings"
	"time"
)

// Verdict is what [Judge] found.
type Verdict struct {
	// Endpoint is the path that was judged.
	Endpoint string
	// Receipts that the SMSC had, how many were answered OK, how many of those
	// are at the endpoint.
	Receipts, Answered, Delivered int
	// Missing were answered OK and are not at the endpoint: lost.
	Missing []Entry
	// Unexpected are at the endpoint though the SMSC never sent them.
	Unexpected []Arrival
	// WrongStatus have another status than the dialect's profile gives.
	WrongStatus []Mismatch
	// Repeated is how often the endpoint took a webhook-id once more.
	Repeated int
	// Disorder are events that came before an earlier one of their message.
	Disorder []Arrival
	// Answer is the time from the sending of a receipt to its OK, Delivery from
	// that sending to the endpoint, Forward from the gateway's received_at to the
	// endpoint.
	Answer, Delivery, Forward Latency
}

// Mismatch is a receipt whose event has another status than expected.
type Mismatch struct {
	Entry   Entry
	Arrival Arrival
}

// OK tells that nothing was lost and nothing was invented.
func (v *Verdict) OK() bool { return len(v.Missing) == 0 && len(v.Unexpected) == 0 }

// String is one line for a person.
func (v *Verdict) String() string {
	return fmt.Sprintf("%d receipts, %d answered OK, %d of them delivered, %d lost, %d unexpected, %d repeated, %d out of order",
		v.Receipts, v.Answered, v.Delivered, len(v.Missing), len(v.Unexpected), v.Repeated, len(v.Disorder))
}

// Judge compares the truth with what an endpoint took, as sets: a receipt is
// found by its recipient, its message id in any form, and its stat or state.
func Judge(l *Ledger, e *Endpoint) Verdict {
	e.mu.Lock() // no copy: there may be millions
	defer e.mu.Unlock()
	j := newJudge(e.arrivals)
	j.verdict.Endpoint, j.verdict.Repeated = e.Path, e.counts.Repeated
	j.verdict.Receipts = l.Counts().Receipts
	for n := 1; n <= j.verdict.Receipts; n++ {
		entry, _ := l.Entry(uint64(n))
		j.judge(&entry)
	}
	return j.close()
}

// judge is a verdict in the making.
type judge struct {
	arrivals []Arrival
	newest   map[string]int32 // the last arrival of a recipient
	earlier  []int32          // for each arrival, the one before of its recipient; -1: none
	known    []bool

	answers, deliveries, forwards []time.Duration
	verdict                       Verdict
}

func newJudge(arrivals []Arrival) *judge {
	j := &judge{
		arrivals: arrivals, newest: make(map[string]int32, len(arrivals)),
		earlier: make([]int32, len(arrivals)), known: make([]bool, len(arrivals)),
	}
	for i := range arrivals {
		a := &arrivals[i]
		j.earlier[i] = -1
		if before, ok := j.newest[a.Recipient]; ok {
			j.earlier[i] = before
		}
		j.newest[a.Recipient] = int32(i)
		if !a.ReceivedAt.IsZero() && a.Replay == 0 {
			j.forwards = append(j.forwards, a.First.Sub(a.ReceivedAt))
		}
	}
	return j
}

// find returns the first arrival of the receipt, or nil, and marks all of them.
func (j *judge) find(entry *Entry) *Arrival {
	at, ok := j.newest[entry.Recipient]
	if !ok {
		return nil
	}
	var found *Arrival
	for ; at >= 0; at = j.earlier[at] {
		if sameReceipt(entry, &j.arrivals[at]) {
			j.known[at] = j.known[at] || entry.Sent > 0
			found = &j.arrivals[at]
		}
	}
	return found
}

func (j *judge) judge(entry *Entry) {
	v := &j.verdict
	a := j.find(entry)
	if entry.AnsweredOK.IsZero() {
		return
	}
	v.Answered++
	j.answers = append(j.answers, entry.AnsweredOK.Sub(entry.SentOK))
	if a == nil {
		v.Missing = append(v.Missing, *entry)
		return
	}
	v.Delivered++
	if !entry.Duplicate { // its event came with the first one's
		j.deliveries = append(j.deliveries, a.First.Sub(entry.SentOK))
	}
	if entry.Status != "" && entry.Status != a.Status {
		v.WrongStatus = append(v.WrongStatus, Mismatch{*entry, *a})
	}
}

func (j *judge) close() Verdict {
	v := &j.verdict
	for i := range j.arrivals {
		if !j.known[i] {
			v.Unexpected = append(v.Unexpected, j.arrivals[i])
		}
	}
	v.Disorder = disorder(j.arrivals)
	v.Answer, v.Delivery, v.Forward = latencyOf(j.answers), latencyOf(j.deliveries), latencyOf(j.forwards)
	return *v
}

// sameReceipt tells whether the event reports the receipt; the recipients are
// equal already.
func sameReceipt(e *Entry, a *Arrival) bool {
	if a.MessageID != "" && !anyForm(e, a) {
		return false
	}
	if e.Stat != "" && a.Stat != "" {
		return strings.EqualFold(e.Stat, a.Stat)
	}
	return e.State == a.State || e.State == 0 || a.State == 0
}

func anyForm(e *Entry, a *Arrival) bool {
	for _, mine := range [...]string{e.TextID, e.TLVID, e.MessageID} {
		if mine == "" {
			continue
		}
		if sameID(mine, a.MessageID) {
			return true
		}
		for _, other := range a.MessageIDs {
			if sameID(mine, other) {
				return true
			}
		}
	}
	return e.TextID == "" && e.TLVID == "" // a form that only a pattern finds
}

// sameID ignores what the contract's canonical form drops: case and leading
// zeros.
func sameID(a, b string) bool {
	return strings.EqualFold(strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0"))
}

// disorder returns the first arrivals that have a lower sequence than an
// earlier one of their message.
func disorder(arrivals []Arrival) []Arrival {
	type message struct{ operator, id, recipient string }
	highest := make(map[message]uint64, len(arrivals))
	var out []Arrival
	for i := range arrivals {
		a := &arrivals[i]
		if a.Replay > 0 {
			continue
		}
		m := message{a.Operator, a.MessageID, a.Recipient}
		if a.Sequence < highest[m] {
			out = append(out, *a)
		}
		highest[m] = max(highest[m], a.Sequence)
	}
	return out
}
