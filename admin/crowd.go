package admin

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// The listener's share of the process's open files: the others are the journal's,
// the binds' and the webhooks'. One address gets half of the share.
const (
	shareOfFiles = 4 // one in so many
	leastCrowd   = 16
	mostCrowd    = 1024
)

// crowdOf is how many connections are taken at a limit of so many open files.
func crowdOf(files uint64) int {
	return int(min(max(files/shareOfFiles, leastCrowd), mostCrowd))
}

// openFiles is the process's limit; when it cannot be read, what is common.
func openFiles() uint64 {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 1024
	}
	return l.Cur
}

// crowd is a listener that takes so many connections, and no more than half of
// them from one address. Who comes when there is no place gets that of the
// longest idle one, or is refused: whoever holds connections open without asking
// for anything neither takes files from binds and webhooks nor keeps others out.
type crowd struct {
	net.Listener
	most, each int
	refusals   thinned

	mu    sync.Mutex
	turn  uint64
	idle  map[*guest]uint64 // since which turn
	guest map[netip.Addr]int
	all   int
}

// guest is one connection.
type guest struct {
	net.Conn
	from  netip.Addr
	leave func() error
}

func newCrowd(l net.Listener, most int, log *zap.Logger) *crowd {
	return &crowd{
		Listener: l, most: most, each: most / 2, refusals: thinned{every: time.Minute, log: log},
		idle: map[*guest]uint64{}, guest: map[netip.Addr]int{},
	}
}

// Accept returns the next connection that there is a place for.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g := &guest{Conn: conn, from: clientOf(conn.RemoteAddr().String())}
		g.leave = sync.OnceValue(func() error {
			c.left(g)
			return conn.Close()
		})
		displaced, ok := c.admit(g)
		if ok && displaced == nil {
			return g, nil
		}
		c.full(g.from)
		if ok {
			_ = displaced.Close() // whose reader is gone, or comes again
			return g, nil
		}
		_ = conn.Close() // he hears nothing, and may come again
	}
}

// full tells the log that somebody was refused, or another's connection closed.
func (c *crowd) full(from netip.Addr) {
	c.refusals.tell("too many connections to the admin listener are open: idle ones are closed, further ones refused",
		zap.Stringer("client", from), zap.Int("connections", c.most),
		zap.String("do", "see who holds them; a quarter of the files that the process may open (ulimit -n) is for them, and half of that for one address"))
}

// Close ends the connection and gives its place away.
func (g *guest) Close() error { return g.leave() }

// CloseWrite ends what we send: the HTTP server does so before it closes, so that
// its last answer arrives.
func (g *guest) CloseWrite() error {
	if half, is := g.Conn.(interface{ CloseWrite() error }); is {
		return half.CloseWrite()
	}
	return nil
}

// admit gives g a place if there is one, or the idle one whose place it gets.
func (c *crowd) admit(g *guest) (displaced *guest, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.guest[g.from] >= c.each:
		if displaced = c.longestIdle(g.from); displaced == nil {
			return nil, false
		}
	case c.all >= c.most:
		if displaced = c.longestIdle(netip.Addr{}); displaced == nil {
			return nil, false
		}
	}
	if displaced != nil {
		delete(c.idle, displaced) // its place is free when it is closed
	}
	c.all++
	c.guest[g.from]++
	c.wait(g)
	return displaced, true
}

// longestIdle is the connection that has asked for nothing for longest, of one
// address or of the one that has most.
func (c *crowd) longestIdle(from netip.Addr) (found *guest) {
	for g, since := range c.idle {
		if from.IsValid() && g.from != from {
			continue
		}
		switch {
		case found == nil, c.guest[g.from] > c.guest[found.from]:
			found = g
		case c.guest[g.from] == c.guest[found.from] && since < c.idle[found]:
			found = g
		}
	}
	return found
}

func (c *crowd) wait(g *guest) {
	c.turn++
	c.idle[g] = c.turn
}

func (c *crowd) left(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.idle, g)
	c.all--
	if c.guest[g.from]--; c.guest[g.from] == 0 {
		delete(c.guest, g.from)
	}
}

// state is told by the HTTP server which connections are busy.
func (c *crowd) state(conn net.Conn, s http.ConnState) {
	if over, is := conn.(interface{ NetConn() net.Conn }); is { // TLS
		conn = over.NetConn()
	}
	g, is := conn.(*guest)
	if !is {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch s {
	case http.StateActive:
		delete(c.idle, g)
	case http.StateIdle:
		c.wait(g)
	case http.StateNew, http.StateHijacked, http.StateClosed: // Accept and Close see to these
	}
}

// clientOf is whose address that is; of IPv6 the network that one customer has.
func clientOf(hostport string) netip.Addr {
	at, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return netip.IPv6Unspecified()
	}
	a := at.Addr().Unmap().WithZone("")
	if a.Is6() {
		const network = 64 // RFC 6177
		p, _ := a.Prefix(network)
		return p.Addr()
	}
	return a
}
