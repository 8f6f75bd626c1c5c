package gateway

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// renderer makes log entries of events in the order of the log; only the
// journal's committer calls it.
type renderer struct {
	// mu is held from the first Render of a group to its end: another stream's
	// tail may be restored between two groups.
	mu        sync.Mutex
	rendering bool
	recent    *event.Recent
	// judged are the summaries of the group that is being committed; they are
	// counted when it is durable.
	judged []event.Summary
	// scratch is where an entry is rendered before its size is known.
	scratch []byte
	// stored is told of each receipt that became durable.
	stored func(*event.Summary)
}

// Render judges the draft against what came before it and fills the entry. Of
// one that the engine refused for its data only the octets are left.
func (r *renderer) Render(d *journal.Draft, e *journal.Entry) {
	if !r.rendering {
		r.mu.Lock()
		r.rendering = true
	}
	ev := d.Payload.(*event.Event)
	e.ID, e.Message = ev.ID(), ev.Message()
	if d.Plain {
		e.Raw = ev.Facts().AppendBinary(nil)
		return
	}
	s := ev.Summary()
	if e.Forward = ev.Forward(); e.Forward {
		s.Verdict = r.recent.Judge(&s)
	}
	// The three forms share one allocation of their exact size: the ring keeps
	// thousands of entries.
	b := ev.Facts().AppendBinary(r.scratch[:0])
	raw := len(b)
	b = s.AppendBinary(b)
	meta := len(b)
	b = ev.AppendJSON(b, e.Position.Seq(), s.Verdict)
	r.scratch = b
	b = bytes.Clone(b)
	e.Raw, e.Meta, e.Event = b[:raw:raw], b[raw:meta:meta], b[meta:]
	r.judged = append(r.judged, s)
}

// Committed counts the group and makes its verdicts stand.
func (r *renderer) Committed() {
	r.recent.Commit()
	for i := range r.judged {
		r.stored(&r.judged[i])
	}
	r.end()
}

// RolledBack forgets the group: a receipt that was refused and comes again is
// no duplicate.
func (r *renderer) RolledBack() {
	r.recent.Rollback()
	r.end()
}

func (r *renderer) end() {
	r.judged = r.judged[:0]
	r.rendering = false
	r.mu.Unlock()
}

// restore teaches the renderer one entry that was stored before the start, or
// by another gateway.
func (r *renderer) restore(e *journal.Entry) error {
	if len(e.Meta) == 0 {
		return nil // stored as octets alone
	}
	s, err := event.DecodeSummary(e.Meta)
	if err != nil {
		return fmt.Errorf("entry %q: %w", e.ID, err)
	}
	if s.Kind == event.KindReceipt {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.recent.Restore(&s)
	}
	return nil
}

// found learns and counts an entry that is stored although its group was rolled
// back: the receipt comes again, and is a duplicate then.
func (r *renderer) found(e *journal.Entry) {
	s, err := event.DecodeSummary(e.Meta)
	if err != nil || r.restore(e) != nil {
		return // stored as octets alone
	}
	r.stored(&s)
}

// The kinds of terms that find an entry, besides its id; an operator's receipts
// are found by their stream.
const (
	termMessageID = "message_id"
	termRecipient = "recipient"
	termStatus    = "status"
	termKind      = "kind" // of what is no receipt
)

// terms are the keys that find an entry: what its summary says.
func terms(e *journal.Entry) []journal.Term {
	s, err := event.DecodeSummary(e.Meta)
	if err != nil { // stored as raw octets
		return []journal.Term{{Kind: termKind, Key: event.KindMalformed.String()}}
	}
	var out []journal.Term
	if s.Kind != event.KindReceipt {
		out = append(out, journal.Term{Kind: termKind, Key: s.Kind.String()})
	}
	for _, t := range [...]journal.Term{
		{Kind: termMessageID, Key: receipt.SearchID(s.MessageID)},
		{Kind: termRecipient, Key: numberKey(s.Recipient)},
		{Kind: termStatus, Key: s.Status.String()},
	} {
		if t.Key != "" {
			out = append(out, t)
		}
	}
	return out
}
