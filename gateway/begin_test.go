package gateway_test

import (
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
