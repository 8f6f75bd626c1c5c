package main

import (
	"io"
	"net"
	"sync"
)

// hostile are SMSCs that keep no rule: each does one thing wrong with every
// connection, as soon as it is there, again and again.
type hostile struct {
	addresses []string
	listeners []net.Listener
	serving   sync.WaitGroup
}

// A bind is answered with bindResp; what follows are things that no SMSC says.
const bindResp = "\x00\x00\x00\x12\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01s\x00"

var hostilities = []string{
	"", // nothing, for ever
	"HTTP/1.1 400 Bad Request\r\n\r\n",
	"\xff\xff\xff\xff\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01", // 4 GB
	bindResp + "\x00\x00\x00\x20\x00",                                  // half a header
	bindResp + "\x00\x00\x00\x30\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x02half",
	bindResp + "\x00\x00\x00\x10\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x02", // a deliver_sm of nothing
	bindResp + "\x00\x00\x00\x10\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\x02", // we are to unbind
}

// startHostile starts n of them.
func startHostile(n int) *hostile {
	h := &hostile{}
	for i := range n {
		l := listen()
		h.listeners, h.addresses = append(h.listeners, l), append(h.addresses, l.Addr().String())
		h.serving.Go(func() { h.serve(l, hostilities[i%len(hostilities)]) })
	}
	return h
}

func (h *hostile) serve(l net.Listener, words string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		h.serving.Go(func() {
			defer func() { _ = conn.Close() }()
			_, _ = conn.Read(make([]byte, 512)) // its bind
			_, _ = io.WriteString(conn, words)
			_, _ = io.Copy(io.Discard, conn)
		})
	}
}

// close ends them, once the gateway has ended its connections.
func (h *hostile) close() {
	for _, l := range h.listeners {
		_ = l.Close()
	}
	h.serving.Wait()
}
