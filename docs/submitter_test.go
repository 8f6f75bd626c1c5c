package docs_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// SMPP 3.4 commands and what a submitter needs of them.
const (
	bindTransmitter = 0x02
	submitSM        = 0x04
	unbind          = 0x06
	response        = 1 << 31
)

// submitSlowly is a program of the tester's own: on a transmitter bind it
// submits n messages, ten a second, each asking for a receipt, and returns how
// many the operator took before it went away or all was answered.
func submitSlowly(ctx context.Context, t *testing.T, smsc string, n int) (taken int) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", smsc)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	send := func(command, sequence int, body string) error {
		b := binary.BigEndian.AppendUint32(nil, uint32(16+len(body)))
		b = binary.BigEndian.AppendUint32(b, uint32(command))
		b = binary.BigEndian.AppendUint32(b, 0)
		b = binary.BigEndian.AppendUint32(b, uint32(sequence))
		_, err := conn.Write(append(b, body...))
		return err
	}
	if err := send(bindTransmitter, 1, "gw\x00secret\x00\x00\x34\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		pace := time.NewTicker(100 * time.Millisecond)
		defer pace.Stop()
		for i := range n {
			<-pace.C
			// source, destination, esm_class to validity_period, registered_delivery 1, …, text
			body := fmt.Sprintf("\x00\x05\x00ACME\x00\x01\x01336123%05d\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02hi", i)
			if send(submitSM, i+2, body) != nil {
				return
			}
		}
		_ = send(unbind, n+2, "") // the answer tells
	})
	for {
		var h [16]byte
		if _, err := io.ReadFull(conn, h[:]); err != nil {
			return taken
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(h[:]))-16); err != nil {
			return taken
		}
		switch binary.BigEndian.Uint32(h[4:]) {
		case submitSM | response:
			if binary.BigEndian.Uint32(h[8:]) == 0 {
				taken++
			}
		case unbind | response:
			return taken
		}
	}
}
