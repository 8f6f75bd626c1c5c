package smpp

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

const (
	// maxOutbox bounds what waits to be written. Only a peer that does not read
	// gets there: it is a quarter of a million answers.
	maxOutbox = 4 << 20
	// maxWrite is written under one deadline, so that a slow peer which reads is
	// not taken for one that does not.
	maxWrite = 64 << 10
)

var (
	errOutboxFull   = errors.New("too many answers wait")
	errOutboxClosed = errors.New("the session is over")
)

// outbox is a session's one write path. Everybody adds PDUs to it without
// blocking; one goroutine writes what has gathered in as few writes as it can.
type outbox struct {
	wake chan struct{} // capacity 1: there is something to do

	mu     sync.Mutex
	buf    []byte
	closed bool
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// respond adds the response to a deliver_sm or data_sm: a header and an empty
// message_id (SMPP 3.4 §4.6.2, §4.7.2).
func (o *outbox) respond(h header) error {
	h.command |= responseBit
	return o.add(func(b []byte) []byte { return append(appendHeader(b, h, 1), 0) })
}

// send adds any other PDU. Its header's sequence and status are set after the
// constructor, which replaces sequence 0 by a number of its own.
func (o *outbox) send(p pdu.Body, sequence uint32, status CommandStatus) error {
	p.Header().Seq, p.Header().Status = sequence, pdu.Status(status)
	var b bytes.Buffer
	if err := p.SerializeTo(&b); err != nil {
		return err
	}
	return o.add(func(buf []byte) []byte { return append(buf, b.Bytes()...) })
}

func (o *outbox) add(appendTo func([]byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return errOutboxClosed
	case len(o.buf) >= maxOutbox:
		return errOutboxFull
	}
	o.buf = appendTo(o.buf)
	o.signal()
	return nil
}

// close lets writeTo return once everything is written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// swap takes what has gathered and gives an empty buffer for what comes next.
func (o *outbox) swap(empty []byte) (full []byte, closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	full, o.buf = o.buf, empty[:0]
	return full, o.closed
}

// writeTo writes until the outbox is closed and empty, or a write is not done
// within timeout.
func (o *outbox) writeTo(conn net.Conn, timeout time.Duration) error {
	var batch []byte
	for range o.wake {
		var closed bool
		batch, closed = o.swap(batch)
		for rest := batch; len(rest) > 0; {
			n := min(len(rest), maxWrite)
			if err := conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
				return err
			}
			if _, err := conn.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		if closed {
			return nil
		}
	}
	return nil
}
