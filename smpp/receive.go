package smpp

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"go.uber.org/zap"
)

// lifeReader reads the connection and notes when octets came: each is a sign of
// life.
type lifeReader struct{ s *session }

func (r lifeReader) Read(p []byte) (int, error) {
	n, err := r.s.conn.Read(p)
	if n > 0 {
		r.s.lastOctet.Store(int64(time.Since(r.s.began)))
	}
	return n, err
}

// read serves what the SMSC sends, PDU by PDU, until the connection ends.
func (s *session) read() {
	for {
		if err := s.readPDU(); err != nil {
			s.finish(s.endOfReading(err))
			return
		}
	}
}

// readPDU reads one PDU and acts on it. It waits for its first octet as long as
// the link lives, and for the rest no longer than for an answer.
func (s *session) readPDU() error {
	if err := s.patient(); err != nil {
		return err
	}
	if _, err := s.in.Peek(1); err != nil {
		return err
	}
	if err := s.impatient(pdu.HeaderLen); err != nil {
		return err
	}
	h, err := readHeader(s.in)
	if err != nil {
		return err
	}
	if err := s.impatient(h.bodyLen()); err != nil {
		return err
	}
	do := s.step(s.classify(h)).do
	if do == take {
		return s.take(h)
	}
	if _, err := s.in.Discard(h.bodyLen()); err != nil {
		return err
	}
	s.act(do, h)
	return nil
}

// patient lets the next read wait: keep and serve watch that the link lives.
func (s *session) patient() error {
	if !s.deadline {
		return nil
	}
	s.deadline = false
	return s.conn.SetReadDeadline(time.Time{})
}

// impatient bounds the wait for the next n octets unless they are here already.
func (s *session) impatient(n int) error {
	if s.deadline || s.in.Buffered() >= n {
		return nil
	}
	s.deadline = true
	return s.conn.SetReadDeadline(time.Now().Add(s.bind.opts.ResponseTimeout))
}

// classify says what a PDU means to the session.
func (s *session) classify(h header) input {
	switch h.command { //nolint:exhaustive // every other request is unknown to an ESME
	case pdu.DeliverSMID, pdu.DataSMID:
		return inReceipt
	case pdu.EnquireLinkID:
		return inEnquireLink
	case pdu.UnbindID:
		return inUnbind
	case pdu.AlertNotificationID:
		return inAlert
	}
	if !h.isResponse() {
		return inUnknownRequest
	}
	return s.match(h)
}

// take reads the receipt and queues it for the handler, or refuses it for now.
func (s *session) take(h header) error {
	if !s.admit(h.bodyLen()) {
		_, err := s.in.Discard(h.bodyLen())
		s.refuse(h)
		s.pause(s.bind.refusals.Reserve().Delay())
		return err
	}
	body := make([]byte, h.bodyLen())
	if _, err := io.ReadFull(s.in, body); err != nil {
		s.window.release(len(body))
		return err
	}
	t := &ticket{session: s, header: h, body: body, at: time.Now()}
	s.bind.received(t.at)
	s.queue <- t
	return nil
}

// pause lets the peer wait for a moment: until it is over its octets are not read,
// and whoever keeps to the rules has the processor.
func (s *session) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.over:
	}
}

// admit reports whether window and rate allow one more receipt of n octets.
func (s *session) admit(n int) bool {
	if !s.window.take(n) {
		return false
	}
	if !s.bind.rate.Allow() {
		s.window.release(n)
		return false
	}
	return true
}

func (s *session) refuse(h header) {
	at := time.Now()
	s.bind.received(at)
	s.respond(h, s.bind.opts.FullStatus, at)
}

// respond answers the receipt h, which was read at that time. An answer that
// comes after the session is not counted: nobody hears it.
func (s *session) respond(h header, status CommandStatus, at time.Time) {
	switch err := s.out.respond(header{command: h.command, status: status, sequence: h.sequence}); {
	case err == nil:
		s.bind.answered(status, time.Since(at))
	case !errors.Is(err, errOutboxClosed):
		s.finish(s.endOfWriting(err))
	}
}

// act does what the state machine asks for, take excepted.
func (s *session) act(do action, h header) {
	switch do { //nolint:exhaustive // sendUnbind, answerUnbind and the drain of inStop are depart's
	case announceBound:
		close(s.accepted)
	case endRefused:
		s.finish(endRefusedBind(h))
	case refuse:
		s.refuse(h)
	case answerEnquireLink:
		s.send(pdu.NewEnquireLinkResp(), h.sequence, StatusOK)
	case noteLink:
		s.bind.opts.Observer.EnquireLink(s.bind.name, time.Since(s.matched.at))
	case drain:
		s.unboundBySMSC(h.sequence)
	case endUnbound:
		close(s.unbound)
	case noteAlert:
		s.bind.opts.Observer.AlertNotification(s.bind.name)
		s.bind.note("alert_notification received, nothing to do")
	case nack:
		s.send(pdu.NewGenericNACK(), h.sequence, StatusInvalidCommand)
		s.bind.opts.Observer.UnknownCommand(s.bind.name, uint32(h.command))
		s.bind.note("a command that an ESME does not serve, answered generic_nack",
			zap.String("command_id", h.command.String()), zap.Uint32("number", uint32(h.command)))
	case noteStray:
		s.bind.note("a response to nothing that we asked, ignored",
			zap.Uint32("command_id", uint32(h.command)), zap.Stringer("command_status", h.status),
			zap.Uint32("sequence", h.sequence))
	}
}

// work hands receipts to the handler until ctx ends, in the order in which they
// came. It is not the reader: a handler that waits stops nobody but itself.
func (s *session) work(ctx context.Context) {
	for {
		select {
		case t := <-s.queue:
			if ctx.Err() != nil {
				return
			}
			t.deliver(ctx, s.bind.handler)
		case <-ctx.Done():
			return
		}
	}
}
