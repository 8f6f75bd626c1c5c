package forward

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"code.dny.dev/ssrf"
)

// http2Conns bounds an endpoint's HTTP/2 connections: four carry what 64
// HTTP/1.1 connections do.
const http2Conns = 4

// transport keeps an endpoint's connections. Each generation lives for
// max_connection_age, so that a receiver that moved behind its name is found.
type transport struct {
	o    *Options
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu      sync.Mutex // serialises the change of generations
	current atomic.Pointer[generation]
}

type generation struct {
	*http.Transport
	born  time.Time
	http2 bool // sized for HTTP/2
}

func newTransport(o *Options) *transport {
	d := &net.Dialer{Timeout: min(o.Timeout, 10*time.Second), KeepAlive: 30 * time.Second}
	if !o.AllowPrivateAddresses {
		// The guard sees the address after DNS, so a name cannot point inside.
		d.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return &transport{o: o, dial: d.DialContext}
}

// RoundTrip sends one request. It follows no redirect and uses no proxy: with
// one the guard would see the proxy's address alone.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	g := t.current.Load()
	if g == nil || t.o.MaxConnectionAge > 0 && time.Since(g.born) >= t.o.MaxConnectionAge {
		g = t.renew(g, g != nil && g.http2)
	}
	resp, err := g.RoundTrip(r)
	if err == nil && (resp.ProtoMajor == 2) != g.http2 {
		t.renew(g, resp.ProtoMajor == 2)
	}
	return resp, err
}

// renew replaces old by a new generation; whoever comes second gets the first
// one's.
func (t *transport) renew(old *generation, http2 bool) *generation {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.current.Load(); g != old {
		return g
	}
	g := &generation{Transport: t.build(http2), born: time.Now(), http2: http2}
	t.current.Store(g)
	if old != nil {
		old.CloseIdleConnections() // those in use close when their request ends
	}
	return g
}

func (t *transport) build(http2 bool) *http.Transport {
	conns := t.o.Concurrency
	if http2 {
		conns = min(conns, http2Conns)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(t.o.HTTP2)
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.o.TLS != nil {
		config = t.o.TLS.Clone()
	}
	return &http.Transport{
		DialContext:            t.dial,
		Protocols:              protocols,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    min(t.o.Timeout, 10*time.Second),
		MaxConnsPerHost:        conns,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxAnswer,
		DisableCompression:     true,
		WriteBufferSize:        16 << 10,
	}
}

// CloseIdleConnections drops the connections that are not in use.
func (t *transport) CloseIdleConnections() {
	if g := t.current.Load(); g != nil {
		g.CloseIdleConnections()
	}
}
