package journaltest

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"github.com/dlrgate/dlrgate/journal"
)

// Receipt is the payload of the drafts in these tests.
type Receipt struct {
	ID, Recipient, Status string
	Body                  []byte
	Silent                bool // not to be forwarded
}

// Renderer renders Receipts; Err tells whether it was called as promised.
type Renderer struct {
	mu       sync.Mutex
	open     bool // rendered, and neither committed nor rolled back
	rendered int
	err      error
}

// Render fills the entry from the draft's Receipt.
func (r *Renderer) Render(d *journal.Draft, e *journal.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = true
	r.rendered++
	if e.Position == 0 || e.ReceivedAt.IsZero() {
		r.err = fmt.Errorf("rendered without position or time: %+v", e)
	}
	x := d.Payload.(Receipt)
	e.ID, e.Forward, e.Raw = x.ID, !x.Silent, x.Body
	sum := sha256.Sum256([]byte(x.ID))
	copy(e.Message[:], sum[:])
	e.Event = []byte(x.ID)
	if !d.Plain {
		e.Meta = []byte(x.Recipient + "|" + x.Status)
	}
}

// Committed ends a group.
func (r *Renderer) Committed() { r.end("Committed") }

// RolledBack ends a group.
func (r *Renderer) RolledBack() { r.end("RolledBack") }

func (r *Renderer) end(how string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.open {
		r.err = fmt.Errorf("%s without a Render before it", how)
	}
	r.open = false
}

// Err returns what was wrong with the calls, if anything.
func (r *Renderer) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Terms are the keys of an entry that Renderer made.
func Terms(e *journal.Entry) []journal.Term {
	recipient, status, ok := strings.Cut(string(e.Meta), "|")
	if !ok {
		return nil
	}
	return []journal.Term{{Kind: "recipient", Key: recipient}, {Kind: "status", Key: status}}
}
