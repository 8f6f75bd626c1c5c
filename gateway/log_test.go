package gateway_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestLogDoesNotGrow has 100,000 receipts pass, to a webhook that takes them and
// to one that fails: the log says what changed, not what passed.
func TestLogDoesNotGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("long: thousands of receipts")
	}
	t.Parallel()
	const receipts, most = 100_000, 100
	for name, webhook := range map[string]simulator.Behaviour{
		"healthy": {}, "failing": {FailRate: 1, FailStatus: http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t, 10*time.Minute)
			s := newStage(ctx, t, simulator.Options{Window: 1000}, values{})
			s.sink.At("/app").Behave(webhook)
			must(t, s.smsc.Play(ctx, source(receipts), 0), s)
			must(t, s.smsc.WaitOK(ctx, receipts), s)
			if webhook.FailRate == 0 {
				must(t, s.sink.At("/app").WaitFor(ctx, receipts), s)
			}
			if n := s.log.count(); n >= most {
				t.Errorf("%d log lines for %d receipts, want fewer than %d:\n%s", n, receipts, most, s.log)
			}
		})
	}
}

// TestLogHoldsNoNumber has receipts read and not read, taken and refused, found
// and revealed, all at level debug: no line has a phone number in it.
func TestLogHoldsNoNumber(t *testing.T) {
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	s.ask(call{method: http.MethodPut, path: "/log-level", body: map[string]any{"level": "debug"}}, http.StatusOK)
	s.sink.At("/app").Behave(simulator.Behaviour{Statuses: []int{400, 400, 200, 500, 422, 200}})
	must(t, s.smsc.Play(ctx, source(200), 0), s.stage)
	s.deliver("336123456789", "call 336123456789: this is no receipt")
	must(t, s.sink.At("/app").WaitFor(ctx, 150), s.stage)
	s.ask(call{method: http.MethodGet, path: "/receipts", query: url.Values{"reveal": {"1"}, "recipient": {"336123456789"}}}, http.StatusOK)
	s.ask(call{method: http.MethodPost, path: "/erase", body: map[string]any{"recipient": "336123456789", "now": true}}, http.StatusOK)
	if found := regexp.MustCompile(`.*336\d{9}.*`).FindString(s.log.String()); found != "" {
		t.Errorf("a log line holds a number: %s", found)
	}
	if s.log.count() == 0 {
		t.Error("nothing was logged: this test shows nothing")
	}
}
