package gateway_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/simulator"
)

// leaver is an operator that is taken out of the configuration.
func leaver(t *testing.T) (smsc *simulator.SMSC, yaml string) {
	t.Helper()
	smsc, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(smsc.Close)
	return smsc, "  - {name: leaver, addresses: [\"" + smsc.Addr() + "\"], system_id: gw}"
}

// TestRemovedOperator takes an operator out of the configuration while receipts
// of it wait for a webhook: they were answered, so they are delivered.
func TestRemovedOperator(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(context.Context, *testing.T, *stage){
		"by a reload": func(ctx context.Context, t *testing.T, s *stage) {
			_, err := s.Reload(ctx, s.load(t), false)
			must(t, err, s)
		},
		"over a restart": func(ctx context.Context, t *testing.T, s *stage) {
			must(t, s.Close(), s)
			s.run(ctx, t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const receipts = 20
			ctx := within(t, patience)
			smsc, yaml := leaver(t)
			s := newStage(ctx, t, simulator.Options{}, values{Operator: yaml})
			s.sink.At("/app").Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusServiceUnavailable})
			must(t, smsc.Play(ctx, source(receipts), 0), s)
			must(t, smsc.WaitOK(ctx, receipts), s)
			s.write(t, s.values())
			remove(ctx, t, s)
			must(t, smsc.WaitUnbound(ctx), s)
			s.sink.At("/app").Behave(simulator.Behaviour{})
			must(t, s.sink.At("/app").WaitFor(ctx, receipts), s)
		})
	}
}

// TestStreamIsReleasedUnbound takes an operator out where another gateway could
// take it over: its stream is not released before its binds are closed.
func TestStreamIsReleasedUnbound(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	smsc, yaml := leaver(t)
	s := newStage(ctx, t, simulator.Options{}, values{Operator: yaml, Driver: "postgres"})
	must(t, smsc.WaitBound(ctx, 1), s)
	unbound := make(chan error, 1)
	s.gate.whenReleased(func(leases []journal.Lease) {
		if len(leases) == 1 && leases[0].Operator == "leaver" {
			// The SMSC may count a session until after its answer to our unbind.
			soon, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			unbound <- smsc.WaitUnbound(soon)
		}
	})
	v := s.values()
	v.Driver = "postgres"
	s.write(t, v)
	_, err := s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	select {
	case err := <-unbound:
		if err != nil {
			t.Errorf("a session was bound when the stream was released: %v", err)
		}
	default:
		t.Error("the stream was not released")
	}
}

// TestRemovedEndpoint takes an endpoint out of the configuration over a restart:
// what it has left behind is still shown, and can be forgotten.
func TestRemovedEndpoint(t *testing.T) {
	t.Parallel()
	const receipts = 3
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	s.sink.At("/crm").Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusServiceUnavailable})
	v := s.values()
	v.More = "  - {name: crm, url: \"" + s.sink.URL("/crm") + "\"}" + tokensYAML
	s.write(t, v)
	_, err := s.Reload(ctx, s.load(t), false)
	must(t, err, s.stage)
	must(t, s.smsc.Play(ctx, source(receipts), 0), s.stage)
	must(t, s.smsc.WaitOK(ctx, receipts), s.stage)
	must(t, s.Close(), s.stage)

	v.More = tokensYAML
	s.write(t, v)
	s.run(ctx, t)
	all := itemsOf(s.get("/endpoints"))
	if len(all) != 2 || all[1]["name"] != "crm" || all[1]["state"] != "removed" || all[1]["lag"] != float64(receipts) {
		t.Fatalf("the endpoints are %v", all)
	}
	s.act("/endpoints/{name}/forget", "name", "crm")
	if all := itemsOf(s.get("/endpoints")); len(all) != 1 {
		t.Errorf("after forget the endpoints are %v", all)
	}
}

// TestRemovedOperatorTakesTooLong takes an operator out whose binds do not close
// within shutdown_timeout: the rest is in force all the same, and the next reload
// goes on with it.
func TestRemovedOperatorTakesTooLong(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	smsc, yaml := leaver(t)
	s := newStage(ctx, t, simulator.Options{}, values{Operator: yaml, Stop: "1ns"})
	must(t, smsc.WaitBound(ctx, 1), s)
	s.write(t, s.values())
	if _, err := s.Reload(ctx, s.load(t), false); err == nil || !strings.Contains(err.Error(), `"leaver"`) {
		t.Fatalf("reload: %v", err)
	}
	_, err := s.Reload(ctx, s.load(t), false)
	must(t, err, s)
	must(t, smsc.WaitUnbound(ctx), s)
	s.send(t, 1, "DELIVRD", "000")
}
