package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestBatchInABatchIsRefused: however deep, it takes no stack.
func TestBatchInABatchIsRefused(t *testing.T) {
	t.Parallel()
	s := sink(t, simulator.SinkOptions{})
	for _, body := range []string{
		`{"type":"sms.receipt.batch","data":{"events":[{"id":"rcpt_1","events":[{"id":"rcpt_2"}]}]}}`,
		`{"type":"sms.receipt.batch","data":` + strings.Repeat(`{"events":[`, 5_000_000),
	} {
		if got := post(t, s.URL("/app"), body, nil); got != http.StatusBadRequest {
			t.Errorf("%.80s… is answered %d", body, got)
		}
	}
	if n := s.At("/app").Counts(); n.Events != 0 || n.Rejected != 2 {
		t.Errorf("%+v", n)
	}
}
