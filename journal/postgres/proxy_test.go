package postgres_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between the engine and the server and cuts the connection that
// carries a marker: before the server gets it, or before its answer leaves.
type proxy struct {
	listener net.Listener
	server   string
	running  sync.WaitGroup

	mu     sync.Mutex
	marker []byte
	passes bool // the server gets what carries the marker
	cuts   int
	conns  []net.Conn
}

// newProxy listens in front of the server of the DSN, and returns the DSN to use.
func newProxy(t *testing.T, dsn string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{server: u.Host}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	p.running.Go(p.serve)
	t.Cleanup(func() {
		p.listener.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		p.running.Wait()
	})
	return p, u.String()
}

// cutAt cuts the next connection that carries the marker.
func (p *proxy) cutAt(marker string, passes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.marker, p.passes = []byte(marker), passes
}

// count returns how often it cut.
func (p *proxy) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		p.running.Go(func() { p.carry(client, server) })
	}
}

// carry forwards both ways until either side ends or the marker comes.
func (p *proxy) carry(client, server net.Conn) {
	answers := make(chan struct{})
	p.running.Go(func() {
		defer close(answers)
		_, _ = io.Copy(client, server)
		client.Close()
	})
	defer func() {
		client.Close()
		server.Close()
		<-answers
	}()
	buf := make([]byte, 256<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		cut, passes := p.hit(buf[:n])
		if cut {
			client.Close() // before the answer can come
			if !passes {
				return
			}
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
		if cut {
			<-answers // the server has done it and cannot tell
			return
		}
	}
}

// hit tells whether the octets carry the marker, once.
func (p *proxy) hit(octets []byte) (cut, passes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.marker == nil || !bytes.Contains(octets, p.marker) {
		return false, false
	}
	p.marker = nil
	p.cuts++
	return true, p.passes
}
