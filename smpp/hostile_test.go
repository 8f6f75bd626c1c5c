package smpp

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// listless is a response_timeout that an SMSC which answers keeps, also on a machine
// that has much else to do.
const listless = 8 * time.Second

// hostility is one way to mistreat us.
type hostility struct {
	name string
	act  func(p *peer)
	// reason and advice are parts of what is told then.
	reason, advice string
	alarm          bool
	// timeout is the response_timeout of those that are only found by waiting;
	// the others get the test's whole patience.
	timeout time.Duration
}

func refusing(status uint32) func(*peer) {
	return func(p *peer) { p.answer(p.readBind(), status, "") }
}

func sending(octets string) func(*peer) {
	return func(p *peer) {
		p.readBind()
		p.write([]byte(octets))
	}
}

var hostilities = []hostility{
	{"bind refused ESME_RALYBND", refusing(0x05), "ESME_RALYBND (0x00000005)", "earlier session", false, 0},
	{"bind refused ESME_RSYSERR", refusing(0x08), "ESME_RSYSERR", "ask the operator", false, 0},
	{"bind refused ESME_RBINDFAIL", refusing(0x0D), "ESME_RBINDFAIL", "mode and system_type", true, 0},
	{"bind refused ESME_RINVPASWD", refusing(0x0E), "ESME_RINVPASWD", "password", true, 0},
	{"bind refused ESME_RINVSYSID", refusing(0x0F), "ESME_RINVSYSID", "system_id", true, 0},
	{"bind refused ESME_RINVSYSTYP", refusing(0x53), "ESME_RINVSYSTYP", "system_type", false, 0},
	{"bind refused vendor status", refusing(0x403), "unknown (0x00000403)", "ask the operator", false, 0},
	{"bind answered by generic_nack", func(p *peer) {
		p.send(rawPDU{id: idGenericNack, seq: p.readBind().seq})
	}, "ESME_RINVCMDID", "other mode", false, 0},
	{"bind answered by generic_nack that names no request", func(p *peer) {
		p.readBind()
		p.send(rawPDU{id: idGenericNack, status: 0x0E})
	}, "bind refused with generic_nack: ESME_RINVPASWD", "password", true, 0},
	{"bind answered by generic_nack of another sequence", func(p *peer) {
		p.readBind()
		p.send(rawPDU{id: idGenericNack, status: 0x02, seq: 4711})
	}, "bind refused with generic_nack: ESME_RINVCMDLEN", "ask the operator", false, 0},
	{"bind refused with sequence 0", func(p *peer) {
		p.send(rawPDU{id: p.readBind().id | idResp, status: 0x0F})
	}, "bind refused: ESME_RINVSYSID", "system_id", true, 0},
	{"bind refused as another kind of bind", func(p *peer) {
		p.send(rawPDU{id: idBindTransmitter | idResp, status: 0x05, seq: p.readBind().seq})
	}, "bind refused: ESME_RALYBND", "earlier session", false, 0},
	{"silent", func(p *peer) { p.readBind() }, "no bind_resp within", askTLS, false, listless},
	{"talks, but not of the bind", func(p *peer) {
		p.readBind()
		p.send(rawPDU{id: idEnquireLink, seq: 1})
	}, "no bind_resp within", "ask the operator whether our source address", false, listless},
	{"closes at once", func(p *peer) { p.readBind(); p.conn.Close() }, "without an answer to our bind: EOF", askTLS, false, 0},
	{"talks, then closes", func(p *peer) {
		p.readBind()
		p.send(rawPDU{id: idEnquireLink, seq: 1})
		p.expect(idEnquireLink | idResp)
		p.conn.Close()
	}, "without an answer to our bind", "ask the operator whether our source address", false, 0},
	{"answers the bind with unbind", func(p *peer) {
		p.readBind()
		p.send(rawPDU{id: idUnbind, seq: 1})
	}, "answered our bind with unbind", "whether the account may bind; tried again", false, 0},
	{"TLS alert", func(p *peer) {
		p.readBind()
		p.write([]byte("\x15\x03\x01\x00\x02\x02\x46")) // wrong version number
	}, "one of TLS", askTLS, false, 0},
	{"bound, then garbage", func(p *peer) {
		p.acceptBind()
		p.write([]byte("\x15\x03\x01\x00\x02\x02\x46"))
	}, "not SMPP: command_length", "show the operator this line", false, 0},
	{"garbage", sending("HTTP/1.1 400 Bad Request\r\n\r\n"), "not SMPP", "SMPP port", false, 0},
	{"4 GB", sending("\xff\xff\xff\xff\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"), "command_length 4294967295", "", false, 0},
	{"command_length 5", sending("\x00\x00\x00\x05\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"), "command_length 5", "", false, 0},
	{"half a header", func(p *peer) {
		p.acceptBind()
		p.write([]byte("\x00\x00\x00\x20\x00"))
	}, "half a PDU", "MTU", false, listless},
	{"half a body, drop by drop", func(p *peer) {
		p.acceptBind()
		p.write(deliver(1, strings.Repeat("x", 200)).octets()[:20]) // more drops than there is time for
		for {                                                       // each octet is life, and yet the PDU must end
			if _, ok := p.next(); !ok {
				return
			}
			if _, err := p.conn.Write([]byte{0}); err != nil {
				return
			}
		}
	}, "half a PDU", "", false, listless},
	{"deliver_sm, then refused", func(p *peer) {
		b := p.readBind()
		p.send(deliver(1, "id:1"))
		p.expectAnswer(idDeliverSM|idResp, 0, 1)
		p.answer(b, 0x08, "")
	}, "ESME_RSYSERR", "", false, 0},
	{"half-open", func(p *peer) { p.acceptBind() }, "enquire_link not answered", "network", false, listless},
	{"unbinds at once", func(p *peer) {
		p.acceptBind()
		p.send(rawPDU{id: idUnbind, seq: 5})
		for {
			if pdu, ok := p.next(); !ok || pdu.id == idUnbind|idResp {
				return
			}
		}
	}, "the SMSC unbound us", "maintenance", false, 0},
}

// flood sends enquire_links and reads none of the answers, until it cannot.
func flood(conn net.Conn) {
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return
	}
	one := rawPDU{id: idEnquireLink, seq: 1}.octets()
	many := []byte(strings.Repeat(string(one), 1000))
	for {
		if _, err := conn.Write(many); err != nil {
			return
		}
	}
}

// TestHostileSMSC: what a hostile SMSC does is told in one clear line, and two
// binds to others go on as if nothing were.
func TestHostileSMSC(t *testing.T) {
	if testing.Short() {
		t.Skip("long: waits for silent peers")
	}
	t.Parallel()
	for _, h := range hostilities {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			mistreat(t, h)
		})
	}
}

// TestSMSCThatDoesNotRead runs alone: it writes as fast as it can.
func TestSMSCThatDoesNotRead(t *testing.T) {
	mistreat(t, hostility{name: "does not read", timeout: listless, act: func(p *peer) {
		p.acceptBind()
		flood(p.conn)
	}, reason: "does not read our answers", advice: "by itself"})
}

func mistreat(t *testing.T, h hostility) {
	good, other, bad := newSMSC(t), newSMSC(t), newSMSC(t)
	core, logs := observer.New(zapcore.WarnLevel)
	opts := testOptions(good.addr, other.addr, bad.addr)
	opts.Spread, opts.Log = Each, zap.New(core)
	opts.EnquireLink, opts.ResponseTimeout = 100*time.Millisecond, patience
	if h.timeout > 0 {
		opts.ResponseTimeout = h.timeout
	}
	opts.Reconnect = Reconnect{Initial: time.Hour, Max: time.Hour, AfterUnbind: time.Hour}
	r := start(t, opts, answerOK)

	peers := make(chan *peer, 2)
	for _, s := range []*smsc{good, other} {
		go func() {
			p := s.acceptBound()
			peers <- p
			p.serve()
		}()
	}
	acted := spawn(func() { h.act(bad.accept()) }) // binds take turns: perhaps before the others
	change := r.reach(Waiting)
	<-acted

	if change.Bind != "acme/gw/3" || change.Address != bad.addr || change.Alarm != h.alarm {
		t.Errorf("waiting: %+v, want alarm %v of bind 3", change, h.alarm)
	}
	if !strings.Contains(change.Reason, h.reason) || change.Advice == "" || !strings.Contains(change.Advice, h.advice) {
		t.Errorf("reason %q, advice %q; want %q, %q", change.Reason, change.Advice, h.reason, h.advice)
	}
	if asks := strings.Contains(change.Advice, askTLS); asks != strings.Contains(h.advice, askTLS) {
		t.Errorf("advice %q asks about TLS: %v", change.Advice, asks)
	}
	for range 2 {
		p := receive(t, peers)
		p.send(deliver(77, "id:2"))
		if pdu := receive(t, p.answers); pdu.id != idDeliverSM|idResp || pdu.status != 0 {
			t.Errorf("bystander got %+v, want its receipt answered", pdu)
		}
	}
	for i, info := range r.Binds()[:2] {
		if info.LastError != "" {
			t.Errorf("bind %d: %s, want undisturbed", i+1, info.LastError)
		}
	}
	r.end() // what still waits for others that say the same is written
	checkOneLine(t, logs, change)
}

// checkOneLine fails unless exactly one line tells the change, and no line a
// password.
func checkOneLine(t *testing.T, logs *observer.ObservedLogs, want StateChange) {
	t.Helper()
	lines := 0
	for _, e := range logs.All() {
		fields := e.ContextMap()
		if strings.Contains(fmt.Sprint(e.Message, fields), "secret8") {
			t.Errorf("the password is in the log: %s %v", e.Message, fields)
		}
		if fields["reason"] != want.Reason {
			continue
		}
		lines++
		if fields["operator"] != "acme" || fields["bind"] != want.Bind || fields["do"] != want.Advice {
			t.Errorf("log line %q lacks operator, bind or what to do: %v", e.Message, fields)
		}
		if (e.Level == zapcore.ErrorLevel) != want.Alarm {
			t.Errorf("log line at %s, alarm is %v", e.Level, want.Alarm)
		}
	}
	if lines != 1 {
		t.Errorf("%d lines tell %q, want one", lines, want.Reason)
	}
}

// TestPastTheWindowIsNotHurried floods a full window: the peer is told so each
// time, and read no faster than maxRefusals.
func TestPastTheWindowIsNotHurried(t *testing.T) {
	t.Parallel()
	const flood = maxRefusals
	s, in := newSMSC(t), make(inbox, 1)
	opts := testOptions(s.addr)
	opts.Window = 1
	start(t, opts, in)
	p := s.acceptBound()
	p.send(deliver(1, "id:1"))
	in.next(t)
	began := time.Now()
	wrote := spawn(func() { _, _ = p.conn.Write(bytes.Repeat(deliver(2, "id:2").octets(), flood)) })
	for range flood {
		p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 2)
	}
	<-wrote
	if took, least := time.Since(began), 800*time.Millisecond; took < least {
		t.Errorf("%d receipts past the window were refused within %s, want %s at the least", flood, took, least)
	}
}
