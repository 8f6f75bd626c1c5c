package simulator_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/simulator"
)

func TestEveryReceiptIsSentAndItsAnswerRecorded(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{Window: 5})
	e := bound(t, c.Addr(), nil)
	if err := c.Play(ctx, messages(500, "smpp"), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitOK(ctx, 500); err != nil {
		t.Fatalf("%v: %+v", err, c.Ledger().Counts())
	}
	if got := len(e.receipts()); got != 500 {
		t.Errorf("the ESME saw %d receipts, want 500", got)
	}
	for i, entry := range c.Ledger().Entries() {
		if entry.Number != uint64(i+1) || entry.Sent != 1 || entry.AnsweredOK.IsZero() || entry.Text == "" || entry.Recipient == "" {
			t.Fatalf("entry %d: %+v", i, entry)
		}
	}
}

func TestTheSameSeedGivesTheSameOctets(t *testing.T) {
	run := func(spec string, seed uint64) []pdu {
		ctx := patient(t)
		c := start(t, simulator.Options{})
		e := bound(t, c.Addr(), nil)
		d, err := simulator.DialectNamed(spec)
		if err != nil {
			t.Fatal(err)
		}
		src := simulator.NewSource(simulator.SourceOptions{Dialect: d, Seed: seed, Messages: 100})
		if err := c.Play(ctx, src, 0); err != nil {
			t.Fatal(err)
		}
		if err := c.WaitSettled(ctx); err != nil {
			t.Fatal(err)
		}
		return e.receipts()
	}
	for _, spec := range []string{"smpp", "vonage+reorder", "w2wts+tlvs+late_intermediates", "infobip+data_sm+extras"} {
		t.Run(spec, func(t *testing.T) {
			first := run(spec, 42)
			if diff := cmp.Diff(first, run(spec, 42), cmp.AllowUnexported(pdu{})); diff != "" {
				t.Errorf("seed 42 twice:\n%s", diff)
			}
			other := run(spec, 43)
			if len(first) == len(other) && bytes.Equal(first[0].body, other[0].body) {
				t.Error("seed 43 gives what seed 42 gave")
			}
		})
	}
}

func TestWindowIsNeverExceeded(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{Window: 3, Resend: simulator.Resend{AnswerTimeout: time.Hour}})
	e := bound(t, c.Addr(), func(pdu) (uint32, bool) { return 0, false })
	c.Send(messages(10, "smpp").Next())
	if err := c.Play(ctx, messages(9, "smpp"), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitFor(ctx, func(n simulator.Counts) bool { return n.Sends == 3 }); err != nil {
		t.Fatal(err)
	}
	// the answer to an enquire_link comes after whatever was written before it
	e.send(pdu{command: enquireLink, sequence: 9})
	if p := e.next(); p.command != enquireLink|response || p.sequence != 9 {
		t.Fatalf("got %+v", p)
	}
	if got := len(e.receipts()); got != 3 {
		t.Errorf("%d receipts unanswered, want the window of 3", got)
	}
}

func TestWhatIsSentAgain(t *testing.T) {
	tests := []struct {
		name   string
		status uint32
		silent bool
		again  bool
	}{
		{name: "ESME_RSYSERR", status: 0x08, again: true},
		{name: "ESME_RMSGQFUL", status: 0x14, again: true},
		{name: "ESME_RTHROTTLED", status: 0x58, again: true},
		{name: "ESME_RX_T_APPN", status: 0x64, again: true},
		{name: "no answer", silent: true, again: true},
		{name: "ESME_RX_P_APPN", status: 0x65},
		{name: "ESME_RINVMSGLEN", status: 0x01},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx := patient(t)
			resend := simulator.Resend{After: time.Millisecond, AnswerTimeout: patience}
			if test.silent {
				resend.AnswerTimeout = time.Second // also for the second answer
			}
			c := start(t, simulator.Options{Resend: resend})
			first := true
			e := bound(t, c.Addr(), func(pdu) (uint32, bool) {
				refuse := first
				first = false
				if refuse {
					return test.status, !test.silent
				}
				return 0, true
			})
			number := c.Send(messages(1, "smpp").Next())[0]
			if err := c.WaitSettled(ctx); err != nil {
				t.Fatal(err)
			}
			entry, _ := c.Ledger().Entry(number)
			if ok := !entry.AnsweredOK.IsZero(); ok != test.again || entry.GivenUp == test.again {
				t.Errorf("answered OK: %v, given up: %v; want sent again: %v", ok, entry.GivenUp, test.again)
			}
			if want := map[bool]int{true: 2, false: 1}[test.again]; entry.Sent != want || len(e.receipts()) != want {
				t.Errorf("sent %d times, seen %d times, want %d", entry.Sent, len(e.receipts()), want)
			}
		})
	}
}

func TestSendLimitEndsAReceipt(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{Resend: simulator.Resend{After: time.Millisecond, Limit: 3}})
	bound(t, c.Addr(), func(pdu) (uint32, bool) { return 0x14, true })
	number := c.Send(messages(1, "smpp").Next())[0]
	if err := c.WaitSettled(ctx); err != nil {
		t.Fatal(err)
	}
	entry, _ := c.Ledger().Entry(number)
	if entry.Sent != 3 || !entry.GivenUp || entry.LastStatus != simulator.StatusQueueFull {
		t.Errorf("entry %+v", entry)
	}
}

func TestALostSessionsReceiptsComeOnTheNext(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{Window: 4, Resend: simulator.Resend{After: time.Millisecond}})
	bound(t, c.Addr(), func(pdu) (uint32, bool) { return 0, false })
	if err := c.Play(ctx, messages(4, "smpp"), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitFor(ctx, func(n simulator.Counts) bool { return n.Sends == 4 }); err != nil {
		t.Fatal(err)
	}
	c.DropSessions()
	if err := c.WaitUnbound(ctx); err != nil {
		t.Fatal(err)
	}
	bound(t, c.Addr(), nil)
	if err := c.WaitOK(ctx, 4); err != nil {
		t.Fatal(err)
	}
	if n := c.Ledger().Counts(); n.Unanswered != 4 || n.Sends != 8 || n.Binds != 2 {
		t.Errorf("counts %+v", n)
	}
}

func TestReceiptsSpreadOverSessionsOfTheirAccount(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{Window: 2})
	one, two := bound(t, c.Addr(), nil), bound(t, c.Addr(), nil)
	other, _ := dial(t, c.Addr(), bindReceiver, "somebody", "x")
	go other.work()
	if err := c.WaitBound(ctx, 3); err != nil {
		t.Fatal(err)
	}
	d := simulator.DefaultDialect()
	src := simulator.NewSource(simulator.SourceOptions{Dialect: d, Messages: 400, Account: "gw"})
	if err := c.Play(ctx, src, 0); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitOK(ctx, 400); err != nil {
		t.Fatal(err)
	}
	if a, b, x := len(one.receipts()), len(two.receipts()), len(other.receipts()); a == 0 || b == 0 || x != 0 || a+b != 400 {
		t.Errorf("sessions of the account got %d and %d, another account's %d", a, b, x)
	}
}

func TestBindIsJudged(t *testing.T) {
	c := start(t, simulator.Options{Accounts: []simulator.Account{
		{SystemID: "gw", Password: "secret", MaxSessions: 1}, {SystemID: "open"},
	}})
	tests := []struct {
		name           string
		command        uint32
		user, password string
		want           uint32
	}{
		{"first session", bindReceiver, "gw", "secret", 0},
		{"one too many", bindReceiver, "gw", "secret", 0x05},
		{"wrong password", bindReceiver, "gw", "guess", 0x0E},
		{"unknown account", bindTransmitter, "nobody", "", 0x0F},
		{"no password asked", bindTransceiver, "open", "any", 0},
		{"enquire_link before a bind", enquireLink, "", "", 0x04},
	}
	for _, test := range tests { // one after the other: the first session stays bound
		_, p := dial(t, c.Addr(), test.command, test.user, test.password)
		if p.status != test.want || p.command != test.command|response || p.sequence != 1 {
			t.Errorf("%s: answered %+v, want status 0x%02X", test.name, p, test.want)
		}
	}
}

// TestLostSessionsLinger: one that was lost counts for a while, one that was unbound
// does not.
func TestLostSessionsLinger(t *testing.T) {
	const linger = 300 * time.Millisecond
	counted := make(chan string, 100)
	c := start(t, simulator.Options{
		Accounts: []simulator.Account{{SystemID: "gw", MaxSessions: 1, Linger: linger}},
		Log:      func(line string) { counted <- line },
	})
	until := func(words string) {
		t.Helper()
		for ctx := patient(t); ; {
			select {
			case line := <-counted:
				if strings.Contains(line, words) {
					return
				}
			case <-ctx.Done():
				t.Fatalf("nothing says %q", words)
			}
		}
	}
	one, p := dial(t, c.Addr(), bindReceiver, "gw", "")
	one.conn.Close()
	lost := time.Now()
	until("is gone")
	if _, second := dial(t, c.Addr(), bindReceiver, "gw", ""); p.status != 0 || second.status != 0x05 && time.Since(lost) < linger {
		t.Errorf("bound with %+v, and again with %+v", p, second)
	}
	until("no longer counts")
	if waited := time.Since(lost); waited < linger {
		t.Errorf("a lost session counts for %s alone", waited)
	}
	two, p := dial(t, c.Addr(), bindReceiver, "gw", "")
	two.send(pdu{command: unbind, sequence: 9})
	until("the ESME unbound")
	if _, again := dial(t, c.Addr(), bindReceiver, "gw", ""); p.status != 0 || again.status != 0 {
		t.Errorf("bound with %+v, and after an unbind with %+v", p, again)
	}
}

func TestHooks(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{EnquireLink: 5 * time.Millisecond})
	c.RefuseBinds(simulator.StatusBindFailed, 1)
	if _, p := dial(t, c.Addr(), bindReceiver, "gw", ""); p.status != 0x0D {
		t.Errorf("refused bind answered %+v", p)
	}
	e := bound(t, c.Addr(), nil)
	if err := c.WaitBound(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if p := e.next(); p.command != enquireLink {
		t.Errorf("got %+v, want the SMSC's enquire_link", p)
	}
	c.Sessions()[0].SendRaw([]byte{0, 0, 0, 16, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 9})
	for {
		p := e.next()
		if p.command == 0x1234 && p.sequence == 9 {
			break
		}
		if p.command != enquireLink {
			t.Fatalf("got %+v, want the raw PDU", p)
		}
	}
	if err := c.UnbindSessions(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitUnbound(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestSubmitGetsAnIDAndItsReceipt(t *testing.T) {
	for _, receiptFirst := range []bool{false, true} {
		t.Run(fmt.Sprintf("receipt first %v", receiptFirst), func(t *testing.T) {
			ctx := patient(t)
			d, err := simulator.DialectNamed("smpp+hex_resp")
			if err != nil {
				t.Fatal(err)
			}
			c := start(t, simulator.Options{Dialect: d, Seed: 3})
			c.SlowAnswers(20*time.Millisecond, receiptFirst)
			e := bound(t, c.Addr(), nil)
			body := cstrings("")
			body = append(body, 5, 0)
			body = append(body, cstrings("ACME")...)
			body = append(body, 1, 1)
			body = append(body, cstrings("33612345678")...)
			body = append(body, 0, 0, 0)
			body = append(body, cstrings("", "")...)
			body = append(body, 1, 0, 0, 0, 5)
			e.send(pdu{command: submitSM, sequence: 5, body: append(body, "hello"...)})
			if receiptFirst {
				if err := c.WaitOK(ctx, 1); err != nil {
					t.Fatal(err)
				}
			}
			p := e.next()
			if p.command != submitSM|response || p.status != 0 || p.sequence != 5 {
				t.Fatalf("submit_sm answered %+v", p)
			}
			if err := c.WaitOK(ctx, 1); err != nil {
				t.Fatal(err)
			}
			entry, _ := c.Ledger().Entry(1)
			if id := string(bytes.TrimRight(p.body, "\x00")); id != entry.MessageID || id == entry.TextID {
				t.Errorf("submit_sm_resp carried %q, the ledger has %+v", id, entry.Truth)
			}
			if entry.Recipient != "33612345678" {
				t.Errorf("recipient %q", entry.Recipient)
			}
		})
	}
}

func TestAnAnswerAfterItsTimeCounts(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{Resend: simulator.Resend{After: time.Hour, AnswerTimeout: 10 * time.Millisecond}})
	came := make(chan struct{}, 1)
	e := bound(t, c.Addr(), func(pdu) (uint32, bool) { came <- struct{}{}; return 0, false })
	c.Send(messages(1, "smpp").Next())
	if err := c.WaitFor(ctx, func(n simulator.Counts) bool { return n.Unanswered == 1 }); err != nil {
		t.Fatal(err)
	}
	<-came
	e.send(pdu{command: deliverSM | response, sequence: e.receipts()[0].sequence, body: []byte{0}})
	if err := c.WaitOK(ctx, 1); err != nil {
		t.Error("an OK that came late is not in the ledger")
	}
}

func TestATransmitterGetsNoReceipts(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{})
	e, p := dial(t, c.Addr(), bindTransmitter, "gw", "")
	if p.status != 0 {
		t.Fatalf("bind answered %+v", p)
	}
	go e.work()
	number := c.Send(messages(1, "smpp").Next())[0]
	e.send(pdu{command: enquireLink, sequence: 2})
	e.next()
	if entry, _ := c.Ledger().Entry(number); entry.Sent != 0 || c.Ledger().Counts().Sessions != 0 {
		t.Errorf("sent to a transmitter: %+v", entry)
	}
	e.send(pdu{command: 0x7777, sequence: 3})
	if p := e.next(); p.command != response || p.status != 3 || p.sequence != 3 {
		t.Errorf("an unknown command_id was answered with %+v, want generic_nack 0x03", p)
	}
	e.send(pdu{command: unbind, sequence: 4})
	if p := e.next(); p.command != unbind|response || p.sequence != 4 {
		t.Errorf("unbind answered with %+v", p)
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		t.Error("the connection stays open after unbind")
	}
}

func TestSilence(t *testing.T) {
	ctx := patient(t)
	c := start(t, simulator.Options{})
	e := bound(t, c.Addr(), nil)
	if err := c.WaitBound(ctx, 1); err != nil {
		t.Fatal(err)
	}
	session := c.Sessions()[0]
	session.Silence(true)
	e.send(pdu{command: enquireLink, sequence: 2})
	c.Send(messages(1, "smpp").Next())
	session.SendRaw([]byte{0, 0, 0, 16, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 9})
	if p := e.next(); p.command != 0x1234 {
		t.Errorf("a silent session answered %+v", p)
	}
	session.Silence(false)
	if err := c.WaitOK(ctx, 1); err != nil {
		t.Error(err)
	}
}

func TestThrottleRefusesSubmits(t *testing.T) {
	c := start(t, simulator.Options{})
	c.Throttle(simulator.StatusThrottled)
	e := bound(t, c.Addr(), nil)
	submit := append(cstrings(""), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	e.send(pdu{command: submitSM, sequence: 5, body: submit})
	if p := e.next(); p.command != submitSM|response || p.status != 0x58 {
		t.Errorf("answered %+v", p)
	}
	c.Throttle(simulator.StatusOK)
	e.send(pdu{command: submitSM, sequence: 6, body: submit})
	if p := e.next(); p.status != 0 || len(p.body) < 2 {
		t.Errorf("answered %+v", p)
	}
	e.send(pdu{command: submitSM, sequence: 7, body: []byte("cut")})
	if p := e.next(); p.status != 0x08 {
		t.Errorf("a cut submit_sm was answered %+v", p)
	}
}
