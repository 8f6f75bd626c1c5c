package smpp

import (
	"bufio"
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// readBuffer holds some hundred receipts, so that a flood costs few reads.
const readBuffer = 64 << 10

// session is one connected life of a bind. Three goroutines serve it beside the
// one in run: the reader, which never waits for anything but octets; the worker,
// which hands receipts to the handler; and the outbox's writer.
type session struct {
	bind   *bind
	conn   net.Conn
	in     *bufio.Reader
	out    *outbox
	window window
	// queue holds receipts between reader and worker. Its capacity is the
	// window's, and what is in it is in the window: sending never blocks.
	queue chan *ticket

	began     time.Time
	lastOctet atomic.Int64 // nanoseconds after began, monotonic

	cutOff *time.Timer // run's own: ends a session that ErrLost ended; else nil

	// The reader's own.
	deadline bool    // a read deadline is set
	matched  request // what the last response answered

	mu       sync.Mutex
	state    state
	sequence uint32
	pending  map[pdu.ID]request // ours, at most one of each command
	// theirUnbind is the sequence of the SMSC's unbind.
	theirUnbind uint32
	farewell    *ending // how the session means to end, since it was asked to leave

	accepted chan struct{} // closed when bound
	released chan struct{} // closed when the SMSC unbinds us
	unbound  chan struct{} // closed by the answer to our unbind
	over     chan struct{} // closed when end is set
	end      ending
	finished sync.Once
}

// request is one of ours that waits for its response.
type request struct {
	sequence uint32
	at       time.Time
}

func newSession(b *bind, conn net.Conn) *session {
	s := &session{
		bind:     b,
		conn:     conn,
		out:      newOutbox(),
		window:   window{limit: b.opts.Window},
		queue:    make(chan *ticket, b.opts.Window),
		began:    time.Now(),
		pending:  map[pdu.ID]request{},
		accepted: make(chan struct{}),
		released: make(chan struct{}),
		unbound:  make(chan struct{}),
		over:     make(chan struct{}),
	}
	s.in = bufio.NewReaderSize(lifeReader{s}, readBuffer)
	return s
}

// run lives the session: bind, serve, unbind, close. When ctx ends it leaves
// cleanly. When it returns, the connection is closed, every goroutine has ended
// and s.end says why.
func (s *session) run(ctx context.Context) {
	handling, endHandling := context.WithCancel(context.WithoutCancel(ctx))
	working := spawn(func() { s.work(handling) })
	reading := spawn(s.read)
	writing := spawn(s.write)

	s.request(s.bind.bindRequest())
	s.serve(ctx)
	if s.cutOff != nil {
		defer s.cutOff.Stop()
	}

	<-s.over
	s.out.close()
	if s.end.cause == causeStopped || s.end.cause == causeUnbound {
		waitFor(writing, s.bind.opts.ResponseTimeout)
		select {
		case <-s.released:
			waitFor(reading, closeGrace)
		default:
		}
	}
	s.conn.Close()
	endHandling()
	<-reading
	<-writing
	<-working
}

// spawn runs f in a goroutine; the channel is closed when it has ended.
func spawn(f func()) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	return ended
}

// waitFor waits for c, at most for limit.
func waitFor(c <-chan struct{}, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c:
	case <-timer.C:
	}
}

func (s *session) write() {
	err := s.out.writeTo(s.conn, s.bind.opts.ResponseTimeout)
	if err != nil && (s.isBound() || !connectionLost(err)) {
		s.finish(s.endOfWriting(err))
	} // else the reader tells: the SMSC may have said why
}

// serve drives the session until it is over.
func (s *session) serve(ctx context.Context) {
	answer := time.NewTimer(s.bind.opts.ResponseTimeout)
	defer answer.Stop()
	select {
	case <-s.accepted:
		s.bind.enter(change{to: Bound})
		s.keep(ctx)
	case <-answer.C:
		s.finish(s.endSilent())
	case <-ctx.Done():
		s.leave(ctx)
	case <-s.released:
		s.depart(unbindGrace, s.endUnboundBySMSC())
	case <-s.over:
	}
}

// keep serves the bound session and watches its link.
func (s *session) keep(ctx context.Context) {
	link := linkWatch{session: s, next: time.Now().Add(s.bind.opts.EnquireLink)}
	timer := time.NewTimer(s.bind.opts.EnquireLink)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			timer.Reset(link.tick(time.Now()))
		case <-ctx.Done():
			s.leave(ctx)
			return
		case <-s.released:
			s.depart(unbindGrace, s.endUnboundBySMSC())
			return
		case <-s.over:
			return
		}
	}
}

// step feeds one input to the state machine.
func (s *session) step(in input) step {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := next(s.state, in)
	s.state = st.to
	return st
}

// finish ends the session; the first reason counts. A departing session ends as
// it meant to, even if the SMSC is quicker to close the connection.
func (s *session) finish(end ending) {
	s.finished.Do(func() {
		s.mu.Lock()
		s.state = over
		if s.farewell != nil {
			end = *s.farewell
		}
		end.bound = s.isBound()
		s.mu.Unlock()
		s.end = end
		close(s.over)
	})
}

// request sends a request of ours and remembers it.
func (s *session) request(p pdu.Body) {
	s.mu.Lock()
	s.sequence++ // from 1; a session does not live long enough to pass 0x7fffffff
	sequence := s.sequence
	s.pending[p.Header().ID] = request{sequence: sequence, at: time.Now()}
	s.mu.Unlock()
	s.send(p, sequence, StatusOK)
}

func (s *session) send(p pdu.Body, sequence uint32, status CommandStatus) {
	if err := s.out.send(p, sequence, status); err != nil {
		s.finish(s.endOfWriting(err))
	}
}
