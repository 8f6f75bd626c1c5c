package smpp

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// network is the world inside a synctest bubble: each dial is an event that the
// test decides on, so timers run by themselves and nothing takes real time.
type network struct {
	t     *testing.T
	dials chan *dialled
}

// dialled is one dial of the code under test, at a time of the bubble's clock.
type dialled struct {
	address string
	at      time.Time
	verdict chan error
	*peer
}

func newNetwork(t *testing.T) *network {
	return &network{t: t, dials: make(chan *dialled, 100)}
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	client, server := net.Pipe()
	p := newPeer(n.t, server)
	p.patient = true
	d := &dialled{address: address, at: time.Now(), verdict: make(chan error, 1), peer: p}
	n.dials <- d
	select {
	case err := <-d.verdict:
		return client, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// next waits for the next dial and lets it through.
func (n *network) next() *dialled {
	d := <-n.dials
	d.verdict <- nil
	return d
}

// fail refuses the next dial.
func (n *network) fail() *dialled {
	d := <-n.dials
	d.verdict <- errors.New("connection refused")
	return d
}

// bound accepts the next dial and its bind, and serves it.
func (n *network) bound() *dialled {
	d := n.next()
	d.acceptBind()
	go d.serve()
	return d
}

// refused accepts the next dial and refuses its bind.
func (n *network) refused(status CommandStatus) *dialled {
	d := n.next()
	d.answer(d.readBind(), uint32(status), "")
	return d
}

// bubble runs f with an operator whose world is the network.
func bubble(t *testing.T, opts Options, f func(n *network, o *running)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		opts.Name, opts.dial = "acme", n.dial
		if opts.Accounts == nil {
			opts.Accounts = []Account{{SystemID: "gw", Password: "secret8"}}
		}
		r := start(t, opts, answerOK)
		r.patience = 24 * time.Hour
		f(n, r)
		r.stop()
		for { // dials under way end with the context, sessions by unbind
			select {
			case d := <-n.dials:
				d.verdict <- errors.New("stopped")
			case <-r.ended:
				return
			}
		}
	})
}

// between fails unless the gap lies in [low, high].
func between(t *testing.T, what string, gap, low, high time.Duration) {
	t.Helper()
	if gap < low || gap > high {
		t.Errorf("%s: waited %s, want %s to %s", what, gap, low, high)
	}
}

// elapse lets the bubble's clock run, and everything due then happen.
func elapse(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
