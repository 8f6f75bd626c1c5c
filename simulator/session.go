package simulator

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// Session is one bound connection. Its methods may be called from any
// goroutine, and do nothing once it has ended.
type Session struct {
	// SystemID and Mode (receiver, transmitter, transceiver) are from the bind.
	SystemID string
	Mode     string

	smsc  *SMSC
	conn  net.Conn
	wake  chan struct{}
	ended chan struct{} // closed when the reader has ended
	read  *gate         // closed while StopReading is in force

	mu         sync.Mutex
	control    []byte // PDUs that wait to be written before any receipt
	unanswered map[uint32]*pending
	late       map[uint32]uint64 // receipts whose time ran out, by sequence_number
	sequence   uint32
	enquiry    time.Time // when our enquire_link went out; zero: none is open
	lastSent   time.Time
	silent     bool
	unbinding  bool
	reason     string
}

// bindTimeout bounds the wait for a bind PDU, writeTimeout each write.
const (
	bindTimeout  = 30 * time.Second
	writeTimeout = 30 * time.Second
)

// serve owns one connection from accept to close.
func (c *SMSC) serve(conn net.Conn) {
	defer c.wg.Done()
	defer c.forget(conn)
	r := bufio.NewReaderSize(conn, 64<<10)
	_ = conn.SetReadDeadline(time.Now().Add(bindTimeout))
	h, body, _, err := readPDU(r, nil)
	if err != nil {
		c.log("a connection from %s ended before it bound: %v", conn.RemoteAddr(), err)
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	s, answer := c.bind(conn, h, body)
	if answer == nil { // silent: read on and say nothing
		_, _ = io.Copy(io.Discard, r)
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if s == nil {
		_, _ = conn.Write(answer)
		return
	}
	s.control = answer
	c.attach(s)
	var writer sync.WaitGroup
	writer.Go(s.write)
	err = s.readLoop(r)
	c.detach(s, err)
	close(s.ended)
	_ = conn.Close()
	writer.Wait()
}

// takesReceipts is false for a transmitter.
func (s *Session) takesReceipts() bool { return s.Mode != "transmitter" }

func (c *SMSC) attach(s *Session) {
	c.mu.Lock()
	c.sessions = append(c.sessions, s)
	c.mu.Unlock()
	c.ledger.update(func(n *Counts) {
		n.Binds++
		if s.takesReceipts() {
			n.Sessions++
		}
	})
	c.log("%s bound as %s from %s", s.SystemID, s.Mode, s.conn.RemoteAddr())
}

// detach takes the session out and has what it left unanswered sent again.
func (c *SMSC) detach(s *Session, err error) {
	c.mu.Lock()
	for i, other := range c.sessions {
		if other == s {
			c.sessions = append(c.sessions[:i], c.sessions[i+1:]...)
			break
		}
	}
	c.linger(s)
	c.mu.Unlock()
	s.mu.Lock()
	s.unbinding = true // the writer takes no more receipts
	open := inOrder(s.unanswered)
	s.unanswered = map[uint32]*pending{}
	if s.reason == "" {
		s.reason = "the connection ended: " + err.Error()
	}
	reason := s.reason
	s.mu.Unlock()
	for _, p := range open {
		c.sendAgain(p)
	}
	c.ledger.update(func(n *Counts) {
		n.Unanswered += len(open)
		if s.takesReceipts() {
			n.Sessions--
		}
	})
	select {
	case <-c.stop: // our own end is no news
		return
	default:
	}
	c.log("%s (%s) is gone with %d receipts unanswered: %s", s.SystemID, s.Mode, len(open), reason)
}

// linger counts a session on that ended without a word, for as long as its account
// says. c.mu is held.
func (c *SMSC) linger(s *Session) {
	s.mu.Lock()
	lost := s.reason == ""
	s.mu.Unlock()
	for _, a := range c.opts.Accounts {
		if !lost || a.SystemID != s.SystemID || a.Linger == 0 {
			continue
		}
		c.lingers[a.SystemID]++
		c.agenda.after(a.Linger, func() {
			c.mu.Lock()
			c.lingers[a.SystemID]--
			c.mu.Unlock()
			c.log("%s's lost session no longer counts", a.SystemID)
		})
		return
	}
}

// endWith notes why the session ends; the first reason stays.
func (s *Session) endWith(reason string) {
	s.mu.Lock()
	if s.reason == "" {
		s.reason = reason
	}
	s.unbinding = true
	s.mu.Unlock()
}

// end closes the connection, which ends the reader and with it the session.
func (s *Session) end(reason string) {
	s.endWith(reason)
	_ = s.conn.Close()
	s.read.set(false)
}

// Drop ends the connection without an unbind.
func (s *Session) Drop() { s.end("dropped by us") }

// Unbind sends unbind and waits until the session has ended, or until ctx is
// done, when it closes the connection and returns the context's error.
func (s *Session) Unbind(ctx context.Context) error {
	s.mu.Lock()
	s.unbinding = true
	s.sequence++
	s.control = appendPDU(s.control, header{command: cmdUnbind, sequence: s.sequence}, nil)
	s.mu.Unlock()
	s.wakeUp()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		s.end("our unbind was not answered")
		return ctx.Err()
	}
}

// SendRaw writes octets as they are, between two PDUs.
func (s *Session) SendRaw(octets []byte) {
	s.mu.Lock()
	s.control = append(s.control, octets...)
	s.mu.Unlock()
	s.wakeUp()
}

// Silence makes the session answer and send nothing while on; it reads on.
func (s *Session) Silence(on bool) {
	s.mu.Lock()
	s.silent = on
	s.mu.Unlock()
	s.wakeUp()
}

// StopReading leaves the ESME's octets unread while on.
func (s *Session) StopReading(on bool) { s.read.set(on) }

// Ended is closed when the session has ended.
func (s *Session) Ended() <-chan struct{} { return s.ended }
