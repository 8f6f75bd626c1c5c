package smpp

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// tape is a connection that plays octets and swallows what is written.
type tape struct {
	net.Conn
	in *bytes.Reader
}

func (c tape) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c tape) Write(p []byte) (int, error)      { return len(p), nil }
func (c tape) SetReadDeadline(time.Time) error  { return nil }
func (c tape) SetWriteDeadline(time.Time) error { return nil }

// FuzzRead feeds any octets to a session: nothing panics, every receipt that was
// taken gets its answer, and what the session writes is whole PDUs.
func FuzzRead(f *testing.F) {
	bindResp := rawPDU{id: idBindReceiver | idResp, seq: 1, body: []byte("smsc\x00")}.octets()
	for _, octets := range readPDUs(f) {
		f.Add(append(bytes.Clone(bindResp), octets...))
	}
	f.Add(rawPDU{id: idUnbind, seq: 1}.octets())
	f.Fuzz(func(t *testing.T, octets []byte) {
		opts := testOptions("smsc:1").withDefaults()
		opts.Window = 50
		shared := &common{opts: &opts, handler: answerOK, rate: rate.NewLimiter(rate.Inf, 0)}
		b := newBind(shared, opts.Accounts[0], 1, opts.Addresses)
		s := newSession(b, tape{in: bytes.NewReader(octets)})
		s.request(b.bindRequest())
		s.read()
		for len(s.queue) > 0 {
			(<-s.queue).deliver(t.Context(), answerOK)
		}
		if left := s.window.len(); left != 0 {
			t.Fatalf("%d receipts were taken and not answered", left)
		}
		for written := bytes.NewReader(s.out.buf); written.Len() > 0; {
			head := make([]byte, 4)
			if _, err := io.ReadFull(written, head); err != nil {
				t.Fatalf("half a PDU written: %v", err)
			}
			rest := int(head[2])<<8 | int(head[3]) - 4
			if _, err := io.CopyN(io.Discard, written, int64(rest)); err != nil || rest < 12 {
				t.Fatalf("a PDU of %d octets written: %v", rest+4, err)
			}
		}
		select {
		case <-s.over:
		default:
			t.Fatal("the stream ended and the session did not")
		}
	})
}
