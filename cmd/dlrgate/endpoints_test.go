package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAfterTest has an endpoint that counts as down take a test event: what to
// type next is said, and only then.
func TestAfterTest(t *testing.T) {
	t.Parallel()
	for state, next := range map[string]bool{"down": true, "delivering": false} {
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(r.URL.Path, "/test") {
				fmt.Fprint(w, `{"taken": true, "http_status": 200, "took_ms": 3}`)
				return
			}
			fmt.Fprintf(w, `{"items": [{"name": "app", "state": %q, "breaker_open": %v}]}`, state, next)
		}))
		var out bytes.Buffer
		code := execute(t.Context(), []string{"endpoints", "test", "app", "--server", gateway.URL}, &out, &out)
		gateway.Close()
		if said := strings.Contains(out.String(), "dlrgate endpoints enable app"); code != exitOK || said != next || !strings.Contains(out.String(), "HTTP 200 in 3 ms") {
			t.Errorf("%s: exit %d\n%s", state, code, &out)
		}
	}
}
