package simulator_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

const (
	newSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

func sink(t *testing.T, opts simulator.SinkOptions) *simulator.Sink {
	t.Helper()
	s, err := simulator.StartSink(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// sign is written from the specification, apart from the sink's own code.
func sign(secret, id, stamp, body string) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+stamp+"."+body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func post(t *testing.T, url, body string, header map[string]string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(patient(t), http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func eventData(id string, sequence int) string {
	return fmt.Sprintf(`{"id":%q,"sequence":%d,"operator":"acme","message_id":"38601fa",
	"message_ids":{"text":"0059113978","tlv":"38601fa"},"recipient":"33612345678",
	"status":{"name":"received","code":11,"final":true,"list":[1,{"a":"}"},[]]},
	"receipt":{"stat":"DELIVRD","message_state":2,"extra":{"x":"\"quoted\" }"},"raw":"id:1 \\ stat:DELIVRD \u00e9"},
	"received_at":"2026-11-23T10:15:30.120Z","duplicate":false,"late":true,"standing":true}`, id, sequence)
}

func event(id string, sequence int) string {
	return `{"type":"sms.receipt","timestamp":"2026-11-23T10:15:30.120Z","data":` + eventData(id, sequence) + `}`
}

func TestSignatures(t *testing.T) {
	body := event("rcpt_1", 1)
	now := strconv.FormatInt(time.Now().Unix(), 10)
	stale := strconv.FormatInt(time.Now().Add(-6*time.Minute).Unix(), 10)
	early := strconv.FormatInt(time.Now().Add(6*time.Minute).Unix(), 10)
	tests := []struct {
		name, body, stamp, signature string
		want                         int
		fault                        error
	}{
		{"good", body, now, sign(newSecret, "rcpt_1", now, body), 200, nil},
		{"rotated: the second of two fits", body, now, sign("whsec_AAAA", "rcpt_1", now, body) + " " + sign(oldSecret, "rcpt_1", now, body), 200, nil},
		{"tampered", strings.Replace(body, "DELIVRD", "UNDELIV", 1), now, sign(newSecret, "rcpt_1", now, body), 401, simulator.ErrBadSignature},
		{"another id", body, now, sign(newSecret, "rcpt_2", now, body), 401, simulator.ErrBadSignature},
		{"another secret", body, now, sign("whsec_AAAA", "rcpt_1", now, body), 401, simulator.ErrBadSignature},
		{"stale", body, stale, sign(newSecret, "rcpt_1", stale, body), 401, simulator.ErrStale},
		{"from the future", body, early, sign(newSecret, "rcpt_1", early, body), 401, simulator.ErrStale},
		{"no timestamp", body, "", sign(newSecret, "rcpt_1", "", body), 401, simulator.ErrUnsigned},
		{"timestamp is a word", body, "soon", sign(newSecret, "rcpt_1", "soon", body), 401, simulator.ErrStale},
		{"asymmetric signature only", body, now, "v1a,AAAA", 401, simulator.ErrBadSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := sink(t, simulator.SinkOptions{Secrets: []string{newSecret, oldSecret}})
			got := post(t, s.URL("/app"), test.body, map[string]string{
				"webhook-id": "rcpt_1", "webhook-timestamp": test.stamp, "webhook-signature": test.signature,
			})
			if got != test.want {
				t.Errorf("answered %d, want %d", got, test.want)
			}
			n, faults := s.At("/app").Counts(), s.At("/app").Faults()
			if taken := n.Distinct == 1; taken != (test.want == 200) {
				t.Errorf("counts %+v", n)
			}
			if test.fault != nil && (len(faults) != 1 || !strings.Contains(faults[0], test.fault.Error())) {
				t.Errorf("faults %q, want %q", faults, test.fault)
			}
		})
	}
	if _, err := simulator.NewSink(simulator.SinkOptions{Secrets: []string{"whsec_not base64!"}}); err == nil {
		t.Error("a secret that is not base64 is taken")
	} else if strings.Contains(err.Error(), "not base64!") {
		t.Errorf("the error shows the secret: %v", err)
	}
}

func TestSinkReadsEventsAndBatches(t *testing.T) {
	s := sink(t, simulator.SinkOptions{})
	app := s.At("/app")
	post(t, s.URL("/app"), event("rcpt_1", 41), map[string]string{"webhook-id": "rcpt_1"})
	batch := `{"type":"sms.receipt.batch","data":{"events":[` + eventData("rcpt_2", 42) + "," + eventData("rcpt_1", 41) + `]}}`
	post(t, s.URL("/app"), batch, map[string]string{"webhook-id": "batch_x"})
	post(t, s.URL("/app"), `{"type":"sms.receipt.test","data":{}}`, nil)
	post(t, s.URL("/other"), event("rcpt_1", 41), nil)

	if n := app.Counts(); n.Requests != 3 || n.Events != 3 || n.Distinct != 2 || n.Repeated != 1 || n.Tests != 1 || n.Rejected != 0 {
		t.Errorf("counts %+v, faults %q", n, app.Faults())
	}
	got := app.Arrivals()
	if len(got) != 2 {
		t.Fatalf("arrivals %+v", got)
	}
	a := got[0]
	if a.ID != "rcpt_1" || a.Times != 2 || a.Order != 1 || a.Sequence != 41 || a.MessageID != "38601fa" || len(a.MessageIDs) != 2 ||
		a.Recipient != "33612345678" || a.Status != "received" || !a.Final || a.Stat != "DELIVRD" || a.State != 2 || !a.Late ||
		!a.Standing || a.Duplicate || a.ReceivedAt.Format(time.RFC3339Nano) != "2026-11-23T10:15:30.12Z" || a.First.IsZero() {
		t.Errorf("first arrival %+v", a)
	}
	if s.At("/other").Counts().Distinct != 1 {
		t.Error("the other path saw nothing")
	}
}

func TestSinkRejectsWhatIsNoEvent(t *testing.T) {
	for _, body := range []string{
		"", "[]", "null", `{"type":"sms.receipt"`, `{"type":"sms.receipt","data":{"id":"x"}} trailing`, `{"data":{"id":"x"}}`,
		`{"type":"sms.receipt","data":{"id":12}}`, `{"type":"sms.receipt","data":{"id":"x","sequence":"no"}}`, `{"type":"sms.receipt","data":[`,
		`{"type":"sms.receipt","data":{"receipt":"}`,
	} {
		t.Run(body, func(t *testing.T) {
			s := sink(t, simulator.SinkOptions{})
			if got := post(t, s.URL("/"), body, nil); got != 400 {
				t.Errorf("answered %d", got)
			}
			if n := s.At("/").Counts(); n.Rejected != 1 || n.Distinct != 0 {
				t.Errorf("counts %+v", n)
			}
		})
	}
	s := sink(t, simulator.SinkOptions{})
	if got := post(t, s.URL("/"), event("rcpt_1", 1), map[string]string{"webhook-id": "rcpt_2"}); got != 400 {
		t.Errorf("a webhook-id that is not the event's was answered %d", got)
	}
}

func TestBehaviours(t *testing.T) {
	tests := []struct {
		name      string
		behaviour simulator.Behaviour
		want      []int
	}{
		{"takes all", simulator.Behaviour{}, []int{200, 200}},
		{"fails once", simulator.Behaviour{FailNext: 1}, []int{503, 200}},
		{"a sequence", simulator.Behaviour{Statuses: []int{429, 404, 204}, FailStatus: 500}, []int{429, 404, 200, 200}},
		{"fails always", simulator.Behaviour{FailRate: 1, FailStatus: 500}, []int{500, 500}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := sink(t, simulator.SinkOptions{})
			s.At("/").Behave(test.behaviour)
			failed := 0
			for i, want := range test.want {
				if got := post(t, s.URL("/"), event("rcpt_1", 1), nil); got != want {
					t.Errorf("request %d answered %d, want %d", i, got, want)
				}
				if want != 200 {
					failed++
				}
			}
			if n := s.At("/").Counts(); n.Failed != failed || n.Events != len(test.want)-failed {
				t.Errorf("counts %+v", n)
			}
		})
	}
}

func TestAHangingEndpointIsReleased(t *testing.T) {
	s := sink(t, simulator.SinkOptions{})
	release := make(chan struct{})
	s.At("/slow").Behave(simulator.Behaviour{Hang: release})
	answered := make(chan int, 1)
	go func() { answered <- post(t, s.URL("/slow"), event("rcpt_1", 1), nil) }()
	if err := s.At("/slow").WaitUntil(patient(t), func(n simulator.SinkCounts) bool { return n.Requests == 1 }); err != nil {
		t.Fatal(err)
	}
	if got := post(t, s.URL("/fast"), event("rcpt_1", 1), nil); got != 200 {
		t.Errorf("the other endpoint answered %d", got)
	}
	if n := s.At("/slow").Counts(); n.Distinct != 0 {
		t.Errorf("taken before the release: %+v", n)
	}
	close(release)
	if got := <-answered; got != 200 {
		t.Errorf("answered %d after the release", got)
	}
	if err := s.At("/slow").WaitFor(patient(t), 1); err != nil {
		t.Error(err)
	}
}

func BenchmarkSinkHandler(b *testing.B) {
	s, err := simulator.NewSink(simulator.SinkOptions{Secrets: []string{newSecret}})
	if err != nil {
		b.Fatal(err)
	}
	var batch strings.Builder
	batch.WriteString(`{"type":"sms.receipt.batch","data":{"events":[`)
	for i := range 100 {
		if i > 0 {
			batch.WriteByte(',')
		}
		batch.WriteString(eventData(fmt.Sprintf("rcpt_%d", i), i))
	}
	batch.WriteString(`]}}`)
	body, stamp := batch.String(), strconv.FormatInt(time.Now().Unix(), 10)
	signature := sign(newSecret, "batch_1", stamp, body)
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/app", strings.NewReader(body))
		r.Header.Set("webhook-id", "batch_1")
		r.Header.Set("webhook-timestamp", stamp)
		r.Header.Set("webhook-signature", signature)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
	b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
