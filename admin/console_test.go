package admin

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"
)

func TestHostileTextIsShownAsText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want []piece
	}{
		"plain":        {"stat:DELIVRD é 日本\n", []piece{{"stat:DELIVRD é 日本\n", false}}},
		"direction":    {"a\u202egnp.exe", []piece{{"a", false}, {`\u202e`, true}, {"gnp.exe", false}}},
		"NULs":         {"\x00\x00b", []piece{{`\u0000\u0000`, true}, {"b", false}}},
		"broken UTF-8": {"a\xff\xfeb", []piece{{"a", false}, {`\xff\xfe`, true}, {"b", false}}},
		"zero width":   {"a\u200bb\U000e0041", []piece{{"a", false}, {`\u200b`, true}, {"b", false}, {`\U000e0041`, true}}},
		"nothing":      {"", nil},
		"64 KiB":       {strings.Repeat("x", 64<<10), []piece{{strings.Repeat("x", 4096), false}, {" … and 61\u202f440 more octets", true}}},
	} {
		if diff := cmp.Diff(c.want, shown(c.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRuleLine(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]UnmappedCode{
		`- {stat: "UNDELIV", err: "042", status: reception_error}`: {
			Stat: "UNDELIV", Err: "042", NetworkErrorType: -1, NetworkErrorCode: -1, Status: "reception_error",
		},
		`- {stat: "a\"}\n- {b", network_error_type: 3, network_error_code: 27, status: error_other}`: {
			Stat: "a\"}\n- {b", NetworkErrorType: 3, NetworkErrorCode: 27, Status: "error_other",
		},
		`- {stat: "é\u202e\x00\x1b\U000e0001\a", status: undefined}`: {
			Stat: "é\u202e\x00\x1b\U000e0001\a", NetworkErrorType: -1, NetworkErrorCode: -1, Status: "undefined",
		},
	} {
		got := u.RuleLine()
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
		var rules []struct{ Stat, Err, Status string }
		if err := yaml.Unmarshal([]byte(got), &rules); err != nil || len(rules) != 1 || rules[0].Stat != u.Stat || rules[0].Err != u.Err {
			t.Errorf("%s is read as %q, %v", got, rules, err)
		}
	}
}

func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/binds?a=b": "/binds?a=b", "": "/", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "/a\r\nb": "/",
		"/\t/evil.example": "/",
	} {
		if got := localPath(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

func TestEventHasNoStrayLines(t *testing.T) {
	t.Parallel()
	if got, want := string(asEvent([]byte("a\r\nb\nevent: x\rc"))), "data: a&#13;\ndata: b\ndata: event: x&#13;c\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	receipts := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dlrgate_receipts_total"}, []string{"operator", "status"})
	answered := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "dlrgate_deliver_sm_response_seconds", Buckets: []float64{.001, .01, .1},
	}, []string{"operator"})
	registry.MustRegister(receipts, answered)
	r := newRates(registry)
	if then, now := r.span(recently); then != nil || now != nil {
		t.Error("there are samples before the first")
	}
	begin := time.Now()
	answered.WithLabelValues("acme").Observe(5)
	r.sample(begin)
	receipts.WithLabelValues("acme", "received").Add(80)
	receipts.WithLabelValues("acme", "error_other").Add(20)
	receipts.WithLabelValues("acme", "in_progress").Add(50)
	for range 99 {
		answered.WithLabelValues("acme").Observe(.002)
	}
	answered.WithLabelValues("acme").Observe(.05)
	r.sample(begin.Add(10 * time.Second))

	then, now := r.span(recently)
	if got := perSecond(then, now, func(s *sample) uint64 { return s.all.Receipts }); got != 15 {
		t.Errorf("%v receipts a second, want 15", got)
	}
	if got := now.all.minus(then.all).Delivered(); got != .8 {
		t.Errorf("the share delivered is %v, want 0.8 of the final ones", got)
	}
	if got := now.categories["general"]; got != 130 {
		t.Errorf("general has %d, want 130", got)
	}
	if got := r.waited("acme", .5); got != .01 {
		t.Errorf("half of the answers took up to %v s, want 0.01", got)
	}
	if got := r.waited("acme", .999); got != .1 {
		t.Errorf("99.9 %% of the answers took up to %v s, want 0.1", got)
	}
	if got := r.waited("other", .5); !math.IsNaN(got) {
		t.Errorf("an operator that is not there waited %v s", got)
	}
}

// TestRatesOfWhatIsGone: a reload takes an operator out, and its counters with it.
func TestRatesOfWhatIsGone(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	receipts := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dlrgate_receipts_total"}, []string{"operator", "status"})
	registry.MustRegister(receipts)
	r := newRates(registry)
	begin := time.Now()
	receipts.WithLabelValues("acme", "received").Add(5)
	receipts.WithLabelValues("gone", "received").Add(100)
	r.sample(begin)
	receipts.DeleteLabelValues("gone", "received")
	r.sample(begin.Add(10 * time.Second))
	then, now := r.span(recently)
	if got := perSecond(then, now, func(s *sample) uint64 { return s.all.Receipts }); got != 0 {
		t.Errorf("%v receipts a second, want none", got)
	}
	if got := now.all.minus(then.all); got != (tallies{}) {
		t.Errorf("counted %+v, want nothing", got)
	}
	receipts.WithLabelValues("gone", "routing_error").Add(200)
	r.sample(begin.Add(20 * time.Second))
	receipts.DeleteLabelValues("gone", "routing_error")
	receipts.WithLabelValues("acme", "received").Add(50)
	r.sample(begin.Add(30 * time.Second))
	var drawn chartData
	drawn.addDelivery(r.samples(false))
	if raw, err := json.Marshal(drawn); err != nil {
		t.Errorf("there is no chart of what is left: %v: %s", err, raw)
	}
}

func TestRatesAreBounded(t *testing.T) {
	t.Parallel()
	r := newRates(prometheus.NewRegistry())
	begin := time.Now()
	for i := range 2 * fineSamples {
		r.sample(begin.Add(time.Duration(i) * sampleEvery))
	}
	if len(r.fine) != fineSamples || len(r.coarse) != 60 || len(r.lately) != 180 {
		t.Errorf("%d fine, %d coarse, %d late samples, want %d, 60, 180", len(r.fine), len(r.coarse), len(r.lately), fineSamples)
	}
	if then, now := r.span(time.Minute); now.at.Sub(then.at) != time.Minute {
		t.Errorf("a minute spans %v", now.at.Sub(then.at))
	}
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	var s sessions
	now := time.Now()
	for i := range maxSessions + 10 {
		s.begin(caller{"ops", Admin}, now.Add(time.Duration(i)*time.Second))
	}
	if len(s.byID) != maxSessions {
		t.Errorf("%d sessions are kept, want %d", len(s.byID), maxSessions)
	}
	for i := range 2 * maxSessions { // a viewer's end his own
		s.begin(caller{"eye", Viewer}, now.Add(time.Duration(i)*time.Second))
	}
	if len(s.byID) != 2*maxSessions {
		t.Errorf("%d sessions are kept of two tokens, want %d", len(s.byID), 2*maxSessions)
	}
	s.begin(caller{"ops", Admin}, now.Add(2*sessionLife))
	if len(s.byID) != 1 {
		t.Errorf("%d sessions outlive their time", len(s.byID)-1)
	}
}
