package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dlrgate/dlrgate/simulator"
)

func (s *remoteStage) buriesAndRevives() {
	s.t.Helper()
	crm := s.sink.At("/crm")
	crm.Behave(simulator.Behaviour{FailRate: 1, FailStatus: 500})
	s.sends(50)
	s.until("dead letters", func() bool { return !strings.Contains(s.says(exitOK, "dead", "list"), "there are no") })
	s.hears("unreachable", "dead", "list", "--endpoint", "crm")
	if out := s.says(exitFailed, "endpoints", "test", "crm"); !strings.Contains(out, "answered 500; it failed itself: see its own log") {
		s.t.Errorf("test of an endpoint that fails:\n%s", out)
	}
	status := s.says(exitFailed, "status")
	if !strings.HasPrefix(status, "NEEDS ATTENTION\n") || !strings.Contains(status, "endpoint crm") ||
		!strings.Contains(status, "do: it failed itself: see its own log; dlrgate endpoints test crm") {
		s.t.Errorf("status:\n%s", status)
	}
	s.hears(s.dead(crm)+" dead letters sent again as crm-", "dead", "retry", "--endpoint", "crm", "--all", "--yes")
	s.until("they are taken", func() bool { return strings.Contains(s.says(exitOK, "dead", "list"), "there are no") })
	crm.Behave(simulator.Behaviour{FailRate: 1, FailStatus: 500})
	s.sends(50)
	s.until("dead letters", func() bool { return !strings.Contains(s.says(exitOK, "dead", "list"), "there are no") })
	s.hears(s.dead(crm)+" dead letters dropped", "dead", "drop", "--endpoint", "crm", "--yes")
	s.hears("there are no such dead letters", "dead", "drop", "--all")
	s.says(exitFailed, "dead", "drop", "4711")
}

// dead mends the endpoint, so that no more of it dies, and returns how many
// receipts its dead letters hold: some are ranges.
func (s *remoteStage) dead(crm *simulator.Endpoint) string {
	s.t.Helper()
	crm.Behave(simulator.Behaviour{})
	s.hears("is enabled", "endpoints", "enable", "crm")
	var found struct{ Items []deadRow }
	if out := s.says(exitOK, "dead", "list", "--endpoint", "crm", "--json"); json.Unmarshal([]byte(out), &found) != nil {
		s.t.Fatalf("dead letters:\n%s", out)
	}
	receipts := 0
	for _, x := range found.Items {
		receipts += x.Count
	}
	if receipts <= len(found.Items) {
		s.t.Errorf("%d dead letters with %d receipts: none is a range", len(found.Items), receipts)
	}
	return strconv.Itoa(receipts)
}
