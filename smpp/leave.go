package smpp

import (
	"context"
	"errors"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"go.uber.org/zap"
)

const (
	// unbindGrace is how long an SMSC that unbinds us waits for the answers of
	// what we took. Answers under way need milliseconds.
	unbindGrace = 500 * time.Millisecond
	// closeGrace is how long we leave the closing of the connection to an SMSC
	// that unbound us, so that our last answers are not lost in a reset.
	closeGrace = time.Second
	// lostGrace is how long a session lives at most after ErrLost.
	lostGrace = 500 * time.Millisecond
)

// leave ends the session because ctx ended.
func (s *session) leave(ctx context.Context) {
	s.step(inStop)
	if errors.Is(context.Cause(ctx), ErrLost) {
		s.cutOff = time.AfterFunc(lostGrace, s.abandon)
	}
	s.depart(s.bind.opts.ResponseTimeout, endStopped(ctx))
}

// abandon cuts the session off when it is departing; else it does nothing.
func (s *session) abandon() {
	s.mu.Lock()
	farewell := s.farewell
	s.mu.Unlock()
	if farewell == nil {
		return
	}
	s.finish(*farewell)
	s.conn.Close()
}

// depart waits, for grace at most, until everything taken is answered. Then it
// answers the SMSC's unbind, or sends ours and waits for the answer.
func (s *session) depart(grace time.Duration, end ending) {
	s.mu.Lock()
	s.farewell = &end
	s.mu.Unlock()
	s.bind.enter(change{to: Unbinding, reason: end.reason})
	s.await(grace, s.window.empty(), nil)
	if left := s.window.len(); left > 0 {
		s.bind.log.Warn("session ends with unanswered receipts, the SMSC will deliver them again",
			zap.Int("receipts", left))
	}
	do := s.step(inDrained).do
	if do == sendUnbind {
		s.request(pdu.NewUnbind())
		s.await(s.bind.opts.ResponseTimeout, s.unbound, s.released)
		do = s.step(inDrained).do // the SMSC may have unbound us meanwhile
	}
	if do == answerUnbind {
		s.await(s.bind.opts.ResponseTimeout, s.released, nil) // the reader may still be at its last octets
		s.answerUnbind()
	}
	s.finish(end)
}

// await waits for either, the session's end, or the limit.
func (s *session) await(limit time.Duration, either, or <-chan struct{}) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-either:
	case <-or:
	case <-s.over:
	case <-timer.C:
	}
}

// unboundBySMSC notes the SMSC's unbind. Many an SMSC closes the connection right
// behind it, so how the session ends is settled before the next read.
func (s *session) unboundBySMSC(sequence uint32) {
	s.mu.Lock()
	s.theirUnbind = sequence
	if s.farewell == nil {
		end := s.endUnboundBySMSC()
		s.farewell = &end
	}
	s.mu.Unlock()
	close(s.released)
}

func (s *session) answerUnbind() {
	s.mu.Lock()
	sequence := s.theirUnbind
	s.mu.Unlock()
	s.send(pdu.NewUnbindResp(), sequence, StatusOK)
}
