package smpp

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestLostOperatorClosesSoon: once the stream is another gateway's, no SMSC and no
// handler keeps a session for longer than 500 ms.
func TestLostOperatorClosesSoon(t *testing.T) {
	t.Parallel()
	quiet := func(*dialled) {}
	for _, c := range []struct {
		name          string
		before, after func(*dialled)
	}{
		{"the SMSC reads nothing", quiet, quiet},
		{"the SMSC does not answer", quiet, func(d *dialled) { d.expect(idUnbind) }},
		{"the SMSC unbinds us", quiet, func(d *dialled) {
			d.expect(idUnbind)
			d.send(rawPDU{id: idUnbind, seq: 9})
			d.expect(idUnbind | idResp)
		}},
		{"the SMSC unbinds us and reads nothing", quiet, func(d *dialled) {
			d.expect(idUnbind)
			d.send(rawPDU{id: idUnbind, seq: 9})
		}},
		{"the handler does not answer", func(d *dialled) { d.send(deliver(1, "id:1")) }, quiet},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				o, err := NewOperator(Options{
					Name: "acme", Addresses: []string{"a:1"}, Accounts: []Account{{SystemID: "gw"}}, dial: n.dial,
				}, make(inbox, 1))
				if err != nil {
					t.Fatal(err)
				}
				ctx, lose := context.WithCancelCause(t.Context())
				ended := spawn(func() {
					if err := o.Run(ctx); err != nil {
						t.Error(err)
					}
				})
				d := n.next()
				d.acceptBind()
				synctest.Wait()
				c.before(d)
				begin := time.Now()
				lose(ErrLost)
				c.after(d)
				<-ended
				between(t, "end", time.Since(begin), 0, lostGrace)
			})
		})
	}
}
