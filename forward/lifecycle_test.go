package forward

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/mapping"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){
		"concurrency": func(o *Options) { o.Concurrency = 0 },
		"timeout":     func(o *Options) { o.Timeout = 0 },
		"retry":       func(o *Options) { o.Retry.Max = o.Retry.Initial / 2 },
		"url":         func(o *Options) { o.URL = "app.example/dlr" },
		"scheme":      func(o *Options) { o.URL = "file:///etc/passwd" },
		"secret":      func(o *Options) { o.Secrets = []string{"whsec_%"} },
	} {
		o := options("http://app.example")
		change(&o)
		if _, err := New(o, nil, Observer{}, nil); err == nil || !strings.Contains(err.Error(), `endpoint "app"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStopLetsRunningPostsEnd(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	arrived, release := make(chan struct{}, 16), make(chan struct{})
	hook := newReceiver(t, func(int, hit, http.ResponseWriter) { arrived <- struct{}{}; <-release })
	e, stop := running(t, options(hook.URL), log, nil)
	store(t, log, "acme", receipts("a", 20)...)
	for range 4 {
		<-arrived
	}
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	<-e.stop
	close(release)
	<-stopped
	if n := len(hook.got()); n != 4 {
		t.Errorf("%d POSTs, want the four that ran", n)
	}
	if s := e.Status(); s.Lag != 16 || s.InFlight != 0 {
		t.Errorf("%+v, want the four taken", s)
	}
	if err := e.Pause(t.Context()); !errors.Is(err, ErrStopped) {
		t.Errorf("pause after the end: %v", err)
	}
}

func TestStopCutsOffWhatOutlastsItsContext(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	release := make(chan struct{})
	hook := newReceiver(t, func(int, hit, http.ResponseWriter) { <-release })
	t.Cleanup(func() { close(release) })
	e, err := New(options(hook.URL), log, Observer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- e.Run(context.Background()) }()
	store(t, log, "acme", receipts("a", 2)...)
	hook.untilN(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e.Stop(ctx)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	attempts, err := log.Attempts(t.Context(), "app", 0, 10)
	if err != nil || len(attempts) != 0 {
		t.Errorf("our own cutting off is recorded as failed: %+v, %v", attempts, err)
	}
	if s := e.Status(); s.Lag != 2 {
		t.Errorf("%+v", s)
	}
}

func TestStopBeforeRun(t *testing.T) {
	t.Parallel()
	e, err := New(options("http://app.example"), newLog(t, "acme"), Observer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Stop(t.Context())
	if err := e.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStartNewestAndOldest(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	store(t, log, "acme", receipts("before", 5)...)
	for name, oldest := range map[string]bool{"newest": false, "oldest": true} {
		hook := newReceiver(t, nil)
		o := options(hook.URL)
		o.Name, o.StartOldest = name, oldest
		e, _ := running(t, o, log, nil)
		store(t, log, "acme", receipt{id: "after-" + name, message: name})
		eventually(t, "all taken", func() bool { return e.Status().Lag == 0 && countID(hook.got(), "after-"+name) == 1 })
		if got := countPrefix(hook.got(), "before"); got != map[bool]int{false: 0, true: 5}[oldest] {
			t.Errorf("%s: %d of the 5 from before", name, got)
		}
	}
}

func TestNewOperatorsStreamIsFollowedFromItsBeginning(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, nil)
	o := options(hook.URL)
	o.StartOldest = false
	running(t, o, log, nil)
	store(t, log, "acme", receipts("a", 1)...)
	if err := log.SetOperators(t.Context(), []string{"acme", "beta"}); err != nil {
		t.Fatal(err)
	}
	store(t, log, "beta", receipts("b", 3)...)
	hook.until(t, func(hits []hit) bool { return countPrefix(hits, "b") == 3 })
	if err := log.SetOperators(t.Context(), []string{"beta"}); err != nil {
		t.Fatal(err)
	}
	store(t, log, "beta", receipts("c", 3)...)
	hook.until(t, func(hits []hit) bool { return countPrefix(hits, "c") == 3 })
}

func TestObserverIsTold(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, func(n int, _ hit, w http.ResponseWriter) {
		if n <= 6 {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	attempts := map[string]int{}
	var breaker []bool
	o := options(hook.URL)
	o.Concurrency = 1
	e, err := New(o, log, Observer{
		Attempt: func(outcome string, took time.Duration) { attempts[outcome]++ },
		Breaker: func(open bool) { breaker = append(breaker, open) },
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stop := runEndpoint(t, e)
	store(t, log, "acme", receipts("a", 10)...)
	hook.untilN(t, 16)
	stop()
	if diff := cmp.Diff(map[string]int{"down": 6, "taken": 10}, attempts); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]bool{false, true, false}, breaker); diff != "" {
		t.Errorf("breaker (-want +got):\n%s", diff)
	}
	kept, err := log.Attempts(t.Context(), "app", 0, 100)
	if err != nil || len(kept) != 6 || kept[0].Status != 403 || kept[0].Error != "answered 403" {
		t.Errorf("attempts kept: %+v, %v", kept, err)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	s := event.Summary{
		Operator: "acme", Status: mapping.PermanentErrorAbsence, Final: true, Recipient: "33612345678", Sender: "ACME",
	}
	for name, c := range map[string]struct {
		f    Filter
		want bool
	}{
		"empty":             {Filter{}, true},
		"operator":          {Filter{Operators: []string{"beta", "acme"}}, true},
		"other operator":    {Filter{Operators: []string{"beta"}}, false},
		"status":            {Filter{Statuses: []string{"permanent_error_absence"}}, true},
		"other status":      {Filter{Statuses: []string{"received"}}, false},
		"category":          {Filter{Categories: []string{"permanent"}}, true},
		"other category":    {Filter{Categories: []string{"general", "temporary"}}, false},
		"recipient prefix":  {Filter{Recipients: []string{"44", "336"}}, true},
		"other recipient":   {Filter{Recipients: []string{"44"}}, false},
		"plus sign":         {Filter{Recipients: []string{"+336"}}, true},
		"only a plus sign":  {Filter{Recipients: []string{"+"}}, false},
		"sender prefix":     {Filter{Senders: []string{"AC"}}, true},
		"other sender":      {Filter{Senders: []string{"ac"}}, false},
		"final":             {Filter{FinalOnly: true}, true},
		"one of two misses": {Filter{FinalOnly: true, Operators: []string{"beta"}}, false},
	} {
		e := &journal.Entry{Forward: true, Meta: s.AppendBinary(nil)}
		if got := c.f.wants(e); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		e.Forward = false
		if c.f.wants(e) {
			t.Errorf("%s: what is not forwarded is wanted", name)
		}
	}
	unread := &journal.Entry{Forward: true, Meta: []byte("?")}
	if f := (Filter{FinalOnly: true}); !f.wants(unread) {
		t.Error("an entry whose summary cannot be read is lost")
	}
}

func TestReloadedEndpointGoesOnWhereTheOldOneEnded(t *testing.T) {
	t.Parallel()
	log := newLog(t, "acme")
	hook := newReceiver(t, nil)
	old, stop := running(t, options(hook.URL), log, nil)
	next, err := New(options(hook.URL), log, Observer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Attach(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	store(t, log, "acme", receipts("a", 100)...)
	eventually(t, "all taken", func() bool { return len(hook.got()) == 100 && old.Status().Lag == 0 })
	stop()
	runEndpoint(t, next)
	store(t, log, "acme", receipts("b", 100)...)
	eventually(t, "all taken", func() bool { return countPrefix(hook.got(), "b") == 100 })
	if n := len(hook.got()); n != 200 {
		t.Errorf("%d POSTs, want each once", n)
	}
}
