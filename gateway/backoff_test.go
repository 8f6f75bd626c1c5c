package gateway_test

import (
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestRefusedAccountOverRestart: a stop in order does not let a refused account
// try at once; with another password it does.
func TestRefusedAccountOverRestart(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	v := values{Operator: "    password: wrong"}
	s := newStage(ctx, t, simulator.Options{Accounts: []simulator.Account{{SystemID: "gw", Password: "right"}}}, v)
	s.log.wait(ctx, t, "ESME_RINVPASWD")
	must(t, s.Close(), s)
	s.run(ctx, t)
	s.log.wait(ctx, t, "attempts could lock the account")
	must(t, s.Close(), s)

	v.SMSC, v.Sink, v.Operator = s.smsc.Addr(), "http://"+s.sink.Addr(), "    password: right"
	s.write(t, v)
	s.run(ctx, t)
	must(t, s.smsc.WaitBound(ctx, 1), s)
}
