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

// TestReloadedEndpointRunsOn has the journal fail while a reload registers an
// endpoint whose keys have changed: the reload says so, and it delivers all the
// same.
func TestReloadedEndpointRunsOn(t *testing.T) {
	t.Parallel()
	const receipts = 5
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	must(t, s.smsc.Play(ctx, source(receipts), 0), s)
	must(t, s.sink.At("/app").WaitFor(ctx, receipts), s)
	v := s.values()
	v.Endpoint = "    concurrency: 3"
	s.write(t, v)
	s.gate.blind(2) // the first one is asked for the streams
	if _, err := s.Reload(ctx, s.load(t), false); err == nil || !strings.Contains(err.Error(), `register endpoint "app"`) {
		t.Fatalf("reload: %v", err)
	}
	s.send(t, 2*receipts, "DELIVRD", "000")
	var all struct {
		Items []struct{ Name, State string }
	}
	if _, body := s.get(t, "/api/v1/endpoints"); json.Unmarshal([]byte(body), &all) != nil || len(all.Items) != 1 || all.Items[0].State != "delivering" {
		t.Errorf("endpoints: %s", body)
	}
}
