package pgtest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Cut says where a Proxy loses a connection.
type Cut struct {
	// At is in what the client sends then.
	At string
	// Within, when set, came before it in the same transaction: it tells a
	// COMMIT of the log from one of the search projection.
	Within string
	// Passes: the server gets it and does it, and its answer is lost. Else the
	// server does not get it.
	Passes bool
}

// Proxy stands between a client and the server and loses the connection where
// it is told to.
type Proxy struct {
	listener net.Listener
	server   string
	running  sync.WaitGroup

	mu    sync.Mutex
	next  *Cut
	cuts  int
	conns []net.Conn
}

// NewProxy listens in front of the server of the DSN until the test ends, and
// returns the DSN to use.
func NewProxy(t testing.TB, dsn string) (*Proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: u.Host}
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

// CutAt loses the next connection that fits, once.
func (p *Proxy) CutAt(c Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = &c
}

// Cuts returns how many connections were lost so.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

func (p *Proxy) serve() {
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

// carry forwards both ways until either side ends or is cut.
func (p *Proxy) carry(client, server net.Conn) {
	c := &carried{Proxy: p, mute: make(chan struct{})}
	p.running.Go(func() {
		c.answers(client, server)
		client.Close()
		server.Close()
	})
	defer server.Close()
	defer client.Close()
	buf := make([]byte, 256<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		cut := c.fits(buf[:n])
		if cut != nil && !cut.Passes {
			return
		}
		if cut != nil {
			close(c.mute) // the rest of it passes, and no answer does
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// carried is what went over one connection.
type carried struct {
	*Proxy
	// window is the end of what the client sent before, so that words are found
	// that come in two pieces; within: the transaction has carried Cut.Within.
	window []byte
	within bool
	mute   chan struct{} // closed: the server's next answer is lost
}

// answers forwards what the server says, until it is to be lost.
func (c *carried) answers(client io.Writer, server io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		select {
		case <-c.mute:
			return
		default:
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// fits returns the cut that the octets meet, once.
func (c *carried) fits(octets []byte) *Cut {
	c.mu.Lock()
	defer c.mu.Unlock()
	const overlap = 64
	before := len(c.window)
	seen := append(c.window, octets...)
	c.window = bytes.Clone(seen[max(0, len(seen)-overlap):])
	carry := func(words string) bool { // ending in what came now; synchronous_commit is no commit
		came := bytes.ReplaceAll(seen[max(0, before-len(words)+1):], []byte("_commit"), []byte("_setting"))
		return bytes.Contains(came, []byte(words))
	}
	if carry("begin") {
		c.within = false
	}
	if c.next == nil {
		return nil
	}
	c.within = c.within || carry(c.next.Within)
	if !c.within || !carry(c.next.At) {
		return nil
	}
	cut := c.next
	c.next = nil
	c.cuts++
	return cut
}
