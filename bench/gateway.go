package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"
)

// setup is what a run's configuration differs in.
type setup struct {
	admin, smsc, sink string   // host:port
	second            string   // the SMSC of a second operator; "": none
	more              []string // the SMSCs of further ones
	binds, window     int
	endpoints, batch  int
	hanging           string // host:port of an endpoint that never answers; "": none
	others            int    // operators besides whose SMSCs are not there
	unwanted          bool   // only the first endpoint wants the first operator's receipts
	dsn               string
}

var configuration = template.Must(template.New("").Parse(`listen: {{.admin}}
log: {level: warn}
journal: {{if .dsn}}{driver: postgres, dsn: "${BENCH_DSN}"}{{else}}{path: data, min_free_disk: 64MiB}{{end}}
operators:
  - {name: acme, addresses: ["{{.smsc}}"], system_id: gw, binds: {{.binds}}, window: {{.window}}, reconnect: {initial: 100ms, max: 1s}}
{{- if .second}}
  - {name: second, addresses: ["{{.second}}"], system_id: gw, reconnect: {initial: 100ms, max: 1s}}
{{- end}}
{{- range $i, $address := .more}}
  - {name: "more{{$i}}", addresses: ["{{$address}}"], system_id: gw, reconnect: {initial: 100ms, max: 1s}}
{{- end}}
{{- range .others}}
  - {name: "o{{.}}", addresses: ["127.0.0.1:1"], system_id: "gw{{.}}", reconnect: {initial: 30s, max: 1m}}
{{- end}}
endpoints:
{{- range .endpoints}}
  - {name: "e{{.}}", url: "http://{{$.sink}}/e{{.}}"{{if gt $.batch 1}}, batch: {max_events: {{$.batch}}, max_wait: 0s}{{end}}
    {{- if and $.unwanted (gt . 1)}}, filter: {operators: [o1]}{{end}}}
{{- end}}
{{- if .hanging}}
  - {name: hanging, url: "http://{{.hanging}}/", timeout: 15s}
{{- end}}
`))

// gateway is a running dlrgate; whoever starts it removes it.
type gateway struct {
	setup setup
	cmd   *exec.Cmd
	dir   string
	spent float64 // CPU seconds before what is measured
}

// start runs a gateway in a folder of its own.
func (b *bench) start(s setup) *gateway {
	dir, err := os.MkdirTemp("", "dlrgate-bench-run-")
	check(err)
	s.admin, s.smsc, s.sink = free(), free(), free()
	g := &gateway{setup: s, dir: dir}
	var text bytes.Buffer
	check(configuration.Execute(&text, map[string]any{
		"admin": s.admin, "smsc": s.smsc, "sink": s.sink, "second": s.second, "more": s.more, "binds": s.binds, "window": s.window,
		"endpoints": upTo(s.endpoints), "batch": s.batch, "hanging": s.hanging, "dsn": s.dsn,
		"others": upTo(s.others), "unwanted": s.unwanted,
	}))
	check(os.WriteFile(filepath.Join(dir, configurationFile), text.Bytes(), 0o600))
	g.run(b)
	return g
}

const configurationFile = "dlrgate.yaml"

// run starts the gateway's process, in its folder as it stands.
func (g *gateway) run(b *bench) {
	file := filepath.Join(g.dir, configurationFile)
	g.cmd = exec.CommandContext(b.ctx, filepath.Join(b.bin, "dlrgate"), "run", "-c", file) //nolint:gosec // our own program
	g.cmd.Env = append(os.Environ(), "BENCH_DSN="+g.setup.dsn)
	if os.Getenv("VERBOSE") != "" {
		g.cmd.Stderr = os.Stderr
	}
	check(g.cmd.Start())
}

// upTo returns the numbers from 1 to n.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// remove ends the gateway and removes its folder.
func (g *gateway) remove() {
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	_ = g.cmd.Wait()
	_ = os.RemoveAll(g.dir)
}

// reset has usage count from now on.
func (g *gateway) reset() {
	cpu, _ := g.usage()
	g.spent += cpu
}

// usage returns the gateway's CPU seconds and the peak of its resident memory
// in MB, from /proc (a clock tick is 1/100 s on Linux).
func (g *gateway) usage() (cpu, peak float64) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", g.cmd.Process.Pid))
	check(err)
	fields := strings.Fields(string(stat))
	user, err := strconv.ParseFloat(fields[13], 64)
	check(err)
	system, err := strconv.ParseFloat(fields[14], 64)
	check(err)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.cmd.Process.Pid))
	check(err)
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, err := fmt.Sscan(rest, &peak)
			check(err)
		}
	}
	return (user+system)/100 - g.spent, peak / 1000
}

// metrics reads the gateway's series without labels.
func (g *gateway) metrics() map[string]float64 {
	m := map[string]float64{}
	g.series(func(name string, value float64) {
		if !strings.Contains(name, "{") {
			m[name] = value
		}
	})
	return m
}

// series calls tell with each series of the gateway, its labels included.
func (g *gateway) series(tell func(name string, value float64)) {
	for line := range strings.Lines(string(g.get("/metrics"))) {
		line = strings.TrimSpace(line)
		if at := strings.LastIndexByte(line, ' '); at > 0 && !strings.HasPrefix(line, "#") {
			f, err := strconv.ParseFloat(line[at+1:], 64)
			check(err)
			tell(line[:at], f)
		}
	}
}

var client = http.Client{Timeout: time.Minute}

// get returns the body of a page that answers 200.
func (g *gateway) get(path string) []byte {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+g.setup.admin+path, nil)
	check(err)
	resp, err := client.Do(req)
	check(err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	check(err)
	if resp.StatusCode != http.StatusOK {
		check(fmt.Errorf("GET %s: %s: %s", path, resp.Status, body))
	}
	return body
}

// free returns a loopback address that nobody listens on.
func free() string {
	l := listen()
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func listen() net.Listener {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	check(err)
	return l
}
