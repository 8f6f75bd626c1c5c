package smpp

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestNoGoroutineIsLeft after hundreds of sessions that ended by force, each with
// receipts on both sides of the handler.
func TestNoGoroutineIsLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s, in := newSMSC(t), make(inbox, 10)
	opts := testOptions(s.addr)
	opts.Reconnect = Reconnect{Initial: 1, Max: 1, AfterUnbind: 1}
	r := start(t, opts, in)
	for range 300 {
		p := s.acceptBound()
		p.send(deliver(1, "id:1"), deliver(2, "id:2"))
		first, second := in.next(t), in.next(t)
		first.answer(StatusOK)
		p.expectAnswer(idDeliverSM|idResp, 0, 1)
		p.conn.Close()
		second.answer(StatusOK) // nobody hears it
	}
	r.stop()
	<-r.ended
	goleak.VerifyNone(t, before)
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string
		set  func(*Options)
	}{
		{"no name", func(o *Options) { o.Name = "" }},
		{"no addresses", func(o *Options) { o.Addresses = nil }},
		{`address "smsc" is not host:port`, func(o *Options) { o.Addresses = []string{"smsc"} }},
		{"no accounts", func(o *Options) { o.Accounts = nil }},
		{`account "gw" twice`, func(o *Options) { o.Accounts = append(o.Accounts, o.Accounts[0]) }},
		{"no system_id", func(o *Options) { o.Accounts[0].SystemID = "" }},
		{"password holds a NUL", func(o *Options) { o.Accounts[0].Password = "a\x00b" }},
		{"binds -1", func(o *Options) { o.Accounts[0].Binds = -1 }},
		{`spread "all"`, func(o *Options) { o.Spread = "all" }},
		{`mode "transmitter"`, func(o *Options) { o.Mode = "transmitter" }},
		{"interface_version 0x32", func(o *Options) { o.InterfaceVersion = 0x32 }},
		{"window -1", func(o *Options) { o.Window = -1 }},
		{`local_address "eth0" is not an IP address`, func(o *Options) { o.LocalAddress = "eth0" }},
	} {
		opts := testOptions("127.0.0.1:2775")
		c.set(&opts)
		_, err := NewOperator(opts, answerOK)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		} else if strings.Contains(err.Error(), "a\x00b") {
			t.Errorf("the error holds the password: %v", err)
		}
	}
	if _, err := NewOperator(testOptions("127.0.0.1:2775"), answerOK); err != nil {
		t.Errorf("good options: %v", err)
	}
}

func TestRunIsCalledOnce(t *testing.T) {
	t.Parallel()
	o, err := NewOperator(testOptions("127.0.0.1:1"), answerOK)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.Run(ctx); err != nil {
		t.Errorf("first Run: %v", err)
	}
	if err := o.Run(ctx); err == nil {
		t.Error("second Run: no error")
	}
}

func TestCommandStatusNames(t *testing.T) {
	t.Parallel()
	for status, want := range map[CommandStatus]string{
		StatusOK:        "ESME_ROK (0x00000000)",
		StatusQueueFull: "ESME_RMSGQFUL (0x00000014)",
		0x403:           "unknown (0x00000403)",
	} {
		if got := status.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestAbandon stops an operator whose SMSC answers no unbind: the session lives
// on until it is cut off, and one that was not asked to leave is left alone.
func TestAbandon(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Addresses: []string{"a:1"}, ResponseTimeout: time.Hour}, func(n *network, r *running) {
		d := n.next()
		d.acceptBind()
		go func() { // it reads, and answers nothing
			for ok := true; ok; _, ok = d.next() {
			}
		}()
		r.reach(Bound)
		r.Abandon()
		elapse(time.Minute)
		if state := r.Binds()[0].State; state != Bound {
			t.Fatalf("a session that was not asked to leave is %s", state)
		}
		r.stop()
		elapse(time.Minute)
		if state := r.Binds()[0].State; state != Unbinding {
			t.Fatalf("without an answer to its unbind the session is %s", state)
		}
		r.Abandon()
		elapse(time.Second)
		if state := r.Binds()[0].State; state != Idle {
			t.Errorf("an abandoned session is %s", state)
		}
	})
}
