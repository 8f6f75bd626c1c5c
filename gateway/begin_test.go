package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestEndpointBeginsLater has the journal fail in the moment in which an
// endpoint begins: it delivers all the same, a little later.
func TestEndpointBeginsLater(t *testing.T) {
	t.Parallel()
	const receipts = 5
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	v := s.values()
	v.More = "  - {name: other, url: \"" + s.sink.URL("/other") + "\"}"
	s.write(t, v)
	s.gate.silence(2)
	_, err := s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.sink.At("/other").WaitFor(ctx, receipts), s)
}

// TestReloadedEndpointRunsOn has the journal fail while a reload registers a new
// endpoint: the reload says so, and it delivers all the same.
func TestReloadedEndpointRunsOn(t *testing.T) {
	t.Parallel()
	const receipts = 5
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.sink.At("/app").WaitFor(ctx, receipts), s)
	v := s.values()
	v.More = "  - {name: other, start: oldest, url: \"" + s.sink.URL("/other") + "\"}"
	s.write(t, v)
	s.gate.blind(1)
	if _, err := s.Reload(ctx, s.load(t), false); err == nil || !strings.Contains(err.Error(), `attach endpoint "other"`) {
		t.Fatalf("reload: %v", err)
	}
	must(t, s.sink.At("/other").WaitFor(ctx, receipts), s)
	s.send(t, 2*receipts, "DELIVRD", "000")
	var all struct {
		Items []struct{ Name, State string }
	}
	if _, body := s.get(t, "/api/v1/endpoints"); json.Unmarshal([]byte(body), &all) != nil || len(all.Items) != 2 || all.Items[0].State != "delivering" {
		t.Errorf("endpoints: %s", body)
	}
}
