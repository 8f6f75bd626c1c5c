package gateway_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// reload puts other endpoints beside app in force.
func (s *stage) reload(t *testing.T, v values) {
	t.Helper()
	s.write(t, v)
	_, err := s.Reload(t.Context(), s.load(t), false)
	must(t, err, s)
}

// TestEndpointComesBack renames an endpoint on which receipts wait: a name is an
// identity, so the new one begins with what comes; the old one, back again,
// goes on where it was, with what came while it was away.
func TestEndpointComesBack(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	v := s.values()
	named := func(name string) values {
		v.More = fmt.Sprintf("  - {name: %s, url: \"%s/%s\", retry: {initial: 20ms, max: 100ms}}", name, v.Sink, name)
		return v
	}
	crm, renamed := s.sink.At("/crm"), s.sink.At("/renamed")
	crm.Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusServiceUnavailable})
	s.reload(t, named("crm"))
	for n := range 3 {
		s.send(t, uint64(n+1), "DELIVRD", "000")
	}
	must(t, crm.WaitUntil(ctx, func(c simulator.SinkCounts) bool { return c.Failed > 0 }), s)
	s.reload(t, named("renamed"))
	s.send(t, 4, "DELIVRD", "000")
	s.send(t, 5, "DELIVRD", "000")
	must(t, renamed.WaitFor(ctx, 2), s)

	crm.Behave(simulator.Behaviour{})
	s.reload(t, named("crm"))
	must(t, crm.WaitFor(ctx, 5), s)
	s.send(t, 6, "DELIVRD", "000")
	must(t, crm.WaitFor(ctx, 6), s)
	if n := renamed.Counts().Distinct; n != 2 {
		t.Errorf("the new name got %d receipts, want the 2 that came after it", n)
	}
	if v := simulator.Judge(s.smsc.Ledger(), crm); !v.OK() || v.Repeated > 0 {
		t.Error(v.String())
	}
}

// TestFilterChangedOnABacklog narrows an endpoint's filter while receipts wait:
// what is delivered then is what the filter wants then.
func TestFilterChangedOnABacklog(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	v := s.values()
	crm := s.sink.At("/crm")
	crm.Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusServiceUnavailable})
	const yaml = "  - {name: crm, url: \"%s/crm\", retry: {initial: 20ms, max: 100ms}, filter: {statuses: [%s]}}"
	v.More = fmt.Sprintf(yaml, v.Sink, "")
	s.reload(t, v)
	for n := range 4 {
		s.send(t, uint64(2*n+1), "DELIVRD", "000")
		s.send(t, uint64(2*n+2), "UNDELIV", "001")
	}
	must(t, crm.WaitUntil(ctx, func(c simulator.SinkCounts) bool { return c.Failed > 0 }), s)
	v.More = fmt.Sprintf(yaml, v.Sink, "received")
	s.reload(t, v)
	crm.Behave(simulator.Behaviour{})
	must(t, crm.WaitFor(ctx, 4), s)
	s.send(t, 9, "UNDELIV", "001")
	s.send(t, 10, "DELIVRD", "000")
	must(t, crm.WaitFor(ctx, 5), s)
	for _, a := range crm.Arrivals() {
		if a.Status != "received" {
			t.Errorf("%s was delivered though the filter no longer wants it", a.Status)
		}
	}
}
