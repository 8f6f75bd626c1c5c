package docs_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var commands = flag.Bool("commands", false, "run the commands of the documents, on the ports that they name")

// inLab are pages for somebody whose gateway works already.
var inLab = []string{"operators.md", "api.md"}

// TestCommands types every block marked sh of the documents into a shell, in
// order, in a copy of the repository. Words behind sh, which no reader sees, say
// how:
//
//	terminal=NAME  in a terminal of its own, where it runs on until the next
//	               block for that terminal, or the end, presses Ctrl-C
//	exit=N         it ends with this code and not with 0
//	eventually     it is typed again until it ends and prints as shown
//	interrupt=NAME first Ctrl-C is pressed there; several are separated by commas
//	norun=WHY      it is not run here
//
// A block without a language right behind one is what it prints: … stands for
// anything within a line, and alone on a line for any lines; how many blanks
// stand between columns, and how long something took, does not count.
func TestCommands(t *testing.T) {
	if !*commands {
		t.Skip("it takes the ports of the documents: go test ./docs -commands")
	}
	for _, tool := range []string{"bash", "curl", "git"} {
		need(t, tool)
	}
	for _, file := range []string{"../README.md", "getting-started.md", "testing.md", "operators.md", "api.md"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			d := newDesk(t)
			if slices.Contains(inLab, file) {
				openLab(within(t, time.Minute), t, d)
				if err := d.run(t.Context(), block{text: "dlrgate dead drop --all\n"}, nil); err != nil {
					t.Fatal(err)
				}
			}
			all := blocks(t, file)
			ran := 0
			for i, b := range all {
				if _, not := b.mark("norun"); b.lang != "sh" || not {
					continue
				}
				var shown *regexp.Regexp
				if i+1 < len(all) && all[i+1].lang == "" && all[i+1].follow {
					shown = pattern(all[i+1].text)
				}
				begin := time.Now()
				if err := d.run(within(t, 2*time.Minute), b, shown); err != nil {
					t.Fatalf("%s:%d: %v\n%s", file, b.line, err, d)
				}
				t.Logf("%s:%d: %.1f s", file, b.line, time.Since(begin).Seconds())
				ran++
			}
			if ran == 0 {
				t.Error("no command was run")
			}
		})
	}
}

// pattern is what a shown output must match.
func pattern(shown string) *regexp.Regexp {
	p := regexp.QuoteMeta(strings.TrimSuffix(shown, "\n"))
	p = regexp.MustCompile(`\b\d[\d\\.]*m?s\b`).ReplaceAllString(p, `[\d.]+m?s`)
	p = regexp.MustCompile(` {2,}`).ReplaceAllString(p, " {2,}")
	p = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(p, "(?s:.*?)^")
	p = regexp.MustCompile(`\n…$`).ReplaceAllString(p, "")
	return regexp.MustCompile(`(?m)^` + strings.ReplaceAll(p, "…", ".*") + `\s*$`)
}

func TestPattern(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		shown, printed string
		want           bool
	}{
		{"a b\n", "x\na b\ny\n", true},
		{"a b\n", "xa b\n", false},
		{"a … c\n", "a b c\n", true},
		{"a\n…\nd\n", "a\nb\nc\nd\n", true},
		{"a\n…\nd\n", "a\nd\n", true},
		{"a\n…\nd\n", "d\na\n", false},
		{"a\n…\n", "a\nd\n", true},
		{"a  b\n", "a     b\n", true},
		{"a  b\n", "a b\n", false},
		{"in 1.2s.\n", "in 197ms.\n", true},
	} {
		if got := pattern(test.shown).MatchString(test.printed); got != test.want {
			t.Errorf("%q matches %q: %t", test.shown, test.printed, got)
		}
	}
}

// desk is where a reader sits: a copy of the repository and some terminals. The
// one without a name keeps its folder and its variables from block to block.
type desk struct {
	room       room
	dir, state string
	env        []string
	terminals  map[string]*terminal
}

// terminal is a program that runs on.
type terminal struct {
	cmd   *exec.Cmd
	out   *output
	ended chan struct{}
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	room := newRoom(t)
	home := t.TempDir()
	d := &desk{room: room, dir: filepath.Join(home, "dlrgate"), state: filepath.Join(home, "state"), terminals: map[string]*terminal{}}
	if err := copyRepository(d.dir); err != nil {
		t.Fatal(err)
	}
	installed := filepath.Join(home, "go", "bin")
	d.env = append(os.Environ(), "HOME="+home, "GOBIN="+installed, "PATH="+installed+":"+bin+":"+os.Getenv("PATH"))
	d.env = append(d.env, asPackaged...)
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		d.env = append(d.env, name+"="+strings.TrimSpace(string(value)))
	}
	if err := os.WriteFile(d.state, []byte("cd "+d.dir+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for name := range d.terminals {
			if err := d.interrupt(name); err != nil {
				t.Error(err)
			}
		}
	})
	return d
}

// copyRepository copies what git knows, so that the commands write nothing into
// the repository itself.
func copyRepository(dir string) error {
	list, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "..").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not yet committed
		}
		if err != nil {
			return err
		}
		to := filepath.Join(dir, "docs", name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// run types a block and holds what it prints against shown, if not nil.
func (d *desk) run(ctx context.Context, b block, shown *regexp.Regexp) error {
	if name, ok := b.mark("interrupt"); ok {
		for one := range strings.SplitSeq(name, ",") {
			if err := d.interrupt(one); err != nil {
				return err
			}
		}
	}
	if name, ok := b.mark("terminal"); ok {
		return d.open(ctx, name, b, shown)
	}
	code := 0
	if v, ok := b.mark("exit"); ok {
		code, _ = strconv.Atoi(v)
	}
	_, again := b.mark("eventually")
	retry := time.NewTicker(500 * time.Millisecond)
	defer retry.Stop()
	patience := time.After(time.Minute)
	for {
		err := d.typed(ctx, b, code, shown)
		if err == nil || !again {
			return err
		}
		select {
		case <-retry.C:
		case <-patience:
			return err
		}
	}
}

// typed runs a block in the terminal without a name.
func (d *desk) typed(ctx context.Context, b block, code int, shown *regexp.Regexp) error {
	script := ". " + d.state + "\nset -e\n" + b.text + "{ export -p; echo cd \"'$PWD'\"; } >" + d.state + "\n"
	args := d.room.shell(script)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		return fmt.Errorf("exit code %d, not %d:\n%s", got, code, out)
	}
	if shown != nil && !shown.Match(out) {
		return fmt.Errorf("it prints\n%s", out)
	}
	return nil
}

// open runs a block in a terminal of its own, and waits until it has printed
// what is shown.
func (d *desk) open(ctx context.Context, name string, b block, shown *regexp.Regexp) error {
	if err := d.interrupt(name); err != nil {
		return err
	}
	args := d.room.shell("set -e\n" + b.text)
	term := &terminal{cmd: exec.Command(args[0], args[1:]...), out: newOutput(), ended: make(chan struct{})}
	term.cmd.Dir, term.cmd.Env = d.dir, d.env
	term.cmd.Stdout, term.cmd.Stderr = term.out, term.out
	term.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := term.cmd.Start(); err != nil {
		return err
	}
	go func() { _ = term.cmd.Wait(); close(term.ended) }()
	d.terminals[name] = term
	if shown == nil {
		shown = regexp.MustCompile(`\S`)
	}
	for {
		text, more := term.out.soFar()
		if shown.MatchString(text) {
			return nil
		}
		select {
		case <-more:
		case <-term.ended:
			if text, _ := term.out.soFar(); shown.MatchString(text) {
				return nil
			}
			return errors.New("it ended and did not print what is shown")
		case <-ctx.Done():
			return fmt.Errorf("it does not print what is shown: %w", ctx.Err())
		}
	}
}

// interrupt presses Ctrl-C in a terminal and waits for the end.
func (d *desk) interrupt(name string) error {
	term := d.terminals[name]
	if term == nil {
		return nil
	}
	_ = syscall.Kill(-term.cmd.Process.Pid, syscall.SIGINT) // it may have ended by itself
	select {
	case <-term.ended:
		return nil
	case <-time.After(30 * time.Second):
		_ = syscall.Kill(-term.cmd.Process.Pid, syscall.SIGKILL)
		<-term.ended
		return fmt.Errorf("terminal %s does not end by Ctrl-C:\n%s", name, term.out)
	}
}

// String is what stands in the terminals.
func (d *desk) String() string {
	var b strings.Builder
	for name, term := range d.terminals {
		fmt.Fprintf(&b, "--- terminal %s\n%s", name, term.out)
	}
	return b.String()
}
