package forward

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// shared is the journal as one of two gateways sees it: while away is set, the
// other one holds the streams.
type shared struct {
	*journal.Journal
	away atomic.Bool
}

func (s *shared) Owned() map[journal.Stream]string {
	if s.away.Load() {
		return nil
	}
	return s.Journal.Owned()
}

func (s *shared) Attach(ctx context.Context, endpoint string, start journal.Start) ([]journal.Cursor, error) {
	if s.away.Load() {
		return nil, nil
	}
	return s.Journal.Attach(ctx, endpoint, start)
}

// TestTakeOverGoesOnAsTheOtherGatewayLeftIt pauses and parks at the gateway that
// holds the operator while another one stands by: when that takes over, it is
// paused, and resumed it sends what is parked.
func TestTakeOverGoesOnAsTheOtherGatewayLeftIt(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	log := newLog(t, "acme")
	ours := &shared{Journal: log}
	e, _ := running(t, options(hook.URL), ours, nil)
	store(t, log, "acme", receipts("a", 1)...)
	hook.untilN(t, 1)
	ours.away.Store(true)
	eventually(t, "a standby again", func() bool { return shown(e) == 0 })

	at := journal.At(1, 1)
	if err := errors.Join(
		log.PutState(t.Context(), StateKind, "app", []byte(`{"paused":true,"budget":{}}`)),
		log.Park(t.Context(), []journal.Parked{{
			Endpoint: "app", Position: at, ID: "a0", Class: classRefused, Since: time.Now(), NextTry: time.Now(),
		}}, nil),
	); err != nil {
		t.Fatal(err)
	}
	ours.away.Store(false)
	eventually(t, "taken over, and paused", func() bool {
		s := e.Status()
		return s.Paused && s.Parked[classRefused] == 1
	})
	if n := len(hook.got()); n != 1 {
		t.Errorf("%d POSTs, and the endpoint is paused", n)
	}
	if err := e.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	hook.untilN(t, 2)
	eventually(t, "nothing is parked", func() bool { return e.Status().Parked[classRefused] == 0 })
}

// TestStandbyTriesNothingThatIsParked: who owns the stream is its only sender.
func TestStandbyTriesNothingThatIsParked(t *testing.T) {
	inVirtualTime(t, nil, func(w *world) {
		w.begin()
		store(w, w.log, "acme", receipts("a", 1)...)
		w.pass(time.Second)
		w.stop()
		at := journal.At(1, 1)
		row := journal.Parked{Endpoint: "app", Position: at, ID: "a0", Class: classRefused, Since: time.Now(), NextTry: time.Now()}
		if err := w.log.Park(w.Context(), []journal.Parked{row}, nil); err != nil {
			w.Fatal(err)
		}
		ours := &shared{Journal: w.log}
		ours.away.Store(true)
		e, err := New(w.o, ours, Observer{}, nil)
		if err != nil {
			w.Fatal(err)
		}
		e.target.transport.dial = w.pipe.dial
		w.stop = runEndpoint(w, e)
		w.pass(time.Minute)
		if n := len(w.hook.got()); n != 1 {
			w.Errorf("the standby made %d POSTs", n-1)
		}
		ours.away.Store(false)
		w.pass(5 * time.Second)
		if n := len(w.hook.got()); n != 2 {
			w.Errorf("%d POSTs once it has taken over, want the parked one's", n-1)
		}
	})
}

// TestAllStreamsThatWereLostAreLeftAtOnce: another gateway delivers them now.
func TestAllStreamsThatWereLostAreLeftAtOnce(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, nil)
	ours := &shared{Journal: newLog(t, "acme", "beta", "gamma")}
	e, _ := running(t, options(hook.URL), ours, nil)
	streams := func() int { return shown(e) }
	eventually(t, "all are delivered", func() bool { return streams() == 3 })
	ours.away.Store(true)
	eventually(t, "some are left", func() bool { return streams() < 3 })
	if n := streams(); n != 0 {
		t.Errorf("%d of 3 streams are still delivered", n)
	}
}

// TestStandbyLeavesTheOthersStateAlone: what it would say of the endpoint is
// refused, and at its end it overwrites nothing.
func TestStandbyLeavesTheOthersStateAlone(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) { t.Error("a standby delivers"); w.WriteHeader(204) })
	o := options(hook.URL)
	log := newLog(t)
	e, stop := running(t, o, log, nil)
	for what, err := range map[string]error{
		"pause":  e.Pause(t.Context()),
		"enable": e.Enable(t.Context()),
		"cancel": e.CancelReplay(t.Context(), "app-1"),
	} {
		if !errors.Is(err, ErrStandby) {
			t.Errorf("%s: %v, want ErrStandby", what, err)
		}
	}
	if _, err := e.Replay(t.Context(), Replay{}); !errors.Is(err, ErrStandby) {
		t.Errorf("replay: %v, want ErrStandby", err)
	}
	if err := log.PutState(t.Context(), ReplayKind, "app/app-1", []byte(`{"id":"app-1"}`)); err != nil {
		t.Fatal(err)
	}
	if list, err := e.Replays(t.Context()); err != nil || len(list) != 1 || list[0].ID != "app-1" {
		t.Errorf("the other gateway's replays: %+v, %v", list, err)
	}
	paused := []byte(`{"paused":true,"budget":{}}`)
	if err := log.PutState(t.Context(), StateKind, "app", paused); err != nil {
		t.Fatal(err)
	}
	stop()
	kept, err := log.State(t.Context(), StateKind)
	if err != nil || string(kept["app"]) != string(paused) {
		t.Errorf("after the standby's end: %q, %v", kept["app"], err)
	}
}

// TestStandbyShowsNoOpenBreaker: who delivers knows how the endpoint works.
func TestStandbyShowsNoOpenBreaker(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) })
	log := newLog(t, "acme")
	ours := &shared{Journal: log}
	e, _ := running(t, options(hook.URL), ours, nil)
	store(t, log, "acme", receipts("a", 1)...)
	eventually(t, "it is down", func() bool { return e.Status().BreakerOpen })
	ours.away.Store(true)
	eventually(t, "nothing is known of it", func() bool {
		s := e.Status()
		return !s.BreakerOpen && s.FailingSince.IsZero()
	})
}

// shown counts the streams of which Status tells.
func shown(e *Endpoint) int {
	e.places.mu.Lock()
	defer e.places.mu.Unlock()
	return len(e.places.byStream)
}
