package simulator_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// BenchmarkSend measures receipts through one session and back, with an ESME
// that answers as cheaply as it can.
func BenchmarkSend(b *testing.B) {
	c, err := simulator.Start(simulator.Options{Window: 100})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	c.Ledger().DropText = true
	conn, err := net.Dial("tcp", c.Addr())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	bind := binary.BigEndian.AppendUint32(nil, 16+7)
	bind = append(bind, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x34, 0, 0, 0)
	if _, err := conn.Write(bind); err != nil {
		b.Fatal(err)
	}
	go answerAll(conn)
	src := simulator.NewSource(simulator.SourceOptions{Messages: uint64(b.N)})
	b.ResetTimer()
	ctx := b.Context()
	if err := c.Play(ctx, src, 0); err != nil {
		b.Fatal(err)
	}
	if err := c.WaitOK(ctx, b.N); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "receipts/s")
}

// answerAll reads PDUs and answers each deliver_sm; it ends with the connection.
func answerAll(conn net.Conn) {
	r := bufio.NewReaderSize(conn, 64<<10)
	w := bufio.NewWriterSize(conn, 64<<10)
	var h [16]byte
	for {
		if _, err := io.ReadFull(r, h[:]); err != nil {
			return
		}
		if _, err := r.Discard(int(binary.BigEndian.Uint32(h[:])) - 16); err != nil {
			return
		}
		if h[7] == 5 {
			_, _ = w.Write(append([]byte{0, 0, 0, 17, 0x80, 0, 0, 5, 0, 0, 0, 0}, h[12], h[13], h[14], h[15], 0))
		}
		if r.Buffered() == 0 {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			if w.Flush() != nil {
				return
			}
		}
	}
}

func BenchmarkSource(b *testing.B) {
	src := messages(0, "melrose_unecast_vianett")
	for b.Loop() {
		src.Next()
	}
}
