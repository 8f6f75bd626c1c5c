package smpp

import (
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"
)

// TestBindRespTaken: whatever an SMSC puts into sequence, command or body of its
// bind_resp, a bind that it accepts is bound.
func TestBindRespTaken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rawPDU){
		"sequence 0":           func(p *rawPDU) { p.seq = 0 },
		"a sequence of theirs": func(p *rawPDU) { p.seq += 7 },
		"of a transceiver":     func(p *rawPDU) { p.id = idBindTransceiver | idResp },
		"of a transmitter":     func(p *rawPDU) { p.id, p.seq = idBindTransmitter|idResp, 0 },
		"no body":              func(p *rawPDU) { p.body = nil },
		"no end of system_id":  func(p *rawPDU) { p.body = []byte("smsc") },
		"octets behind it":     func(p *rawPDU) { p.body = []byte("smsc\x00\x02\x10\x00\x01\x34trailing") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSMSC(t)
			r := start(t, testOptions(s.addr), answerOK)
			p := s.accept()
			answer := rawPDU{id: idBindReceiver | idResp, seq: p.readBind().seq, body: []byte("smsc\x00")}
			change(&answer)
			p.send(answer, answer) // the second one answers nothing
			r.reach(Bound)
			p.send(deliver(5, "id:1"))
			p.expectAnswer(idDeliverSM|idResp, 0, 5)
		})
	}
}

// TestOddAnswersToOurRequests: enquire_link and unbind are answered by what has
// another sequence, or refuses them.
func TestOddAnswersToOurRequests(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]func(rawPDU) rawPDU{
		"sequence 0":           func(p rawPDU) rawPDU { return rawPDU{id: p.id | idResp} },
		"a sequence of theirs": func(p rawPDU) rawPDU { return rawPDU{id: p.id | idResp, seq: p.seq + 7} },
		"octets behind it":     func(p rawPDU) rawPDU { return rawPDU{id: p.id | idResp, seq: p.seq, body: []byte("odd")} },
		"nack":                 func(p rawPDU) rawPDU { return rawPDU{id: idGenericNack, status: 3, seq: p.seq} },
		"nack of no request":   func(rawPDU) rawPDU { return rawPDU{id: idGenericNack, status: 3} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			latency := make(chan time.Duration, 10)
			opts := Options{Addresses: []string{"a:1"}, Observer: Observer{
				EnquireLink: func(_ string, d time.Duration) { latency <- d },
			}}
			bubble(t, opts, func(n *network, r *running) {
				d := n.next()
				d.acceptBind()
				r.reach(Bound)
				asked := d.expect(idEnquireLink)
				d.send(odd(asked), odd(asked)) // the second one answers nothing
				if got := <-latency; got != 0 {
					t.Errorf("latency %s, want 0", got)
				}
				if err := r.Unbind("acme/gw/1"); err != nil {
					t.Fatal(err)
				}
				d.send(odd(d.expect(idUnbind)))
				begin := time.Now()
				r.reach(Held)
				between(t, "unbound", time.Since(begin), 0, time.Millisecond)
			})
		})
	}
}

// TestPlainBindToTLSPort, at a port of Go's own TLS.
func TestPlainBindToTLSPort(t *testing.T) {
	t.Parallel()
	s := newTLSSMSC(t, newAuthority(t), "127.0.0.1", tls.VersionTLS13)
	r := start(t, testOptions(s.addr), answerOK)
	p := s.accept()
	_, _ = io.Copy(io.Discard, p.conn) // the handshake fails, and tells the peer
	p.conn.Close()
	if got := r.reach(Waiting); !strings.Contains(got.Advice, askTLS) || strings.Contains(got.Advice, "bound again") {
		t.Errorf("reason %q, advice %q", got.Reason, got.Advice)
	}
}

// TestTLSToPlainPort: an SMSC that hangs up on what is no SMPP.
func TestTLSToPlainPort(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	opts := testOptions(s.addr)
	opts.TLS.Enabled = true
	r := start(t, opts, answerOK)
	p := s.accept()
	_, _ = p.in.Peek(1)
	p.conn.Close()
	if got := r.reach(Waiting); !strings.Contains(got.Advice, "tls.enabled: false") {
		t.Errorf("reason %q, advice %q", got.Reason, got.Advice)
	}
}
