package smpp

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
)

// BenchmarkSession takes and answers receipts over loopback, a window of 100
// always full. The SMSC's side is in it.
func BenchmarkSession(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	o, err := NewOperator(testOptions(ln.Addr().String()), answerOK)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := spawn(func() { _ = o.Run(ctx) })
	conn, err := ln.Accept()
	if err != nil {
		b.Fatal(err)
	}
	readN(b, conn, 16+len("gw\x00secret8\x00\x00")+1+1+1+1)
	writeAll(b, conn, rawPDU{id: idBindReceiver | idResp, seq: 1, body: []byte("smsc\x00")}.octets())

	const window, answerLen = 100, 17
	full := bytes.Repeat(deliver(1, "id:0059113978 sub:001 dlvrd:001 submit date:1002101730 done date:1002101731 stat:DELIVRD err:000 text:hello",
		TLV{0x001E, []byte("38601fa\x00")}, TLV{0x0427, []byte{2}}).octets(), window)
	b.ResetTimer()
	for range b.N/window + 1 {
		writeAll(b, conn, full)
		readN(b, conn, window*answerLen)
	}
	b.StopTimer()
	conn.Close()
	cancel()
	<-ended
}

func readN(b *testing.B, conn net.Conn, n int) {
	b.Helper()
	if _, err := io.CopyN(io.Discard, conn, int64(n)); err != nil {
		b.Fatal(err)
	}
}

func writeAll(b *testing.B, conn net.Conn, octets []byte) {
	b.Helper()
	if _, err := conn.Write(octets); err != nil {
		b.Fatal(err)
	}
}
