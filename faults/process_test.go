//go:build faultpoints

package faults_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// process is one life of the gateway.
type process struct {
	cmd    *exec.Cmd
	log    *lines
	admin  chan string   // its one place gets host:port of the admin listener
	exited chan struct{} // closed at the end
}

// launch starts the program; the test's end kills what still runs.
func launch(t *testing.T, program, file string, env []string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(program, "run", "-c", file), log: &lines{}, admin: make(chan string, 1), exited: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(stderr)
	t.Cleanup(p.kill)
	return p
}

// read keeps the log and finds the line that says where the program listens.
func (p *process) read(stderr io.Reader) {
	defer close(p.exited)
	in := bufio.NewScanner(stderr)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		fmt.Fprintln(p.log, in.Text())
		if _, rest, ok := strings.Cut(in.Text(), `"admin":"`); ok && strings.Contains(in.Text(), `"msg":"running"`) {
			addr, _, _ := strings.Cut(rest, `"`)
			p.admin <- addr
		}
	}
	_ = p.cmd.Wait() // ProcessState tells how it ended
}

// kill ends the process as a power cut would, but for the page cache.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.exited
}

// killed tells whether the process ended by SIGKILL.
func (p *process) killed() bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signal() == syscall.SIGKILL
}

// memory returns a value of /proc/PID/status in MiB.
func (p *process) memory(t *testing.T, key string) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(raw), key+":")
	kib := 0
	if _, err := fmt.Sscan(rest, &kib); !found || err != nil {
		t.Fatalf("no %s in /proc/PID/status", key)
	}
	return kib >> 10
}

// metric returns the sum of the metric's series whose labels contain part.
func (w *world) metric(name, part string) float64 {
	w.t.Helper()
	sum, found := 0.0, false
	in := bufio.NewScanner(strings.NewReader(w.get("/metrics")))
	for in.Scan() {
		series, value, _ := strings.Cut(in.Text(), " ")
		base, labels, _ := strings.Cut(series, "{")
		if base != name || !strings.Contains(labels, part) {
			continue
		}
		v := 0.0
		if _, err := fmt.Sscan(value, &v); err != nil {
			w.t.Fatalf("metric %q: %v", in.Text(), err)
		}
		sum, found = sum+v, true
	}
	if !found {
		w.t.Fatalf("no metric %q", name)
	}
	return sum
}

// get returns what the admin listener answers.
func (w *world) get(path string) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, "http://"+w.admin+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.log)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("GET %s: %s, %v: %s", path, resp.Status, err, body)
	}
	return string(body)
}

// lines is what a process wrote.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
