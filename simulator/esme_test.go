package simulator_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dlrgate/dlrgate/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait in these tests.
const patience = time.Minute

func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// pdu is one PDU as the tests' own ESME sees it.
type pdu struct {
	command, status, sequence uint32
	body                      []byte
}

// esme is a tiny ESME: it binds, hands every receipt to answer and does what
// that says. It shares no code with the SMSC.
type esme struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	mu   sync.Mutex
	got  []pdu // receipts as they came
	done chan struct{}
	// answer returns the command_status for a receipt, and false to stay silent.
	answer func(pdu) (uint32, bool)
	others chan pdu
}

const (
	bindReceiver    = 0x01
	bindTransmitter = 0x02
	submitSM        = 0x04
	deliverSM       = 0x05
	unbind          = 0x06
	bindTransceiver = 0x09
	enquireLink     = 0x15
	dataSM          = 0x103
	response        = 0x80000000
)

func cstrings(values ...string) []byte {
	var b []byte
	for _, v := range values {
		b = append(append(b, v...), 0)
	}
	return b
}

// newESME is one that answers every receipt OK.
func newESME(t *testing.T, conn net.Conn) *esme {
	return &esme{
		t: t, conn: conn, r: bufio.NewReader(conn), done: make(chan struct{}), others: make(chan pdu, 10_000),
		answer: func(pdu) (uint32, bool) { return 0, true },
	}
}

// dial connects and binds; it returns the bind's answer.
func dial(t *testing.T, addr string, command uint32, user, password string) (*esme, pdu) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	e := newESME(t, conn)
	t.Cleanup(e.close)
	body := append(cstrings(user, password, ""), 0x34, 0, 0, 0)
	e.send(pdu{command: command, sequence: 1, body: body})
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	p, err := e.read()
	if err != nil {
		t.Fatalf("no answer to the bind: %v", err)
	}
	return e, p
}

// bound dials and works until the connection ends.
func bound(t *testing.T, addr string, answer func(pdu) (uint32, bool)) *esme {
	t.Helper()
	e, p := dial(t, addr, bindTransceiver, "gw", "secret")
	if p.command != bindTransceiver|response || p.status != 0 {
		t.Fatalf("bind answered with %+v", p)
	}
	if answer != nil {
		e.answer = answer
	}
	go e.work()
	return e
}

func (e *esme) send(p pdu) {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(p.body)))
	b = binary.BigEndian.AppendUint32(b, p.command)
	b = binary.BigEndian.AppendUint32(b, p.status)
	b = binary.BigEndian.AppendUint32(b, p.sequence)
	_, _ = e.conn.Write(append(b, p.body...))
}

func (e *esme) read() (pdu, error) {
	var h [16]byte
	if _, err := io.ReadFull(e.r, h[:]); err != nil {
		return pdu{}, err
	}
	p := pdu{
		command: binary.BigEndian.Uint32(h[4:]), status: binary.BigEndian.Uint32(h[8:]), sequence: binary.BigEndian.Uint32(h[12:]),
		body: make([]byte, binary.BigEndian.Uint32(h[:])-16),
	}
	_, err := io.ReadFull(e.r, p.body)
	return p, err
}

func (e *esme) work() {
	defer close(e.done)
	_ = e.conn.SetReadDeadline(time.Time{})
	for {
		p, err := e.read()
		if err != nil {
			return
		}
		switch p.command {
		case deliverSM, dataSM:
			e.mu.Lock()
			e.got = append(e.got, p)
			e.mu.Unlock()
			if status, say := e.answer(p); say {
				e.send(pdu{command: p.command | response, status: status, sequence: p.sequence, body: []byte{0}})
			}
		case enquireLink, unbind:
			e.send(pdu{command: p.command | response, sequence: p.sequence})
			e.others <- p
		default:
			e.others <- p
		}
	}
}

func (e *esme) receipts() []pdu {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]pdu(nil), e.got...)
}

// next returns the next PDU that is no receipt.
func (e *esme) next() pdu {
	e.t.Helper()
	select {
	case p := <-e.others:
		return p
	case <-time.After(patience):
		e.t.Fatal("no PDU came")
		return pdu{}
	}
}

func (e *esme) close() { _ = e.conn.Close() }

// bindOnce binds, answers everything OK until the session ends, and returns. A
// refused bind is no fault.
func bindOnce(ctx context.Context, t *testing.T, addr string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	e := newESME(t, conn)
	e.send(pdu{command: bindReceiver, sequence: 1, body: append(cstrings("gw", "secret", ""), 0x34, 0, 0, 0)})
	if p, err := e.read(); err == nil && p.status == 0 {
		e.work()
	}
}

func start(t *testing.T, opts simulator.Options) *simulator.SMSC {
	t.Helper()
	c, err := simulator.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func messages(n uint64, dialect string) *simulator.Source {
	d, err := simulator.DialectNamed(dialect)
	if err != nil {
		panic(err)
	}
	return simulator.NewSource(simulator.SourceOptions{Dialect: d, Seed: 7, Messages: n})
}
