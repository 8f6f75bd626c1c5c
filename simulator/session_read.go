package simulator

import (
	"bufio"
	"errors"
	"time"
)

// readLoop answers what the ESME sends until the connection ends.
func (s *Session) readLoop(r *bufio.Reader) error {
	var buf []byte
	for {
		if err := s.read.pass(s.smsc.stop); err != nil {
			return err
		}
		h, body, grown, err := readPDU(r, buf)
		if err != nil {
			return err
		}
		buf = grown
		if err := s.handle(h, body); err != nil {
			return err
		}
		if r.Buffered() == 0 {
			s.wakeUp()
		}
	}
}

var errUnbound = errors.New("unbound")

func (s *Session) handle(h header, body []byte) error {
	if h.command&responseBit != 0 {
		return s.handleResponse(h)
	}
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	if silent {
		return nil
	}
	switch h.command {
	case cmdEnquireLink:
		s.queueControl(header{h.command | responseBit, StatusOK, h.sequence}, nil)
	case cmdUnbind:
		s.endWith("the ESME unbound")
		_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		_, _ = s.conn.Write(appendPDU(nil, header{h.command | responseBit, StatusOK, h.sequence}, nil))
		return errUnbound
	case cmdSubmitSM:
		s.submit(h, body)
	default:
		s.queueControl(header{cmdGenericNack, StatusInvalidCommand, h.sequence}, nil)
	}
	return nil
}

func (s *Session) handleResponse(h header) error {
	switch h.command {
	case cmdDeliverSM | responseBit, cmdDataSM | responseBit, cmdGenericNack:
		s.answered(h)
	case cmdEnquireLink | responseBit:
		s.mu.Lock()
		s.enquiry = time.Time{}
		s.mu.Unlock()
	case cmdUnbind | responseBit:
		s.endWith("unbound by us")
		return errUnbound
	}
	return nil
}

// answered takes the answer to a receipt. One that comes after its time-out is
// only recorded: the receipt was queued again already.
func (s *Session) answered(h header) {
	s.mu.Lock()
	p, late := s.unanswered[h.sequence], s.late[h.sequence]
	delete(s.unanswered, h.sequence)
	delete(s.late, h.sequence)
	s.mu.Unlock()
	c := s.smsc
	if late != 0 {
		c.ledger.answered(late, h.status)
	}
	if p == nil {
		return
	}
	if h.status == StatusOK {
		c.takenOK(p)
		return
	}
	c.ledger.answered(p.number, h.status)
	if c.temporary[h.status] {
		c.sendAgain(p)
	} else {
		c.giveUp(p)
	}
}
