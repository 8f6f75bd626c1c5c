package smpp

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// patience is how long tests wait for what must come.
const patience = time.Minute

// The command ids, written out so that the test SMSC shares nothing with the code.
const (
	idGenericNack       = 0x80000000
	idBindReceiver      = 0x00000001
	idBindTransmitter   = 0x00000002
	idBindTransceiver   = 0x00000009
	idDeliverSM         = 0x00000005
	idUnbind            = 0x00000006
	idOutbind           = 0x0000000B
	idEnquireLink       = 0x00000015
	idAlertNotification = 0x00000102
	idDataSM            = 0x00000103
	idResp              = 0x80000000
)

// rawPDU is a PDU as it goes over the wire.
type rawPDU struct {
	id, status, seq uint32
	body            []byte
}

func (p rawPDU) octets() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(p.body)))
	b = binary.BigEndian.AppendUint32(b, p.id)
	b = binary.BigEndian.AppendUint32(b, p.status)
	b = binary.BigEndian.AppendUint32(b, p.seq)
	return append(b, p.body...)
}

// deliver is a deliver_sm that carries text and TLVs.
func deliver(seq uint32, text string, tlvs ...TLV) rawPDU {
	return rawPDU{id: idDeliverSM, seq: seq, body: deliverBody(text, tlvs...)}
}

func deliverBody(text string, tlvs ...TLV) []byte {
	b := []byte("\x00\x01\x0133612345678\x00\x05\x00ACME\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00")
	b = append(b, byte(len(text)))
	b = append(b, text...)
	return appendTLVs(b, tlvs...)
}

func dataBody(tlvs ...TLV) []byte {
	return appendTLVs([]byte("\x00\x01\x0133612345678\x00\x05\x00ACME\x00\x04\x00\x00"), tlvs...)
}

func appendTLVs(b []byte, tlvs ...TLV) []byte {
	for _, t := range tlvs {
		b = binary.BigEndian.AppendUint16(b, t.Tag)
		b = binary.BigEndian.AppendUint16(b, uint16(len(t.Value)))
		b = append(b, t.Value...)
	}
	return b
}

// smsc accepts connections of the code under test.
type smsc struct {
	t    *testing.T
	ln   net.Listener
	addr string
	tls  *tls.Config // nil: none
}

func newSMSC(t *testing.T) *smsc {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return &smsc{t: t, ln: ln, addr: ln.Addr().String()}
}

// accept waits for the next connection.
func (s *smsc) accept() *peer {
	s.t.Helper()
	if err := s.ln.(*net.TCPListener).SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	conn, err := s.ln.Accept()
	if err != nil {
		s.t.Fatalf("no connection came: %v", err)
	}
	if s.tls != nil {
		conn = tls.Server(conn, s.tls)
	}
	return newPeer(s.t, conn)
}

// acceptBound waits for the next connection and accepts its bind.
func (s *smsc) acceptBound() *peer {
	s.t.Helper()
	p := s.accept()
	p.acceptBind()
	return p
}

// peer is the SMSC's end of one connection.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	// patient is set inside a synctest bubble, where waiting costs nothing and
	// runs the clock.
	patient bool
	// answers are the responses that serve read.
	answers chan rawPDU
}

func newPeer(t *testing.T, conn net.Conn) *peer {
	t.Cleanup(func() { conn.Close() })
	return &peer{t: t, conn: conn, in: bufio.NewReader(conn), answers: make(chan rawPDU, 1000)}
}

// serve answers enquire_link and unbind, and passes responses on to answers,
// until the connection ends.
func (p *peer) serve() {
	for {
		pdu, ok := p.next()
		if !ok {
			return
		}
		if pdu.id&idResp != 0 {
			p.answers <- pdu
		} else {
			p.answer(pdu, 0, "")
		}
	}
}

func (p *peer) send(pdus ...rawPDU) {
	p.t.Helper()
	for _, pdu := range pdus {
		p.write(pdu.octets())
	}
}

func (p *peer) write(octets []byte) {
	p.t.Helper()
	if err := p.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.conn.Write(octets); err != nil {
		p.t.Fatalf("SMSC cannot write: %v", err)
	}
}

// next reads the next PDU; ok is false when the connection has ended.
func (p *peer) next() (pdu rawPDU, ok bool) {
	p.t.Helper()
	if !p.patient {
		if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return rawPDU{}, false
		}
	}
	head := make([]byte, 16)
	if _, err := io.ReadFull(p.in, head); err != nil {
		if ne, isNet := err.(net.Error); isNet && ne.Timeout() { //nolint:errorlint // straight from the connection
			p.t.Fatal("no PDU came")
		}
		return rawPDU{}, false
	}
	body := make([]byte, binary.BigEndian.Uint32(head)-16)
	if _, err := io.ReadFull(p.in, body); err != nil {
		p.t.Fatalf("half a PDU came: %v", err)
	}
	return rawPDU{
		id: binary.BigEndian.Uint32(head[4:]), status: binary.BigEndian.Uint32(head[8:]),
		seq: binary.BigEndian.Uint32(head[12:]), body: body,
	}, true
}

// expect reads the next PDU and fails unless it is that command.
func (p *peer) expect(id uint32) rawPDU {
	p.t.Helper()
	pdu, ok := p.next()
	if !ok {
		p.t.Fatalf("connection closed, want command 0x%08x", id)
	}
	if pdu.id != id {
		p.t.Fatalf("got command 0x%08x status 0x%x, want command 0x%08x", pdu.id, pdu.status, id)
	}
	return pdu
}

// expectAnswer fails unless the next PDU answers seq with status.
func (p *peer) expectAnswer(id, status, seq uint32) {
	p.t.Helper()
	if pdu := p.expect(id); pdu.status != status || pdu.seq != seq {
		p.t.Fatalf("got status 0x%x for sequence %d, want 0x%x for %d", pdu.status, pdu.seq, status, seq)
	}
}

// expectClosed fails unless the connection ends with nothing more to read.
func (p *peer) expectClosed() {
	p.t.Helper()
	if pdu, ok := p.next(); ok {
		p.t.Fatalf("got command 0x%08x, want the connection closed", pdu.id)
	}
}

// answer answers a request of the code under test.
func (p *peer) answer(to rawPDU, status uint32, body string) {
	p.t.Helper()
	p.send(rawPDU{id: to.id | idResp, status: status, seq: to.seq, body: []byte(body)})
}

// acceptBind reads the bind and accepts it.
func (p *peer) acceptBind() rawPDU {
	p.t.Helper()
	pdu := p.readBind()
	p.answer(pdu, 0, "smsc\x00")
	return pdu
}

func (p *peer) readBind() rawPDU {
	p.t.Helper()
	pdu, ok := p.next()
	if !ok || !slices.Contains([]uint32{idBindReceiver, idBindTransceiver}, pdu.id) {
		p.t.Fatalf("got command 0x%08x (open %v), want a bind", pdu.id, ok)
	}
	return pdu
}

// handlerFunc lets a func be a Handler.
type handlerFunc func(context.Context, *DeliverSM, func(CommandStatus))

func (f handlerFunc) Deliver(ctx context.Context, d *DeliverSM, answer func(CommandStatus)) {
	f(ctx, d, answer)
}

// answerOK answers everything at once.
var answerOK = handlerFunc(func(_ context.Context, _ *DeliverSM, answer func(CommandStatus)) { answer(StatusOK) })

// taken is a receipt that waits for the test's verdict.
type taken struct {
	*DeliverSM
	answer func(CommandStatus)
}

// inbox is a Handler that leaves the verdict to the test.
type inbox chan taken

func (in inbox) Deliver(_ context.Context, d *DeliverSM, answer func(CommandStatus)) {
	in <- taken{d, answer}
}

func (in inbox) next(t *testing.T) taken {
	t.Helper()
	return receive(t, in)
}

// receive waits for the next value of c.
func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %T came", *new(T))
		return *new(T)
	}
}

// testOptions are one account at the addresses, with waits short enough for tests
// on real sockets.
func testOptions(addresses ...string) Options {
	return Options{
		Name: "acme", Addresses: addresses,
		Accounts:        []Account{{SystemID: "gw", Password: "secret8"}},
		ResponseTimeout: patience, ConnectTimeout: 5 * time.Second,
		Reconnect: Reconnect{Initial: time.Millisecond, Max: 5 * time.Millisecond, AfterUnbind: time.Millisecond},
	}
}

// running is an Operator whose Run runs.
type running struct {
	*Operator
	t     *testing.T
	stop  context.CancelFunc
	ended chan struct{}
	moved chan StateChange
	// patience is longer in a synctest bubble, where waiting costs nothing.
	patience time.Duration
}

// start runs an operator until the test ends.
func start(t *testing.T, opts Options, h Handler) *running {
	t.Helper()
	r := &running{t: t, ended: make(chan struct{}), moved: make(chan StateChange, 1000), patience: patience}
	told := opts.Observer.StateChanged
	opts.Observer.StateChanged = func(c StateChange) {
		if told != nil {
			told(c)
		}
		select {
		case r.moved <- c:
		default:
		}
	}
	o, err := NewOperator(opts, h)
	if err != nil {
		t.Fatal(err)
	}
	r.Operator = o
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	go func() {
		defer close(r.ended)
		if err := o.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(r.end)
	return r
}

// end stops the operator and waits for it.
func (r *running) end() {
	r.stop()
	select {
	case <-r.ended:
	case <-time.After(3 * patience):
		r.t.Error("Run did not return")
	}
}

// reach waits until a bind enters the state.
func (r *running) reach(want BindState) StateChange {
	r.t.Helper()
	deadline := time.After(r.patience)
	for {
		select {
		case c := <-r.moved:
			if c.To == want {
				return c
			}
		case <-deadline:
			r.t.Fatalf("no bind entered %q", want)
			return StateChange{}
		}
	}
}
