package docs_test

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// labKeys make an operator of the gateway as patient as a script that is played
// ten times as fast needs.
const labKeys = ", reconnect: {initial: 100ms, max: 6s, after_unbind: 3s}, enquire_link: 3s, response_timeout: 1s, profile:"

// rulesOf are the examples whose operators need more than what storm prints.
var rulesOf = map[string]string{"every-status": "../examples/testing.yaml", "nuisances": "../examples/testing.yaml"}

// verdict is what storm --json says.
type verdict struct {
	OK        bool `json:"ok"`
	Receipts  int
	Endpoints []struct {
		Delivered   int
		Lost        int
		Unexpected  int
		WrongStatus int `json:"wrong_status"`
		OutOfOrder  int `json:"out_of_order"`
	}
}

// TestScenarios plays each example against the real gateway, ten times as fast
// as it is written, with the configuration that storm itself prints. Nothing is
// lost, invented, out of order, or translated into another status than the
// profile's.
func TestScenarios(t *testing.T) {
	if !*commands {
		t.Skip("it takes ten seconds and more: go test ./docs -commands")
	}
	t.Parallel()
	files, err := filepath.Glob("../examples/scenarios/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d scenarios: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := played(within(t, 2*time.Minute), t, name, onFreePorts(t, file))
			if !v.OK || v.Receipts == 0 || len(v.Endpoints) != 1 {
				t.Fatalf("the verdict is %+v", v)
			}
			if e := v.Endpoints[0]; e.Delivered != v.Receipts || e.Lost+e.Unexpected+e.WrongStatus+e.OutOfOrder > 0 {
				t.Errorf("the verdict is %+v", v)
			}
		})
	}
}

// onFreePorts is a copy of a scenario whose sites take any port.
func onFreePorts(t *testing.T, file string) string {
	t.Helper()
	text := regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(read(t, file), "127.0.0.1:0")
	return write(t, t.TempDir(), filepath.Base(file), text)
}

// played runs storm and a gateway until there is a verdict.
func played(ctx context.Context, t *testing.T, name, file string) verdict {
	t.Helper()
	storm := exec.CommandContext(ctx, bin+"/smscsim", "storm", "--scenario", file, "--speed", "10", "--sink", "127.0.0.1:0", "--settle", "10s", "--json")
	stdout, stderr := newOutput(), newOutput()
	storm.Stdout, storm.Stderr = stdout, stderr
	if err := storm.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- storm.Wait() }()
	printed := stderr.waitFor(ctx, t, regexp.MustCompile(`(?s)operators:\n.*url: \S+`))
	log := run(t, bin+"/dlrgate", "run", "-c", write(t, t.TempDir(), "dlrgate.yaml", underTest(t, name, printed)))
	if name == "submit" {
		log.waitFor(ctx, t, regexp.MustCompile(`"msg":"bound"`)) // the script begins
		const messages = 36                                      // through all that happens
		if taken := submitSlowly(ctx, t, between(printed, "addresses: [", "]"), messages); taken < 20 || taken == messages {
			t.Errorf("%d of %d messages were taken by an operator that throttles", taken, messages)
		}
	}
	err := <-ended
	var v verdict
	if decoded := json.Unmarshal([]byte(stdout.String()), &v); err != nil || decoded != nil {
		t.Fatalf("%v, %v: %s%s\n%s", err, decoded, stdout, stderr, log)
	}
	return v
}

// underTest is the gateway's configuration: what storm printed, or an example
// with the addresses that storm has.
func underTest(t *testing.T, name, printed string) string {
	t.Helper()
	lab := "listen: 127.0.0.1:0\njournal: {min_free_disk: 1MiB}\n"
	if example := rulesOf[name]; example != "" {
		text := strings.ReplaceAll(read(t, example), "127.0.0.1:2775", between(printed, "addresses: [", "]"))
		text = strings.ReplaceAll(text, "http://127.0.0.1:9000/dlr", between(printed, `url: "`, `"`))
		return lab + strings.ReplaceAll(text, "${APP_WEBHOOK_SECRET}", ownSecret)
	}
	begin := strings.Index(printed, "  operators:")
	var b strings.Builder
	for line := range strings.Lines(printed[begin:]) {
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	return lab + strings.ReplaceAll(b.String(), ", profile:", labKeys)
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}
