package smpp

import (
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// linkWatch asks the SMSC every EnquireLink whether it is there, and ends the
// session when for ResponseTimeout after a question not one octet came. Any
// octet counts, not only enquire_link_resp: an SMSC that delivers is alive.
type linkWatch struct {
	session *session
	next    time.Time // of the next question
	asked   time.Time // when we last asked; zero while nothing is open
}

// tick does what is due now and returns when to come again.
func (l *linkWatch) tick(now time.Time) time.Duration {
	opts := l.session.bind.opts
	if !l.asked.IsZero() {
		switch waited := now.Sub(l.asked); {
		case !l.session.lastHeard().Before(l.asked):
			l.asked = time.Time{}
		case waited >= opts.ResponseTimeout:
			l.session.finish(endLinkDead(opts.ResponseTimeout))
			return opts.EnquireLink
		}
	}
	if !now.Before(l.next) {
		l.next = now.Add(opts.EnquireLink)
		if l.asked.IsZero() {
			l.asked = now
			l.session.request(pdu.NewEnquireLink())
		}
	}
	if l.asked.IsZero() {
		return l.next.Sub(now)
	}
	return min(l.next.Sub(now), l.asked.Add(opts.ResponseTimeout).Sub(now))
}

// lastHeard is when the last octet came.
func (s *session) lastHeard() time.Time { return s.began.Add(time.Duration(s.lastOctet.Load())) }
