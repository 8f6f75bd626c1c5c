//go:build faultpoints

package faults_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// door stands before the webhook: every connection passes, or meets what it was
// last told to do.
type door struct {
	target   string
	addr     string
	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]struct{}
	shut     bool
	meet     func(net.Conn) // nil: passes
	met      int            // connections that did not pass
	wg       sync.WaitGroup
}

func openDoor(t *testing.T, target string) *door {
	t.Helper()
	d := &door{target: target, addr: "127.0.0.1:0", conns: map[net.Conn]struct{}{}}
	if err := d.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.close(); d.wg.Wait() })
	return d
}

// Addr is host:port for the gateway's configuration.
func (d *door) Addr() string { return d.addr }

// open listens again where it did before.
func (d *door) open() error {
	l, err := net.Listen("tcp", d.addr)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.listener, d.addr, d.shut = l, l.Addr().String(), false
	d.mu.Unlock()
	d.wg.Go(func() { d.accept(l) })
	return nil
}

// close refuses connections and cuts those that are there.
func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.listener.Close()
	d.shut = true
	d.cut()
}

// misbehave has every connection from now on meet f; nil: pass again.
func (d *door) misbehave(f func(net.Conn)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.meet = f
	d.cut()
}

func (d *door) turnedAway() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.met
}

func (d *door) cut() {
	for c := range d.conns {
		_ = c.Close()
	}
}

func (d *door) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		d.wg.Go(func() { d.serve(c) })
	}
}

func (d *door) serve(c net.Conn) {
	defer c.Close()
	d.mu.Lock()
	if d.shut { // while it was accepted
		d.mu.Unlock()
		return
	}
	d.conns[c] = struct{}{}
	meet := d.meet
	if meet != nil {
		d.met++
	}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.conns, c)
		d.mu.Unlock()
	}()
	if meet != nil {
		meet(c)
		return
	}
	to, err := net.Dial("tcp", d.target)
	if err != nil {
		return
	}
	defer to.Close()
	d.wg.Go(func() { _, _ = io.Copy(c, to); _ = c.Close() })
	_, _ = io.Copy(to, c)
}

// The ways to misbehave.

// reset takes the request and breaks the connection.
func reset(c net.Conn) {
	readRequest(c)
	_ = c.(*net.TCPConn).SetLinger(0)
}

// endless answers 500 and never stops.
func endless(c net.Conn) {
	readRequest(c)
	_, err := io.WriteString(c, "HTTP/1.1 500 Oh\r\nContent-Type: text/plain\r\n\r\n")
	for err == nil {
		_, err = c.Write(make([]byte, 4096))
	}
}

// endlessHeader never comes to an answer's body.
func endlessHeader(c net.Conn) {
	readRequest(c)
	_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n")
	for err == nil {
		_, err = io.WriteString(c, "X-More: and more and more and more and more\r\n")
	}
}

// garbage answers what is not HTTP.
func garbage(c net.Conn) {
	readRequest(c)
	_, _ = io.WriteString(c, "\x00\xff\x15\x03\x01 220 mail.example ESMTP\r\n\r\n")
}

// half promises more than it sends.
func half(c net.Conn) {
	readRequest(c)
	_, _ = io.WriteString(c, "HTTP/1.1 503 Later\r\nContent-Length: 1000\r\n\r\nhalf")
}

func readRequest(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}
