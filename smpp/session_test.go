package smpp

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestReceiptIsAnsweredByTheHandlersVerdict(t *testing.T) {
	t.Parallel()
	s, in := newSMSC(t), make(inbox, 10)
	start(t, testOptions(s.addr), in)
	p := s.acceptBound()

	p.send(deliver(0, "id:1 stat:DELIVRD"), deliver(7, "id:2 stat:UNDELIV"), deliver(7, "id:3 stat:EXPIRED"))
	first, second, third := in.next(t), in.next(t), in.next(t)
	third.answer(StatusReject)
	third.answer(StatusOK) // the first verdict counts
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusReject), 7)
	second.answer(StatusQueueFull)
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 7)
	first.answer(StatusOK)
	p.expectAnswer(idDeliverSM|idResp, 0, 0)

	want := DeliverSM{
		Operator: "acme", Account: "gw", Bind: "acme/gw/1", Command: CommandDeliverSM,
		Source: Address{1, 1, "33612345678"}, Dest: Address{5, 0, "ACME"}, ESMClass: 4,
		ShortMessage: []byte("id:1 stat:DELIVRD"), Raw: deliverBody("id:1 stat:DELIVRD"),
		ReceivedAt: first.ReceivedAt,
	}
	if diff := cmp.Diff(want, *first.DeliverSM); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
}

// TestBindRequest holds the octets of the bind, written out by hand.
func TestBindRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		mode    Mode
		version byte
		id      uint32
	}{
		{"receiver 3.4", Receiver, Version34, idBindReceiver},
		{"receiver 3.3", Receiver, Version33, idBindReceiver},
		{"transceiver 5.0", Transceiver, Version50, idBindTransceiver},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSMSC(t)
			opts := testOptions(s.addr)
			opts.Mode, opts.InterfaceVersion, opts.LocalAddress = c.mode, c.version, "127.0.0.1"
			opts.AddressTON, opts.AddressNPI, opts.AddressRange = 1, 2, "^33"
			opts.Accounts[0].SystemType = "VMA"
			r := start(t, opts, answerOK)
			p := s.accept()
			got := p.readBind()
			want := rawPDU{id: c.id, seq: 1, body: []byte("gw\x00secret8\x00VMA\x00" + string(c.version) + "\x01\x02^33\x00")}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(rawPDU{})); diff != "" {
				t.Errorf("bind (-want +got):\n%s", diff)
			}
			p.answer(got, 0, "") // a bind_resp without a body
			r.reach(Bound)
		})
	}
}

// TestSlowHandlerStopsNothing: while the handler waits for ever, the SMSC's
// enquire_link and its flood past the window are answered.
func TestSlowHandlerStopsNothing(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	opts := testOptions(s.addr)
	opts.Window, opts.FullStatus = 2, StatusThrottled
	entered := make(chan struct{}, 10)
	r := start(t, opts, handlerFunc(func(ctx context.Context, _ *DeliverSM, _ func(CommandStatus)) {
		entered <- struct{}{}
		<-ctx.Done()
	}))
	p := s.acceptBound()
	p.send(deliver(1, "id:1"), deliver(2, "id:2"), deliver(3, "id:3"), rawPDU{id: idEnquireLink, seq: 4})
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusThrottled), 3)
	p.expectAnswer(idEnquireLink|idResp, 0, 4)
	<-entered
	info := r.Binds()[0]
	if info.InWindow != 2 || info.State != Bound || info.Answered[StatusThrottled] != 1 || info.LastReceipt.IsZero() {
		t.Errorf("snapshot %+v, want 2 in window and one refusal", info)
	}
	p.conn.Close() // ends the handler's context
	r.reach(Waiting)
}

// TestUnansweredOctetsAreBounded: 4 MiB of unanswered receipts fill a bind,
// however wide its window.
func TestUnansweredOctetsAreBounded(t *testing.T) {
	t.Parallel()
	s, in := newSMSC(t), make(inbox, 1000)
	start(t, testOptions(s.addr), in)
	p := s.acceptBound()
	big := deliver(1, "", TLV{0x0424, make([]byte, 65000)})
	fits := maxUnanswered / len(big.body)
	for range fits + 1 {
		p.send(big)
	}
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 1)
	for range fits {
		in.next(t).answer(StatusOK)
		p.expectAnswer(idDeliverSM|idResp, 0, 1)
	}
	p.send(big)
	in.next(t).answer(StatusOK)
	p.expectAnswer(idDeliverSM|idResp, 0, 1)
}

func TestMaxRate(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	opts := testOptions(s.addr)
	opts.MaxRate = 0.001 // one, and the next after a quarter of an hour
	start(t, opts, answerOK)
	p := s.acceptBound()
	p.send(deliver(1, "id:1"))
	p.expectAnswer(idDeliverSM|idResp, 0, 1)
	p.send(deliver(2, "id:2"))
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 2)
}

// TestUnbindBySMSCWaitsForAnswers: what was taken is answered before unbind_resp,
// what comes after the unbind is refused.
func TestUnbindBySMSCWaitsForAnswers(t *testing.T) {
	t.Parallel()
	s, in := newSMSC(t), make(inbox, 10)
	r := start(t, testOptions(s.addr), in)
	p := s.acceptBound()
	p.send(deliver(1, "id:1"), rawPDU{id: idUnbind, seq: 9}, deliver(2, "id:2"))
	d := in.next(t)
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 2)
	d.answer(StatusOK)
	p.expectAnswer(idDeliverSM|idResp, 0, 1)
	p.expectAnswer(idUnbind|idResp, 0, 9)
	p.conn.Close()
	if c := r.reach(Waiting); !strings.Contains(c.Reason, "unbound us") {
		t.Errorf("reason %q, want the SMSC's unbind", c.Reason)
	}
	s.acceptBound()
}

// TestShutdownDrains: after the stop nothing is taken, what was taken is
// answered, then comes unbind, and Run returns after unbind_resp.
func TestShutdownDrains(t *testing.T) {
	t.Parallel()
	s, in := newSMSC(t), make(inbox, 10)
	r := start(t, testOptions(s.addr), in)
	p := s.acceptBound()
	p.send(deliver(1, "id:1"), deliver(2, "id:2"))
	first, second := in.next(t), in.next(t)
	r.stop()
	r.reach(Unbinding)
	p.send(deliver(3, "id:3"))
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 3)
	second.answer(StatusOK)
	p.expectAnswer(idDeliverSM|idResp, 0, 2)
	first.answer(StatusQueueFull)
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 1)
	unbind := p.expect(idUnbind)
	select {
	case <-r.ended:
		t.Error("Run returned before unbind_resp")
	default:
	}
	p.answer(unbind, 0, "")
	p.expectClosed()
	<-r.ended
	if got := r.Binds()[0].State; got != Idle {
		t.Errorf("state %q after Run, want idle", got)
	}
}

// TestCrossingUnbinds: both sides unbind at once, and both get their answer.
func TestCrossingUnbinds(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	r := start(t, testOptions(s.addr), answerOK)
	p := s.acceptBound()
	r.reach(Bound)
	r.stop()
	p.expect(idUnbind)
	p.send(rawPDU{id: idUnbind, seq: 4})
	p.expectAnswer(idUnbind|idResp, 0, 4)
	p.conn.Close()
	<-r.ended
}

// TestUnbindAndGone: an SMSC that closes behind its unbind has unbound us all the
// same, and is left in peace as long as one that waits for the answer.
func TestUnbindAndGone(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	r := start(t, testOptions(s.addr), answerOK)
	for range 20 {
		p := s.acceptBound()
		r.reach(Bound)
		p.send(rawPDU{id: idUnbind, seq: 9})
		p.conn.Close()
		if c := r.reach(Waiting); !strings.Contains(c.Reason, "unbound us") {
			t.Fatalf("reason %q, want the SMSC's unbind", c.Reason)
		}
	}
}

// TestUnbindStillArriving: we stop while the last octet of the SMSC's unbind is on
// its way; the unbind is answered.
func TestUnbindStillArriving(t *testing.T) {
	t.Parallel()
	for range 20 {
		s := newSMSC(t)
		r := start(t, testOptions(s.addr), answerOK)
		p := s.acceptBound()
		r.reach(Bound)
		unbind := rawPDU{id: idUnbind, seq: 9, body: []byte{0}}.octets()
		p.write(append(rawPDU{id: idEnquireLink, seq: 8}.octets(), unbind[:16]...))
		p.expectAnswer(idEnquireLink|idResp, 0, 8)
		r.stop()
		r.reach(Unbinding)
		p.write(unbind[16:])
		if pdu, ok := p.next(); ok && pdu.id == idUnbind { // we were the quicker
			pdu, ok = p.next()
			if !ok || pdu.id != idUnbind|idResp {
				t.Fatalf("got command 0x%08x (open %v), want unbind_resp", pdu.id, ok)
			}
		} else if !ok || pdu.id != idUnbind|idResp || pdu.seq != 9 {
			t.Fatalf("got command 0x%08x (open %v), want unbind_resp", pdu.id, ok)
		}
		p.conn.Close()
		r.end()
	}
}

// TestPanicFence: a handler that panics over a receipt gets it again as
// malformed; if it panics again the receipt is refused for now. The bind lives,
// and no octet of the receipt is in the log.
func TestPanicFence(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	core, logs := observer.New(zapcore.DebugLevel)
	opts := testOptions(s.addr)
	opts.Log = zap.New(core)
	malformed := make(chan string, 10)
	opts.Observer.Malformed = func(_, reason string) { malformed <- reason }
	second := make(chan DeliverSM, 10)
	start(t, opts, handlerFunc(func(_ context.Context, d *DeliverSM, answer func(CommandStatus)) {
		switch {
		case d.Malformed == "" && strings.HasPrefix(string(d.Body()), "answered"):
			answer(StatusOK)
			panic(d.Body())
		case d.Malformed == "":
			panic(fmt.Sprintf("secret number in %q", d.Body()))
		case strings.Contains(string(d.Raw), "twice"):
			panic("again: " + string(d.Raw))
		}
		second <- *d
		answer(StatusOK)
	}))
	p := s.acceptBound()

	p.send(deliver(1, "id:secret"))
	p.expectAnswer(idDeliverSM|idResp, 0, 1)
	if d := <-second; d.Malformed != "panic: string" || string(d.Raw) != string(deliverBody("id:secret")) || d.Sequence != 1 || d.ShortMessage != nil {
		t.Errorf("second time: %+v, want the raw octets as malformed", d)
	}
	p.send(deliver(2, "twice secret"))
	p.expectAnswer(idDeliverSM|idResp, uint32(StatusQueueFull), 2)
	p.send(deliver(3, "answered secret"))
	p.expectAnswer(idDeliverSM|idResp, 0, 3)
	p.send(rawPDU{id: idEnquireLink, seq: 4})
	p.expectAnswer(idEnquireLink|idResp, 0, 4)

	if got := <-malformed; got != "panic: string" {
		t.Errorf("observer is told %q", got)
	}
	for _, e := range logs.All() {
		if line := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(line, "secret") {
			t.Errorf("the receipt is in the log: %s", line)
		}
	}
}

// TestOddTraffic: what needs no answer gets none, what is unknown gets
// generic_nack, and the observer hears of both.
func TestOddTraffic(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	opts := testOptions(s.addr)
	alerts, unknown := make(chan string, 10), make(chan uint32, 10)
	answered := make(chan CommandStatus, 10)
	opts.Observer.AlertNotification = func(bind string) { alerts <- bind }
	opts.Observer.UnknownCommand = func(_ string, id uint32) { unknown <- id }
	opts.Observer.Answered = func(_ string, status CommandStatus, _ time.Duration) { answered <- status }
	start(t, opts, answerOK)
	p := s.acceptBound()
	p.send(rawPDU{id: idAlertNotification, seq: 1}, rawPDU{id: idOutbind, seq: 0}, rawPDU{id: idDataSM, seq: 3, body: dataBody()})
	p.expectAnswer(idGenericNack, 3, 0)
	p.expectAnswer(idDataSM|idResp, 0, 3)
	if bind, id, status := <-alerts, <-unknown, <-answered; bind != "acme/gw/1" || id != idOutbind || status != StatusOK {
		t.Errorf("observer heard %q, 0x%x, %s", bind, id, status)
	}
}

// TestReceiptBeforeBindResp: it is taken and answered like any other.
func TestReceiptBeforeBindResp(t *testing.T) {
	t.Parallel()
	s := newSMSC(t)
	r := start(t, testOptions(s.addr), answerOK)
	p := s.accept()
	bind := p.readBind()
	p.send(rawPDU{id: idEnquireLink, seq: 1}, deliver(2, "id:1"))
	p.expectAnswer(idEnquireLink|idResp, 0, 1)
	p.expectAnswer(idDeliverSM|idResp, 0, 2)
	p.answer(bind, 0, "smsc\x00")
	r.reach(Bound)
}

// TestWindowIsFreeOnceAnswered: by the time the peer can read an answer, its place
// in the window is free, so that one who keeps the window is never refused.
func TestWindowIsFreeOnceAnswered(t *testing.T) {
	t.Parallel()
	s, in := newSMSC(t), make(inbox, 1)
	opts := testOptions(s.addr)
	opts.Window = 1
	var r *running
	left := make(chan int, 1)
	opts.Observer.Answered = func(string, CommandStatus, time.Duration) { left <- r.Binds()[0].InWindow }
	r = start(t, opts, in)
	p := s.acceptBound()
	p.send(deliver(1, "id:1 stat:DELIVRD"))
	in.next(t).answer(StatusOK)
	if n := <-left; n != 0 {
		t.Errorf("%d receipts in the window while the answer leaves, want 0", n)
	}
	p.expectAnswer(idDeliverSM|idResp, 0, 1)
}
