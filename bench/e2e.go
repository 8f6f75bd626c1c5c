//go:build ignore

// Command e2e measures the whole chain with the real programs: smscsim storm
// plays SMSC and webhook on the machine that runs the gateway. It prints a row
// of a Markdown table for each run; docs/benchmarks.md is made of them.
//
//	go run bench/e2e.go [-run REGEXP] [-seconds 60] [-dsn DSN]
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"text/template"
)

// run is one line of the table.
type run struct {
	name          string
	binds, window int
	endpoints     int
	batch         int
	rate          int // receipts a second; 0: as fast as the windows allow
	hanging       bool
	postgres      bool
}

var runs = []run{
	{name: "single", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 8000},
	{name: "single 10k", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 10000},
	{name: "single 12k", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 12000},
	{name: "single full", binds: 4, window: 100, endpoints: 1, batch: 1},
	{name: "single 16 binds", binds: 16, window: 100, endpoints: 1, batch: 1, rate: 8000},
	{name: "single window 10", binds: 4, window: 10, endpoints: 1, batch: 1, rate: 8000},
	{name: "batch 20k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 20000},
	{name: "batch 30k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 30000},
	{name: "batch 40k", binds: 4, window: 100, endpoints: 1, batch: 100, rate: 40000},
	{name: "batch full", binds: 4, window: 100, endpoints: 1, batch: 100},
	{name: "quiet", binds: 1, window: 10, endpoints: 1, batch: 1, rate: 1000},
	{name: "5 endpoints", binds: 4, window: 100, endpoints: 5, batch: 1, rate: 2000},
	{name: "20 endpoints", binds: 4, window: 100, endpoints: 20, batch: 1, rate: 500},
	{name: "20 endpoints, one hanging", binds: 4, window: 100, endpoints: 19, batch: 1, rate: 500, hanging: true},
	{name: "postgres single", binds: 4, window: 100, endpoints: 1, batch: 1, rate: 5000, postgres: true},
}

var configuration = template.Must(template.New("").Parse(`listen: {{.Admin}}
log: {level: warn}
journal: {{if .DSN}}{driver: postgres, dsn: "${BENCH_DSN}"}{{else}}{path: data, min_free_disk: 64MiB}{{end}}
operators:
  - name: acme
    addresses: ["{{.SMSC}}"]
    system_id: gw
    binds: {{.Binds}}
    window: {{.Window}}
    reconnect: {initial: 100ms, max: 1s}
endpoints:
{{- range .Paths}}
  - {name: "e{{.}}", url: "http://{{$.Sink}}/e{{.}}"{{if gt $.Batch 1}}, batch: {max_events: {{$.Batch}}, max_wait: 0s}{{end}}}
{{- end}}
{{- if .Hanging}}
  - {name: hanging, url: "http://{{.Hanging}}/", timeout: 15s}
{{- end}}
`))

func main() {
	log.SetFlags(0)
	only := flag.String("run", "", "run what matches this regular expression")
	seconds := flag.Int("seconds", 60, "seconds a run")
	dsn := flag.String("dsn", "", "PostgreSQL to run against; none: those runs are left out")
	flag.Parse()
	bin, err := os.MkdirTemp("", "dlrgate-bench-")
	check(err)
	defer os.RemoveAll(bin)
	build := exec.Command("go", "build", "-o", bin, "./cmd/...")
	build.Stderr = os.Stderr
	check(build.Run())
	match := regexp.MustCompile(*only)
	fmt.Println("| run | binds × window | endpoints × batch | asked/s | answered/s | delivered/s | lag at end | drain s | answer p50/p99 ms | receipt→webhook p50/p99 ms | gateway CPU s per 10,000 | peak MB | commits | syncs | lost | repeated |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, r := range runs {
		if match.MatchString(r.name) && (!r.postgres || *dsn != "") {
			measure(bin, r, *seconds, *dsn)
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// measure runs one line: a gateway in a folder of its own, a storm against it.
func measure(bin string, r run, seconds int, dsn string) {
	dir, err := os.MkdirTemp("", "dlrgate-bench-run-")
	check(err)
	defer os.RemoveAll(dir)
	values := map[string]any{
		"Admin": free(), "SMSC": free(), "Sink": free(), "Binds": r.binds, "Window": r.window, "Batch": r.batch,
		"Paths": make([]int, 0, r.endpoints), "DSN": "", "Hanging": "",
	}
	for i := range r.endpoints {
		values["Paths"] = append(values["Paths"].([]int), i+1)
	}
	if r.postgres {
		values["DSN"] = dsn
	}
	if r.hanging {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		defer l.Close() // takes connections into its backlog and never answers
		values["Hanging"] = l.Addr().String()
	}
	var text bytes.Buffer
	check(configuration.Execute(&text, values))
	file := filepath.Join(dir, "dlrgate.yaml")
	check(os.WriteFile(file, text.Bytes(), 0o600))

	gateway := exec.Command(filepath.Join(bin, "dlrgate"), "run", "-c", file)
	gateway.Env = append(os.Environ(), "BENCH_DSN="+dsn)
	gateway.Stderr = os.Stderr
	if os.Getenv("VERBOSE") == "" {
		gateway.Stderr = io.Discard
	}
	check(gateway.Start())
	defer func() {
		_ = gateway.Process.Signal(syscall.SIGTERM)
		_ = gateway.Wait()
	}()
	args := []string{
		"storm", "--json", "--listen", values["SMSC"].(string), "--sink", values["Sink"].(string),
		"--binds", strconv.Itoa(r.binds), "--window", strconv.Itoa(r.window), "--duration", fmt.Sprintf("%ds", seconds),
	}
	if r.rate > 0 {
		args = append(args, "--rate", strconv.Itoa(r.rate))
	}
	out, err := exec.Command(filepath.Join(bin, "smscsim"), args...).Output()
	if err != nil {
		log.Printf("%s: storm: %v", r.name, err)
	}
	var result storm
	check(json.Unmarshal(out, &result))
	print(r, result, gateway.Process.Pid, metrics(values["Admin"].(string)))
}

type latency struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// storm is what of a verdict the table shows.
type storm struct {
	Receipts     int     `json:"receipts"`
	AnswerRate   float64 `json:"answered_per_second"`
	DeliveryRate float64 `json:"delivered_per_second"`
	Lag          int     `json:"lag_at_end"`
	DrainMS      float64 `json:"drain_ms"`
	Endpoints    []struct {
		Lost       int     `json:"lost"`
		Duplicates int     `json:"duplicates"`
		Answer     latency `json:"answer"`
		Delivery   latency `json:"receipt_to_webhook"`
	} `json:"endpoints"`
}

func print(r run, s storm, pid int, m map[string]float64) {
	rate := "full"
	if r.rate > 0 {
		rate = strconv.Itoa(r.rate)
	}
	lost, repeated := 0, 0
	var answer, delivery latency
	for _, e := range s.Endpoints {
		lost, repeated, answer = lost+e.Lost, repeated+e.Duplicates, e.Answer
		delivery.P50, delivery.P99 = max(delivery.P50, e.Delivery.P50), max(delivery.P99, e.Delivery.P99)
	}
	cpu, peak := usage(pid)
	fmt.Printf("| %s | %d × %d | %d × %d | %s | %.0f | %.0f | %d | %.1f | %.1f / %.1f | %.1f / %.1f | %.2f | %.0f | %.0f | %.0f | %d | %d |\n",
		r.name, r.binds, r.window, r.endpoints, r.batch, rate, s.AnswerRate, s.DeliveryRate, s.Lag, s.DrainMS/1000,
		answer.P50, answer.P99, delivery.P50, delivery.P99, cpu/float64(s.Receipts)*10000, peak,
		m["dlrgate_journal_commit_seconds_count"], m["dlrgate_journal_sync_total"], lost, repeated)
}

// usage returns the CPU seconds and the peak of resident memory in MB of a
// process, from /proc (clock ticks are 1/100 s on Linux).
func usage(pid int) (cpu, peak float64) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	check(err)
	fields := strings.Fields(string(stat))
	user, _ := strconv.ParseFloat(fields[13], 64)
	system, _ := strconv.ParseFloat(fields[14], 64)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	check(err)
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Sscan(rest, &peak)
		}
	}
	return (user + system) / 100, peak / 1000
}

// metrics reads the gateway's series without labels.
func metrics(admin string) map[string]float64 {
	resp, err := http.Get("http://" + admin + "/metrics")
	check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(err)
	m := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			m[name], _ = strconv.ParseFloat(value, 64)
		}
	}
	return m
}

// free returns a loopback address that nobody listens on.
func free() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer l.Close()
	return l.Addr().String()
}
