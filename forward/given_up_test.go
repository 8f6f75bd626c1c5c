package forward

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

func TestBacklogIsGivenUpByTimeSeenFailing(t *testing.T) {
	inVirtualTime(t, status(http.StatusServiceUnavailable), func(w *world) {
		w.o.Retry.GiveUpAfter, w.o.Retry.Max = 10*time.Minute, time.Minute
		w.begin()
		store(w, w.log, "acme", receipts("old", 1000)...)
		w.pass(8 * time.Minute)
		w.nothingGivenUp()
		store(w, w.log, "acme", receipts("new", 5)...)
		w.pass(3 * time.Minute)
		dead, err := w.log.ListDead(w.Context(), "app", 0, 10)
		if err != nil || len(dead) != 1 || dead[0].Count != 1000 || dead[0].Class != classUnreachable || dead[0].To.Seq() != 1000 {
			w.Fatalf("dead: %+v, %v", dead, err)
		}
		if s := w.e.Status(); s.Lag != 5 || s.Dead[classUnreachable] != 1000 || w.dead[classUnreachable] != 1000 {
			w.Errorf("status %+v, observed %v", s, w.dead)
		}
		w.hook.become(nil)
		w.pass(2 * time.Minute)
		if s := w.e.Status(); s.Lag != 0 {
			w.Errorf("the younger ones did not arrive: %+v", s)
		}
		if _, err := w.e.RetryDead(w.Context(), []int64{dead[0].ID}); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Minute)
		delivered := map[string]bool{}
		for _, h := range w.hook.got() {
			delivered[h.id] = true
		}
		for _, r := range receipts("old", 1000) {
			if !delivered[r.id] {
				w.Fatalf("%s was not sent again under its webhook-id", r.id)
			}
		}
		if s := w.e.Status(); s.Dead[classUnreachable] != 0 {
			w.Errorf("still dead: %+v", s)
		}
		if _, err := w.log.GetDead(w.Context(), dead[0].ID); !errors.Is(err, journal.ErrNotFound) {
			w.Errorf("the dead letter is still there: %v", err)
		}
	})
}

func TestNeitherADownTimeNorAWrongClockGivesAnythingUp(t *testing.T) {
	inVirtualTime(t, status(http.StatusServiceUnavailable), func(w *world) {
		w.o.Retry.Max = time.Minute
		w.begin()
		store(w, w.log, "acme", receipts("a", 10)...)
		w.pass(5 * time.Minute)
		w.end()
		w.pass(76 * time.Hour) // switched off
		w.begin()
		w.pass(5 * time.Minute)
		w.nothingGivenUp()
		for _, jump := range []time.Duration{76 * time.Hour, -76 * time.Hour} {
			w.off.Store(int64(jump))
			before := len(w.hook.got())
			w.pass(5 * time.Minute)
			w.nothingGivenUp()
			hits := w.hook.got()
			if len(hits) == before {
				w.Fatalf("with the clock %v off nothing was tried", jump)
			}
			last := hits[len(hits)-1]
			unix, err := strconv.ParseInt(last.header.Get("Webhook-Timestamp"), 10, 64)
			if want := last.at.Add(jump).Unix(); err != nil || unix != want {
				w.Errorf("timestamp %d, want the wall clock's %d", unix, want)
			}
		}
	})
}

func TestRefusedEventDiesAfterItsOwnTime(t *testing.T) {
	inVirtualTime(t, func(_ int, h hit, w http.ResponseWriter) {
		if h.id == "bad0" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}, func(w *world) {
		w.o.Retry.GiveUpAfter = 10 * time.Minute // reached by the waits 1 + 2 + 4 + 3 minutes
		w.begin()
		store(w, w.log, "acme", receipts("bad", 1)...)
		for i := range 10 { // others are taken, so it is the event
			store(w, w.log, "acme", receipts("good"+strconv.Itoa(i)+"-", 1)...)
			w.pass(time.Second)
		}
		if s := w.e.Status(); s.Parked[classRefused] != 1 || s.Lag != 0 {
			w.Fatalf("not parked: %+v", s)
		}
		w.pass(9 * time.Minute)
		if s := w.e.Status(); s.Dead[classRefused] != 0 {
			w.Errorf("given up early: %+v", s)
		}
		w.pass(3 * time.Minute)
		dead, err := w.log.ListDead(w.Context(), "app", 0, 10)
		if err != nil || len(dead) != 1 || dead[0].Class != classRefused || dead[0].From != dead[0].To {
			w.Fatalf("dead %+v, %v", dead, err)
		}
		if s := w.e.Status(); s.Parked[classRefused] != 0 || s.Dead[classRefused] != 1 {
			w.Errorf("%+v", s)
		}
		var tries []time.Duration
		var last time.Time
		for _, h := range w.hook.got() {
			if h.id == "bad0" {
				if !last.IsZero() {
					tries = append(tries, h.at.Sub(last))
				}
				last = h.at
			}
		}
		for i, wait := range tries[1:] { // a tenth is jitter, a second the rhythm of looking
			if want := []time.Duration{1, 2, 4, 3}[i] * time.Minute; wait < want || wait > want+want/10+2*time.Second {
				w.Errorf("wait %d is %v, want %v: %v", i, wait, want, tries)
			}
		}
		if n, err := w.e.DropDead(w.Context(), []int64{dead[0].ID}); n != 1 || err != nil {
			w.Errorf("dropped %d, %v", n, err)
		}
	})
}

func TestRefusedEventDiesWithinShortTimes(t *testing.T) {
	t.Parallel()
	for name, retry := range map[string]Retry{
		"short waits": {Initial: 50 * time.Millisecond, Max: 200 * time.Millisecond, GiveUpAfter: 3 * time.Second},
		"long waits":  {Initial: time.Second, Max: time.Hour, GiveUpAfter: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(_ int, h hit, w http.ResponseWriter) {
				if h.id == "bad0" {
					w.WriteHeader(http.StatusUnprocessableEntity)
				}
			}, func(w *world) {
				w.o.Retry = retry
				w.begin()
				store(w, w.log, "acme", receipts("bad", 1)...)
				for i := range 5 { // others are taken, so it is the event
					store(w, w.log, "acme", receipts("good"+strconv.Itoa(i)+"-", 1)...)
					w.pass(time.Second)
				}
				w.pass(5 * time.Second)
				if s := w.e.Status(); s.Parked[classRefused] != 0 || s.Dead[classRefused] != 1 {
					w.Errorf("%+v", s)
				}
			})
		})
	}
}
