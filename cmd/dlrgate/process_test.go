package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/template"
	"time"
)

// binary builds the real program once for all tests that kill, trace or time it.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dlrgate-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "dlrgate")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

// need skips a test without its tool on a bare laptop and fails it in CI.
func need(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing, and CI must not skip", tool)
	}
	t.Skipf("%s is not installed", tool)
}

// process is one running dlrgate.
type process struct {
	cmd    *exec.Cmd
	admin  string // host:port of the admin listener
	log    *syncBuffer
	exited chan struct{}
	err    error
}

// start runs the program on a configuration until it says where it listens.
// wrap, when given, is a command in front of it, such as a tracer.
func start(ctx context.Context, t *testing.T, file string, wrap ...string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	args := append(wrap, path, "run", "-c", file)
	p := &process{cmd: exec.Command(args[0], args[1:]...), log: &syncBuffer{}, exited: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Env = append(os.Environ(), "DLRGATE_TEST_SYNCHRONOUS_OFF="+synchronousOff(ctx))
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1)
	go p.read(stderr, listening)
	t.Cleanup(p.kill)
	select {
	case p.admin = <-listening:
	case <-p.exited:
		t.Fatalf("dlrgate ended: %v\n%s", p.err, p.log)
	case <-ctx.Done():
		t.Fatalf("dlrgate did not start: %v\n%s", ctx.Err(), p.log)
	}
	return p
}

type synchronousOffKey struct{}

// synchronousOff is the value of the test variable that makes the log unsafe,
// for the test that shows that the sync test can fail.
func synchronousOff(ctx context.Context) string {
	v, _ := ctx.Value(synchronousOffKey{}).(string)
	return v
}

// read keeps the log and finds the line that says where the program listens.
func (p *process) read(stderr io.Reader, listening chan<- string) {
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Fprintln(p.log, lines.Text())
		if _, rest, ok := strings.Cut(lines.Text(), `"admin":"`); ok && strings.Contains(lines.Text(), `"msg":"running"`) {
			addr, _, _ := strings.Cut(rest, `"`)
			listening <- addr
		}
	}
	p.err = p.cmd.Wait()
	close(p.exited)
}

// kill ends the process as a power cut would, but for the page cache, and waits
// for its end.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
}

// stop asks the process to end and returns its exit code.
func (p *process) stop(ctx context.Context, t *testing.T) int {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		t.Fatalf("dlrgate did not stop: %v\n%s", ctx.Err(), p.log)
	}
	return p.cmd.ProcessState.ExitCode()
}

// metric returns the sum of a metric's series.
func (p *process) metric(ctx context.Context, t *testing.T, name string) float64 {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	sum, found := 0.0, false
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if base, _, _ := strings.Cut(series, "{"); base == name {
			var v float64
			fmt.Sscan(value, &v)
			sum, found = sum+v, true
		}
	}
	if !found {
		t.Fatalf("no metric %q", name)
	}
	return sum
}

// configure writes a configuration made from a template and returns its path.
func configure(t *testing.T, text string, values any) string {
	t.Helper()
	var b bytes.Buffer
	if err := template.Must(template.New("").Parse(text)).Execute(&b, values); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "dlrgate.yaml")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// within returns a context that ends the test when something hangs.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// syncBuffer is a buffer for one writer and many readers.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
