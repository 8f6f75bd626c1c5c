package forward

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// TestFlagsOfAnotherGatewayCount: what another gateway was told of the endpoint is not
// overwritten by what this one knows, but learnt.
func TestFlagsOfAnotherGatewayCount(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	log := newLog(t, "acme")
	e, _ := running(t, options(hook.URL), log, nil)
	eventually(t, "it delivers", func() bool { return shown(e) == 1 })
	if err := log.PutState(t.Context(), StateKind, "app", []byte(`{"paused":true,"budget":{}}`)); err != nil {
		t.Fatal(err)
	}
	if err := e.Enable(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !e.Status().Paused {
		t.Error("the other gateway's pause is lost")
	}
	if err := e.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e.Status().Paused {
		t.Error("what was said last does not count")
	}
}

// TestReplayEndedElsewhereIsLeft: a replay whose row another gateway has removed, or
// gone on with, is neither sent on nor brought back.
func TestReplayEndedElsewhereIsLeft(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("a", 50)...)
	o := options(hook.URL)
	e, _ := running(t, o, log, nil)
	hook.untilN(t, 50)
	id, err := e.Replay(t.Context(), Replay{Rate: 5})
	if err != nil {
		t.Fatal(err)
	}
	hook.untilN(t, 52)
	if err := log.DeleteState(t.Context(), ReplayKind, "app/"+id); err != nil {
		t.Fatal(err)
	}
	noReplays(t, e)
	if n := len(hook.got()); n >= 100 {
		t.Errorf("all %d events were sent", n)
	}
	if kept, err := log.State(t.Context(), ReplayKind); err != nil || len(kept) != 0 {
		t.Errorf("the row came back: %v, %v", kept, err)
	}
}

// tenant is a journal whose lease may be over without anybody having noticed.
type tenant struct {
	*journal.Journal
	over  atomic.Bool
	lives atomic.Uint64 // how often the stream came back
}

func (l *tenant) Holds(s journal.Stream) (epoch uint64, holds bool) {
	epoch, holds = l.Journal.Holds(s)
	return epoch + l.lives.Load(), holds && !l.over.Load()
}

// TestNothingIsPostedWhenTheLeaseIsOver: a gateway that was stopped sends nothing
// before it knows what it still holds, and loses nothing by that.
func TestNothingIsPostedWhenTheLeaseIsOver(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	log := &tenant{Journal: newLog(t, "acme")}
	log.over.Store(true)
	e, _ := running(t, options(hook.URL), log, nil)
	store(t, log.Journal, "acme", receipts("a", 10)...)
	eventually(t, "all are held back", func() bool { return e.Status().Lag == 10 && e.Status().InFlight == 0 })
	if _, err := e.Replay(t.Context(), Replay{}); err != nil {
		t.Fatal(err)
	}
	if n := len(hook.got()); n != 0 {
		t.Errorf("%d POSTs, and the lease is over", n)
	}
	log.over.Store(false)
	hook.untilN(t, 20)
	noReplays(t, e)
}

// TestStreamThatCameBackIsReadAnew: between two leases it may have been another
// gateway's, which was told things.
func TestStreamThatCameBackIsReadAnew(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	log := &tenant{Journal: newLog(t, "acme")}
	e, _ := running(t, options(hook.URL), log, nil)
	store(t, log.Journal, "acme", receipts("a", 1)...)
	hook.untilN(t, 1)
	err := errors.Join(
		log.PutState(t.Context(), StateKind, "app", []byte(`{"paused":true,"budget":{}}`)),
		log.Park(t.Context(), []journal.Parked{{Endpoint: "app", Position: journal.At(1, 1), ID: "a0", Class: classRefused, Since: time.Now()}}, nil),
	)
	if err != nil {
		t.Fatal(err)
	}
	log.lives.Add(1)
	eventually(t, "it knows what the other one was told", func() bool {
		s := e.Status()
		return s.Paused && s.Parked[classRefused] == 1
	})
}
