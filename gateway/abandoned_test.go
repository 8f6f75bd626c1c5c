package gateway_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestReloadOutlivesItsClient has whoever asked for a reload leave while it waits
// for an SMSC that answers no unbind: the rest of it is done all the same, and the
// operator binds again.
func TestReloadOutlivesItsClient(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	v := values{Operator: "    response_timeout: 500ms"}
	s := newStage(ctx, t, simulator.Options{}, v)
	must(t, s.smsc.WaitBound(ctx, 1), s)
	s.smsc.Sessions()[0].Silence(true)

	v.SMSC, v.Sink = s.smsc.Addr(), "http://"+s.sink.Addr()
	v.Operator += "\n    window: 7"
	s.write(t, v)
	asking, leave := context.WithCancel(ctx)
	defer leave()
	req, err := http.NewRequestWithContext(asking, http.MethodPost, "http://"+s.Addr()+"/api/v1/reload", http.NoBody)
	must(t, err, s)
	left := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			err = resp.Body.Close()
		}
		left <- err
	}()
	s.untilBinds(t, `"state":"unbinding"`)
	leave()
	if err := <-left; err == nil {
		t.Fatalf("the reload was over before its client left\n%s", s.log)
	}
	s.untilBinds(t, `"state":"bound"`)
	if _, binds := s.get(t, "/api/v1/binds"); !strings.Contains(binds, `"window":7`) {
		t.Errorf("the reload is not in force: %s", binds)
	}
}

// untilBinds waits for the binds to say so.
func (s *stage) untilBinds(t *testing.T, words string) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	end := time.NewTimer(late)
	defer end.Stop()
	for {
		_, binds := s.get(t, "/api/v1/binds")
		if strings.Contains(binds, words) {
			return
		}
		select {
		case <-again.C:
		case <-end.C:
			t.Fatalf("the binds never say %s: %s\n%s", words, binds, s.log)
		}
	}
}
