package smpp

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestEnquireLink: we ask every interval, and any octet is life.
func TestEnquireLink(t *testing.T) {
	t.Parallel()
	latency := make(chan time.Duration, 10)
	opts := Options{Addresses: []string{"a:1"}, Observer: Observer{
		EnquireLink: func(_ string, d time.Duration) { latency <- d },
	}}
	bubble(t, opts, func(n *network, r *running) {
		d := n.next()
		d.acceptBind()
		bound := time.Now()
		first := d.expect(idEnquireLink)
		between(t, "first enquire_link", time.Since(bound), 30*time.Second, 30*time.Second)
		elapse(2 * time.Second)
		d.answer(first, 0, "")
		if got := <-latency; got != 2*time.Second {
			t.Errorf("latency %s, want 2 s", got)
		}

		second := d.expect(idEnquireLink)
		between(t, "second enquire_link", time.Since(bound), time.Minute, time.Minute)
		elapse(5 * time.Second)
		d.send(deliver(1, "id:1")) // instead of an answer
		d.expect(idDeliverSM | idResp)

		third := d.expect(idEnquireLink)
		between(t, "third enquire_link", time.Since(bound), 90*time.Second, 90*time.Second)
		if third.seq == second.seq {
			t.Error("two enquire_links share a sequence")
		}
		c := r.reach(Waiting)
		between(t, "dead", c.At.Sub(bound), 100*time.Second, 100*time.Second)
	})
}

// TestShutdownIsBounded: a handler that never answers and an SMSC that never
// answers unbind delay the stop by one response_timeout each.
func TestShutdownIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, in := newNetwork(t), make(inbox, 1)
		r := start(t, Options{
			Name: "acme", Addresses: []string{"a:1"}, Accounts: []Account{{SystemID: "gw"}}, dial: n.dial,
		}, in)
		d := n.next()
		d.acceptBind()
		d.send(deliver(1, "id:1"))
		receipt := in.next(t)
		begin := time.Now()
		r.stop()
		d.expect(idUnbind)
		between(t, "unbind", time.Since(begin), 10*time.Second, 10*time.Second)
		<-r.ended
		between(t, "end", time.Since(begin), 20*time.Second, 22*time.Second)
		receipt.answer(StatusOK) // too late, and harmless
	})
}
