package interop_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// need skips a test without its tool on a bare laptop and fails it in CI. probe
// is a command that succeeds where the tool is whole.
func need(t *testing.T, dir string, probe ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), probe[0], probe[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%q: %v, and CI must not skip\n%s", strings.Join(probe, " "), err, out)
	}
	t.Skipf("%q: %v; .ci/interop installs what is missing", strings.Join(probe, " "), err)
}

// child is a process that the test watches. It ends with the test.
type child struct {
	name     string
	cmd      *exec.Cmd
	out, err *lines
	exited   chan struct{}
	result   error
}

func start(t *testing.T, name string, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{name: name, cmd: cmd, out: newLines(), err: newLines(), exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = c.out, c.err
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	go func() {
		defer close(c.exited)
		c.result = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-c.exited
	})
	return c
}

// waitFor waits until the lines on standard output are enough.
func (c *child) waitFor(ctx context.Context, t *testing.T, what string, enough func([]string) bool) {
	t.Helper()
	c.wait(ctx, t, what, c.out, enough)
}

func (c *child) wait(ctx context.Context, t *testing.T, what string, from *lines, enough func([]string) bool) {
	t.Helper()
	for {
		all, more := from.watch()
		if enough(all) {
			return
		}
		select {
		case <-more:
		case <-c.exited:
			if !enough(from.all()) {
				t.Fatalf("%s ended before %s: %v\n%s", c.name, what, c.result, c)
			}
			return
		case <-ctx.Done():
			t.Fatalf("%s: no %s: %v\n%s", c.name, what, ctx.Err(), c)
		}
	}
}

// interrupt asks the process to end.
func (c *child) interrupt(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, c)
	}
}

// expectExit waits for the end, which must be with code 0.
func (c *child) expectExit(ctx context.Context, t *testing.T) {
	t.Helper()
	select {
	case <-c.exited:
	case <-ctx.Done():
		t.Fatalf("%s does not end: %v\n%s", c.name, ctx.Err(), c)
	}
	if c.result != nil {
		t.Fatalf("%s: %v\n%s", c.name, c.result, c)
	}
}

// String is all that the process has written, for a failed test.
func (c *child) String() string {
	return c.name + " wrote:\n" + strings.Join(append(c.out.all(), c.err.all()...), "\n")
}

// lines keeps what a process writes and tells of more.
type lines struct {
	mu      sync.Mutex
	partial []byte
	whole   []string
	more    chan struct{}
}

func newLines() *lines { return &lines{more: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		text, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			break
		}
		l.whole, l.partial = append(l.whole, string(text)), rest
	}
	close(l.more)
	l.more = make(chan struct{})
	return len(p), nil
}

// watch returns the lines so far, and what closes when more were written.
func (l *lines) watch() ([]string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.whole), l.more
}

func (l *lines) all() []string {
	all, _ := l.watch()
	return all
}
