package gateway_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/config"
)

// TestBadRequests asks for what makes no sense: each answer is a problem that
// names it.
func TestBadRequests(t *testing.T) {
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	for _, c := range []struct {
		name string
		call
		status int
		says   string
	}{
		{"a wrong token", call{method: "GET", path: "/stats", token: "guess"}, 401, "a valid token is needed"},
		{"a viewer who acts", call{method: "POST", path: "/reload", token: viewerToken}, 403, `"eye" is a viewer's`},
		{"a viewer who reveals", call{method: "GET", path: "/receipts", query: query("reveal", "1"), token: viewerToken}, 403, "reveal"},
		{"an unknown filter", call{method: "GET", path: "/receipts", query: query("reciepient", "1")}, 400, `"reciepient"`},
		{"a filter given twice", call{method: "GET", path: "/receipts", query: repeated("status", "received", "undefined")}, 400, "status: it is given 2 times"},
		{"dead letters of nobody", call{method: "GET", path: "/dead", query: query("endpoint", "x")}, 400, "there are app"},
		{"what is parked at nobody", call{method: "GET", path: "/parked", query: query("endpoint", "x")}, 400, "there are app"},
		{"a parked retry for nobody", call{method: "POST", path: "/parked/retry", body: map[string]any{"endpoint": "x"}}, 404, "there are app"},
		{"a parked retry for all", call{method: "POST", path: "/parked/give-up", body: map[string]any{}}, 400, "whose parked"},
		{"the mapping of nobody", call{method: "GET", path: "/mapping", query: query("operator", "x")}, 404, "\"x\" is not configured"},
		{"a retry for nobody", call{method: "POST", path: "/dead/retry", body: map[string]any{"endpoint": "x"}}, 404, "there are app"},
		{"a dead letter that is not there", call{method: "POST", path: "/dead/drop", body: map[string]any{"ids": []int{99}}}, 404, "dlrgate dead list"},
		{"two bodies", call{method: "POST", path: "/explain", body: map[string]any{"text": "x", "raw_hex": "61"}}, 400, "raw_hex"},
		{"a limit of 0", call{method: "GET", path: "/receipts", query: query("limit", "0")}, 400, "limit"},
		{"a status that is none", call{method: "GET", path: "/receipts", query: query("status", "gone")}, 400, "status"},
		{"a time that is none", call{method: "GET", path: "/receipts", query: query("since", "yesterday")}, 400, "since"},
		{"times in disorder", call{method: "GET", path: "/receipts", query: query("since", "1h", "until", "2h")}, 400, "since"},
		{"an unknown operator", call{method: "GET", path: "/receipts", query: query("operator", "nobody")}, 400, `operator: "nobody" is not known: there are acme`},
		{"a cursor that is none", call{method: "GET", path: "/receipts", query: query("cursor", "!")}, 400, "cursor"},
		{"an unknown member", call{method: "POST", path: "/replays", body: map[string]any{"endpont": "app"}}, 400, "endpont"},
		{"a replay of nothing", call{method: "POST", path: "/replays", body: map[string]any{"endpoint": "app"}}, 400, "which receipts"},
		{"a replay to nobody", call{method: "POST", path: "/replays", body: map[string]any{"endpoint": "x", "all": true}}, 404, "there are app"},
		{"a receipt that is not there", call{method: "POST", path: "/replays", body: map[string]any{"endpoint": "app", "ids": []string{"rcpt_1"}}}, 404, "rcpt_1"},
		{"an order without a body", call{method: "POST", path: "/dead/drop"}, 415, "application/json"},
		{"a profile that is none", call{method: "POST", path: "/explain", body: map[string]any{"profile": "nobody"}}, 400, "profile"},
		{"a recipient that is none", call{method: "POST", path: "/erase", body: map[string]any{"recipient": "Bob"}}, 400, "recipient"},
		{"a dead replay", call{method: "POST", path: "/replays/{id}/cancel", at: map[string]string{"id": "app-1"}}, 404, "may have ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.t = t
			problem := s.ask(c.call, c.status)
			if detail, _ := problem["detail"].(string); !strings.Contains(detail, c.says) {
				t.Errorf("detail %q does not say %q", detail, c.says)
			}
		})
	}
	s.t = t
	s.refusesParameters()
	s.refusesViewers()
	for target, want := range map[string]int{"/api/v1/nothing": 404, "/api/v1/reload": 405} {
		status, header, body := s.send(call{method: "GET", token: adminToken}, "http://"+s.Addr()+target)
		if status != want || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("GET %s: %d %s %s", target, status, header, body)
		}
	}
}

func repeated(name string, values ...string) url.Values { return url.Values{name: values} }

// refusesParameters asks every operation of the document with a parameter that
// it does not know: the answer names it, and nothing is done.
func (s *apiStage) refusesParameters() {
	s.t.Helper()
	at := map[string]string{"name": "app", "id": "rcpt_1"}
	for path, item := range s.doc.Paths.Map() {
		for method := range item.Operations() {
			refused := s.ask(call{method: method, path: path, at: at, query: query("bogus", "1")}, http.StatusBadRequest)
			if detail, _ := refused["detail"].(string); !strings.Contains(detail, `"bogus"`) {
				s.t.Errorf("%s %s: %q does not name the parameter", method, path, detail)
			}
		}
	}
}

// refusesViewers asks every operation that acts with a token that only looks.
func (s *apiStage) refusesViewers() {
	s.t.Helper()
	at := map[string]string{"name": "app", "id": "rcpt_1"}
	for path, item := range s.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if slices.Contains(op.Tags, "admin") {
				s.ask(call{method: method, path: path, at: at, token: viewerToken}, http.StatusForbidden)
			}
		}
	}
}

// TestReloadOfFaults changes nothing and names every fault.
func TestReloadOfFaults(t *testing.T) {
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	s.write(t, values{SMSC: "nowhere", Sink: "ftp:", More: tokensYAML})
	if _, faults, _ := config.Load(t.Context(), s.file, config.Options{}); len(faults) != 2 {
		t.Fatalf("%d faults", len(faults))
	}
	detail := s.ask(call{method: http.MethodPost, path: "/reload"}, http.StatusBadRequest)["detail"].(string)
	if strings.Count(detail, "dlrgate.yaml:") != 2 {
		t.Errorf("the answer names %q", detail)
	}
	s.get("/stats")
}
