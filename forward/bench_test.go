package forward

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
)

// sink answers every request with 204 as cheaply as it can: the benchmark is
// about the sender.
func sink(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var conns sync.WaitGroup
	b.Cleanup(func() { l.Close(); conns.Wait() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { drain(c) })
		}
	}()
	return "http://" + l.Addr().String()
}

func drain(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		length := int64(0)
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) == 2 {
				break
			}
			const name = "Content-Length: "
			if len(line) > len(name) && string(line[:len(name)]) == name {
				length, _ = strconv.ParseInt(string(line[len(name):len(line)-2]), 10, 64)
			}
		}
		if _, err := io.CopyN(io.Discard, r, length); err != nil {
			return
		}
		if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return
		}
	}
}

func benchmarkEndpoint(b *testing.B, concurrency, batch int) {
	log := newLog(b, "acme")
	o := options(sink(b))
	o.Secrets, o.Concurrency, o.BatchEvents = []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLAbC"}, concurrency, batch
	o.Headers = http.Header{"X-Tenant": {"a"}}
	store(b, log, "acme", receipts("warm", 1)...)
	e, _ := running(b, o, log, nil)
	eventually(b, "warm", func() bool { return e.Status().Lag == 0 })
	rs := receipts("a", b.N)
	b.ResetTimer()
	for chunk := range chunks(rs, 1000) {
		store(b, log, "acme", chunk...)
	}
	eventually(b, "all taken", func() bool { return e.Status().Lag == 0 && e.Status().InFlight == 0 })
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func chunks(rs []receipt, n int) func(func([]receipt) bool) {
	return func(yield func([]receipt) bool) {
		for len(rs) > 0 {
			k := min(n, len(rs))
			if !yield(rs[:k]) {
				return
			}
			rs = rs[k:]
		}
	}
}

func BenchmarkSingle16(b *testing.B)   { benchmarkEndpoint(b, 16, 1) }
func BenchmarkBatch100x4(b *testing.B) { benchmarkEndpoint(b, 4, 100) }
