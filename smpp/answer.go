package smpp

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"go.uber.org/zap"
)

// maxUnanswered bounds the octets of receipts that a bind has taken and not yet
// answered.
const maxUnanswered = 4 << 20

// ticket is one receipt that a session took and owes an answer.
type ticket struct {
	session  *session
	header   header
	body     []byte
	at       time.Time
	answered atomic.Bool
}

// answer writes the verdict, once.
func (t *ticket) answer(status CommandStatus) {
	if t.answered.Swap(true) {
		return
	}
	t.session.window.free(len(t.body)) // first: the peer may send the next at once
	t.session.respond(t.header, status, t.at)
	t.session.window.answered()
}

// deliver hands the receipt to the handler. Whatever a receipt makes the decoder
// or the handler do, the bind lives on and the receipt is answered.
func (t *ticket) deliver(ctx context.Context, h Handler) {
	b := t.session.bind
	d := &DeliverSM{
		Operator: b.opts.Name, Account: b.account.Name, Bind: b.name,
		Sequence: t.header.sequence, ReceivedAt: t.at,
	}
	first := t.fenced(func() {
		d.decode(t.header.command, t.body)
		if d.Malformed != "" {
			b.malformed(d.Malformed)
		}
		h.Deliver(ctx, d, t.answer)
	})
	if first == "" {
		return
	}
	b.malformed(first)
	if t.answered.Load() {
		return // it was stored and answered before the panic
	}
	again := &DeliverSM{
		Operator: d.Operator, Account: d.Account, Bind: d.Bind, Command: commandName(t.header.command),
		Sequence: d.Sequence, Raw: t.body, ReceivedAt: d.ReceivedAt, Malformed: first,
	}
	if second := t.fenced(func() { h.Deliver(ctx, again, t.answer) }); second != "" {
		t.answer(b.opts.FullStatus)
	}
}

// fenced runs f and returns what its panic was, "" without one. The panic's own
// value may quote the receipt, so only its type is told, and a runtime error's
// text, which holds numbers only.
func (t *ticket) fenced(f func()) (panicked string) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		panicked = fmt.Sprintf("panic: %T", v)
		if err, ok := v.(runtime.Error); ok {
			panicked = "panic: " + err.Error()
		}
		t.session.bind.note("panic over a receipt, kept as malformed: a fault of this program, please report it",
			zap.String("panic", panicked), zap.ByteString("stack", debug.Stack()))
	}()
	f()
	return ""
}

func commandName(id pdu.ID) string {
	if id == pdu.DataSMID {
		return CommandDataSM
	}
	return CommandDeliverSM
}

// window counts what a session has taken and not yet answered.
type window struct {
	limit int

	mu       sync.Mutex
	receipts int
	octets   int
	owed     int           // receipts, and those whose answer is being written
	waiting  chan struct{} // closed when nothing is owed; nil while nobody waits
}

// take reports whether one more receipt of n octets fits, and counts it in.
func (w *window) take(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.receipts >= w.limit || w.octets+n > maxUnanswered {
		return false
	}
	w.receipts++
	w.owed++
	w.octets += n
	return true
}

// free gives the place of a receipt of n octets to the next one.
func (w *window) free(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.receipts--
	w.octets -= n
}

// answered ends what a receipt is owed.
func (w *window) answered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.owed--
	if w.owed == 0 && w.waiting != nil {
		close(w.waiting)
		w.waiting = nil
	}
}

// empty returns a channel that is closed when nothing is left to answer.
func (w *window) empty() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.owed == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	if w.waiting == nil {
		w.waiting = make(chan struct{})
	}
	return w.waiting
}

// release takes back what take counted.
func (w *window) release(n int) {
	w.free(n)
	w.answered()
}

func (w *window) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.receipts
}
