package forward

import (
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// TestATestSaysWhatToDo sends test events to endpoints that do not take them.
func TestATestSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		301: "correct url", 401: "compare secrets", 403: "compare secrets", 404: "correct url", 405: "correct url",
		408: "its own log", 410: "take the endpoint out", 422: "its own log", 429: "rate_limit", 500: "its own log", 503: "its own log",
	} {
		r := newReceiver(t, func(_ int, _ hit, w http.ResponseWriter) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("no: bad signature"))
		})
		e, stop := running(t, options(r.URL), newLog(t, "acme"), zap.NewNop())
		got, err := e.Test(t.Context())
		if err != nil || got.Status != status || !strings.Contains(got.Advice, want) || string(got.Body) != "no: bad signature" {
			t.Errorf("%d: %+v, %v", status, got, err)
		}
		r.become(func(int, hit, http.ResponseWriter) {})
		if got, err := e.Test(t.Context()); err != nil || got.Reason+got.Advice+string(got.Body) != "" {
			t.Errorf("taken: %+v, %v", got, err)
		}
		stop()
	}
	for reason, want := range map[string]string{
		"connect: connection refused": "is it running", "timeout: no answer in time": "timeout", "dns: the host cannot be resolved": "DNS",
		"tls: the certificate is not trusted": "ca_file", "tls: handshake failed": "https", "no valid HTTP answer": "HTTP server",
		errToken.Error(): "client_id",
	} {
		if got := adviceOn(0, reason); !strings.Contains(got, want) {
			t.Errorf("%s: %s", reason, got)
		}
	}
}
