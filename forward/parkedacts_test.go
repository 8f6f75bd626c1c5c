package forward

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// onePark runs an endpoint that refuses the event "bad" alone, until that is
// parked; its next try is a minute away.
func onePark(t *testing.T) (*Endpoint, *receiver, *journal.Journal) {
	t.Helper()
	log := newLog(t, "acme")
	hook := newReceiver(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "bad0" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	o := options(hook.URL)
	o.Retry.Max = time.Hour
	e, _ := running(t, o, log, nil)
	store(t, log, "acme", receipts("bad", 1)...)
	untilParked(t, e, log, classRefused)
	return e, hook, log
}

// TestRetryParked tries a parked delivery before its time.
func TestRetryParked(t *testing.T) {
	t.Parallel()
	e, hook, log := onePark(t)
	tries := countID(hook.got(), "bad0")
	hook.become(nil)
	if n, err := e.RetryParked(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d made due, %v", n, err)
	}
	hook.until(t, func(hits []hit) bool { return countID(hits, "bad0") == tries+1 })
	eventually(t, "nothing parked", func() bool { return e.Status().Parked[classRefused] == 0 })
	eventually(t, "its row is gone", func() bool {
		left, err := log.ListParked(t.Context(), "app", 10)
		return err == nil && len(left) == 0
	})
	if n, err := e.RetryParked(t.Context()); n != 0 || err != nil {
		t.Errorf("with none parked: %d made due, %v", n, err)
	}
}

// TestBuryParked makes a dead letter of a parked delivery before its time.
func TestBuryParked(t *testing.T) {
	t.Parallel()
	e, _, log := onePark(t)
	if n, err := e.BuryParked(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d given up, %v", n, err)
	}
	if s := e.Status(); s.Parked[classRefused] != 0 || s.Dead[classRefused] != 1 {
		t.Errorf("parked %v, dead %v", s.Parked, s.Dead)
	}
	parked, err := log.ListParked(t.Context(), "app", 10)
	if err != nil || len(parked) != 0 {
		t.Errorf("still parked: %+v, %v", parked, err)
	}
	dead, err := log.ListDead(t.Context(), "app", 0, 10)
	if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Reason, "answered 422; given up by an administrator") {
		t.Errorf("dead %+v, %v", dead, err)
	}
}
