package gateway_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// late is after any stop of these tests, and long before what they wait for in
// vain would end; a busy machine may need some of it.
const late = 30 * time.Second

// TestStopIsBounded stops a gateway between an SMSC that answers no unbind and a
// webhook that answers no POST, in the middle of a reload: it is over at the end of
// shutdown_timeout, cleanly, and until then nobody who looks has to wait.
func TestStopIsBounded(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	v := values{Stop: "2s", Operator: "    response_timeout: 10m", Endpoint: "    timeout: 10m"}
	s := newStage(ctx, t, simulator.Options{}, v)
	must(t, s.smsc.WaitBound(ctx, 1), s)
	hang := make(chan struct{})
	defer close(hang)
	s.sink.At("/app").Behave(simulator.Behaviour{Hang: hang})
	must(t, s.smsc.Play(ctx, source(1), 0), s)
	must(t, s.smsc.WaitOK(ctx, 1), s)
	s.smsc.Sessions()[0].Silence(true)

	v.SMSC, v.Sink = s.smsc.Addr(), "http://"+s.sink.Addr()
	v.Operator += "\n    window: 7"
	s.write(t, v)
	cfg, reloaded := s.load(t), make(chan error, 1)
	go func() {
		_, err := s.Reload(ctx, cfg, false)
		reloaded <- err
	}()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for unbinding := false; !unbinding; {
		select {
		case err := <-reloaded:
			t.Fatalf("the reload did not wait for the SMSC: %v\n%s", err, s.log)
		case <-again.C:
		}
		_, binds := s.get(t, "/api/v1/binds")
		unbinding = strings.Contains(binds, `"state":"unbinding"`)
	}
	begin := time.Now()
	must(t, s.Close(), s)
	if took := time.Since(begin); took > late {
		t.Errorf("the stop took %s, shutdown_timeout is 2s", took)
	}
	if err := <-reloaded; !errors.Is(err, context.Canceled) {
		t.Errorf("the reload that was broken off says %v", err)
	}
	if _, err := s.Reload(ctx, cfg, false); err == nil {
		t.Error("a reload after the stop was not refused")
	}
}

// TestStopWhileStalled stops a gateway whose disk hangs: it ends a few seconds
// after shutdown_timeout at the latest and says why, and the SMSC still has what
// was never answered.
func TestStopWhileStalled(t *testing.T) {
	if testing.Short() {
		t.Skip("long: waits out a disk")
	}
	t.Parallel()
	const receipts = 10
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{Stop: "1s"})
	must(t, s.smsc.WaitBound(ctx, 1), s)
	s.gate.close()
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.smsc.WaitFor(ctx, func(c simulator.Counts) bool { return c.Sends == receipts }), s)
	begin := time.Now()
	err := s.Close()
	if took := time.Since(begin); err == nil || !strings.Contains(err.Error(), "a commit hangs") || took > late {
		t.Errorf("after %s: %v", took, err)
	}
	if n := s.smsc.Ledger().Counts().OK; n != 0 {
		t.Errorf("%d receipts were answered OK that are not stored", n)
	}
}
