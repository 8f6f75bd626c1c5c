package simulator

import (
	"encoding/binary"
	"time"
)

// write is the session's only writer of receipts and answers.
func (s *Session) write() {
	ticker := time.NewTicker(s.smsc.tick())
	defer ticker.Stop()
	var buf []byte
	for {
		buf = s.fill(buf[:0])
		if len(buf) > 0 {
			_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := s.conn.Write(buf); err != nil {
				s.end("writing failed: " + err.Error())
				return
			}
			continue
		}
		select {
		case <-s.wake:
		case <-ticker.C:
			s.housekeeping()
		case <-s.ended:
			return
		}
	}
}

// tick is how often a session looks at its time-outs.
func (c *SMSC) tick() time.Duration {
	d := c.opts.Resend.AnswerTimeout
	if e := c.opts.EnquireLink; e > 0 {
		d = min(d, e)
	}
	return min(max(d/8, time.Millisecond), time.Second)
}

// fill appends what is to be written now: answers first, then receipts as far
// as the window allows.
func (s *Session) fill(buf []byte) []byte {
	s.mu.Lock()
	buf = append(buf, s.control...)
	s.control = s.control[:0]
	room := s.smsc.opts.Window - len(s.unanswered)
	stopped := s.silent || s.unbinding || !s.takesReceipts()
	s.mu.Unlock()
	if stopped {
		return buf
	}
	items := s.smsc.take(s.SystemID, room)
	if len(items) == 0 {
		return buf
	}
	now := time.Now()
	numbers := make([]uint64, len(items))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unbinding { // ended meanwhile: nothing would answer
		s.smsc.enqueue(items)
		return buf
	}
	for i, p := range items {
		numbers[i] = p.number
		p.sends++
		p.deadline = now.Add(s.smsc.opts.Resend.AnswerTimeout)
		at := len(buf)
		buf = append(buf, p.frame...)
		s.sequence++
		if len(p.frame) >= headerLength {
			binary.BigEndian.PutUint32(buf[at+12:], s.sequence)
		}
		s.unanswered[s.sequence] = p
	}
	s.lastSent = now
	s.smsc.ledger.sent(numbers)
	return buf
}

// housekeeping ends what waited too long.
func (s *Session) housekeeping() {
	now := time.Now()
	late := map[uint32]*pending{}
	s.mu.Lock()
	for seq, p := range s.unanswered {
		if now.After(p.deadline) {
			late[seq], s.late[seq] = p, p.number
			delete(s.unanswered, seq)
		}
	}
	opts := &s.smsc.opts
	dead := !s.enquiry.IsZero() && now.Sub(s.enquiry) > opts.Resend.AnswerTimeout
	if opts.EnquireLink > 0 && s.enquiry.IsZero() && !s.silent && !s.unbinding && now.Sub(s.lastSent) >= opts.EnquireLink {
		s.sequence++
		s.enquiry, s.lastSent = now, now
		s.control = appendPDU(s.control, header{command: cmdEnquireLink, sequence: s.sequence}, nil)
	}
	s.mu.Unlock()
	if len(late) > 0 {
		s.smsc.ledger.unanswered(len(late))
		for _, p := range inOrder(late) {
			s.smsc.sendAgain(p)
		}
	}
	if dead {
		s.end("our enquire_link was not answered")
	}
}

func (s *Session) queueControl(h header, body []byte) {
	s.mu.Lock()
	s.control = appendPDU(s.control, h, body)
	s.mu.Unlock()
	s.wakeUp()
}

func (s *Session) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
