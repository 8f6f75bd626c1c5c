package admin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dlrgate/dlrgate/event"
)

// TestRoutesAreDocumented holds the routes against the OpenAPI document, both ways.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]Role{"GET /openapi.json": Viewer}
	takes := map[string][]string{}
	for _, r := range (&api{}).routes() {
		method, path, _ := strings.Cut(strings.Replace(r.pattern, "/api/v1", "", 1), " ")
		takes[method+" "+path] = r.takes
		if path == "/binds/{act...}" { // one pattern for names with slashes in them
			roles[method+" /binds/{name}/bind"], roles[method+" /binds/{name}/unbind"] = r.role, r.role
			continue
		}
		roles[method+" "+path] = r.role
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			role, served := roles[method+" "+path]
			if !served {
				t.Errorf("%s %s is documented and not served", method, path)
			} else if !slices.Equal(op.Tags, []string{string(role)}) {
				t.Errorf("%s %s needs %s, the document says %v", method, path, role, op.Tags)
			}
			var query []string
			for _, p := range op.Parameters {
				if p.Value.In == "query" {
					query = append(query, p.Value.Name)
				}
			}
			if !slices.Equal(query, takes[method+" "+path]) {
				t.Errorf("%s %s takes %v, the document says %v", method, path, takes[method+" "+path], query)
			}
			delete(roles, method+" "+path)
		}
	}
	for route := range roles {
		t.Errorf("%s is served and not documented", route)
	}
}

func TestMaskNumber(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"33612345678": "3361*****78", "+33612345678": "+336******78", "36180": "*****", "12": "12", "ACME": "ACME", "": "",
		"33612345678@ims.example": "3361*****78@ims.example", "tel:+33612345678": "tel:+3361*****78",
	} {
		if got := MaskNumber(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

// TestMasked hides a receipt's numbers wherever they stand.
func TestMasked(t *testing.T) {
	t.Parallel()
	m := maskerOf(&event.Facts{Source: event.Address{Addr: "0033612345678"}, Dest: event.Address{Addr: "ACME"}})
	doc := m.data(json.RawMessage(`{"recipient":"0033612345678","recipient_e164":"+33612345678","sequence":33612345678,
		"receipt":{"raw":"to:33612345678","raw_hex":"33","tlvs":[{"hex":"33"}]}}`))
	want := `{"receipt":{"raw":"to:3361*****78"},"recipient":"0033*******78","recipient_e164":"+3361*****78","sequence":33612345678}`
	if string(doc) != want {
		t.Errorf("masked\n%s, want\n%s", doc, want)
	}
	m = maskerOf(&event.Facts{Source: event.Address{Addr: "33612345678"}})
	if got := string(m.data(json.RawMessage(`{"raw":"to:0612345678 id:0612345679"}`))); got != `{"raw":"to:06******78 id:0612345679"}` {
		t.Errorf("a number without its country code is shown as %s", got)
	}
	m = maskerOf(&event.Facts{Source: event.Address{Addr: "0033612345678"}})
	w := &wireJSON{Source: &addressJSON{Address: "0033612345678"}, Text: "to:33612345678", Octets: "33", TLVs: []tlvJSON{{"0x0001", "33"}}}
	m.wire(w)
	if w.Source.Address != "0033*******78" || w.Text != "to:3361*****78" || w.Octets != "" || len(w.TLVs) != 0 {
		t.Errorf("masked %+v", w)
	}
}

// TestMaskedAnswers hides numbers in what a webhook answered, which may repeat
// what it was sent, and others'.
func TestMaskedAnswers(t *testing.T) {
	t.Parallel()
	m := maskerOf(&event.Facts{Source: event.Address{Addr: "+33612345678"}})
	stored := []Attempt{{Answer: `{"error":"unknown number 33612345678, as 33698765432; code 123456"}`}}
	r := receiptJSON{Attempts: stored, Deliveries: []Delivery{{LastError: "33612345678 refused"}}}
	m.deliveries(&r)
	if got, want := r.Attempts[0].Answer, `{"error":"unknown number 3361*****78, as 3369*****32; code 123456"}`; got != want {
		t.Errorf("an answer is shown as %s, want %s", got, want)
	}
	if got := r.Deliveries[0].LastError; got != "3361*****78 refused" {
		t.Errorf("an error is shown as %q", got)
	}
	if !strings.Contains(stored[0].Answer, "33612345678") {
		t.Error("what others are to see in full was changed")
	}
}

func TestReadableIsTextAlone(t *testing.T) {
	t.Parallel()
	for octets, want := range map[string]string{"id:1 stat:X\r\n": "id:1 stat:X\r\n", "a\x00b": "", "\xff": "", "\x1b[2J": ""} {
		if got := readable([]byte(octets)); got != want {
			t.Errorf("%q is shown as %q, want %q", octets, got, want)
		}
	}
}

// TestAttention names what is wrong, the worst first, and what to do.
func TestAttention(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	long := now.Add(-time.Hour)
	got := attention(
		&Stats{
			Unready: []string{"draining"}, Journal: Journal{Free: 100 << 20, MinFree: 512 << 20}, Standby: []string{"theirs"},
			Reload: &Reload{At: long, Fault: "dlrgate.yaml:7:5: windw: unknown key"},
		},
		[]Bind{
			{Name: "theirs/gw/1", Operator: "theirs", State: "idle"},
			{Name: "a/gw/1", State: "bound", Since: long},
			{Name: "a/gw/2", State: "bound", Since: long, Silent: true},
			{Name: "a/gw/3", State: "connecting", Since: now.Add(-time.Second), UnboundSince: now.Add(-time.Second), Attempts: 1},
			{
				Name: "a/gw/4", State: "waiting", Since: now, UnboundSince: long, Attempts: 4, NextAttempt: now.Add(time.Minute),
				LastError: "refused", Advice: "ask",
			},
			{Name: "a/gw/5", State: "held", Since: long},
			{
				Name: "a/gw/6", State: "bound", Since: now, Attempts: 1, LostSessions: 7, LostSince: long,
				LastError: "the SMSC unbound us", LastErrorAt: now.Add(-time.Minute),
			},
		},
		[]Endpoint{
			{Name: "fine", State: EndpointDelivering, Lag: 5, Oldest: now.Add(-time.Second)},
			{Name: "late", State: EndpointDelivering, Lag: 5, Oldest: long},
			{Name: "down", State: EndpointDown, Failing: long, LastFailure: "answered 500", Advice: "see its log", Dead: map[string]int{"unreachable": 3}},
			{Name: "off", State: EndpointDisabled, DisabledWhy: "410"},
			{Name: "gone", State: EndpointRemoved, Lag: 2},
			{Name: "empty", State: EndpointRemoved},
			{Name: "picky", State: EndpointDelivering, Parked: map[string]int{"refused": 2}},
		}, now)
	want := []string{
		"not ready: draining", "disk has 100 MiB left", "the last reload failed, at 2026-11-24 09:00:00 UTC (1h0m0s ago): dlrgate.yaml:7:5: windw", "a/gw/2: bound but silent", "a/gw/4: not bound for 1h0m0s, 4 attempts, next try at 2026-11-24 10:01:00 UTC: refused", "a/gw/5: held",
		"a/gw/6: bound now, but lost 7 sessions since 2026-11-24 09:00:00 UTC (1h0m0s); last error at 2026-11-24 09:59:00 UTC: the SMSC unbound us",
		"late: behind", "down: down since", "down: 3 dead letters (3 unreachable)", "off: disabled", "gone: no longer configured, with 2", "picky: 2 parked",
	}
	if len(got) != len(want) {
		t.Fatalf("%d things need attention, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if !strings.Contains(got[i].What, want[i]) || got[i].Do == "" || strings.Contains(got[i].Here(), "dlrgate ") {
			t.Errorf("%d: %+v, want %q and what to do", i, got[i], want[i])
		}
	}
	if do := got[8].Do; do != "see its log; dlrgate endpoints test down" {
		t.Errorf("what to do about an endpoint that is down: %s", do)
	}
}

// TestAttentionToFullDisk: one cause is one thing to look at, with what to do,
// whatever follows of it.
func TestAttentionToFullDisk(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	s := Stats{
		Unready: []string{RefusingReceipts + "no space left: 100 MiB are free, 512 MiB are to be left free"},
		Journal: Journal{Free: 100 << 20, MinFree: 512 << 20, Full: true},
	}
	binds := []Bind{
		{Name: "a/gw/1", State: "refusing", UnboundSince: now.Add(-time.Hour), LastError: "receipts cannot be stored"},
		{Name: "a/gw/2", State: "waiting", UnboundSince: now.Add(-time.Hour), LastError: "no connection", Advice: "look"},
	}
	got := attention(&s, binds, nil, now)
	if len(got) != 2 || !strings.Contains(got[0].What, "100 MiB are free") || !strings.Contains(got[0].What, "1 bind unbound") ||
		!strings.Contains(got[0].Do, "restart") || !strings.Contains(got[1].What, "a/gw/2: not bound for 1h0m0s") {
		t.Errorf("%+v", got)
	}
	s.Journal.Full = false // a broken disk: room does not help
	if got := attention(&s, binds, nil, now); !strings.Contains(got[0].Do, "mend the journal") {
		t.Errorf("%+v", got)
	}
}

// TestBodies refuses what is no single JSON object of known members.
func TestBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, media, body string
		want              int // 0: accepted
		says              string
	}{
		{"good", "application/json; charset=utf-8", `{"level":"info"}`, 0, ""},
		{"a form", "application/x-www-form-urlencoded", `{"level":"info"}`, http.StatusUnsupportedMediaType, "application/json"},
		{"nothing", "application/json", "", http.StatusBadRequest, "is empty"},
		{"an array", "application/json", "[]", http.StatusBadRequest, "JSON array"},
		{"an unknown member", "application/json", `{"loudness":"info"}`, http.StatusBadRequest, "loudness"},
		{"another type", "application/json", `{"level":7}`, http.StatusBadRequest, "level: a JSON number"},
		{"out of range", "application/json", `{"n":300}`, http.StatusBadRequest, "n: a JSON number 300"},
		{"a time", "application/json", `{"at":"2026-11-23T10:15:30+01:00"}`, 0, ""},
		{"a duration", "application/json", `{"at":"24h"}`, 0, ""},
		{"no time", "application/json", `{"level":"x","at":"noon"}`, http.StatusBadRequest, `at: \"noon\" is neither a time`},
		{"the future", "application/json", `{"at":"-1h"}`, http.StatusBadRequest, `at: \"-1h\" is neither a time`},
		{"a number for a time", "application/json", `{"at":7}`, http.StatusBadRequest, `is neither a time`},
		{"two objects", "application/json", `{"level":"info"} {}`, http.StatusBadRequest, "more than one"},
		{"too long", "application/json", `{"level":"` + strings.Repeat("x", 100) + `"}`, http.StatusRequestEntityTooLarge, "64 octets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.media)
			r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 64)
			err := readBody(r, &struct {
				Level string `json:"level"`
				At    moment `json:"at"`
				N     byte   `json:"n"`
			}{})
			w := httptest.NewRecorder()
			if err != nil {
				fail(w, err)
			}
			if status := w.Code; err != nil && status != c.want || err == nil && c.want != 0 {
				t.Errorf("%v is answered %d, want %d", err, status, c.want)
			}
			if !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s does not say %q", w.Body, c.says)
			}
		})
	}
}
