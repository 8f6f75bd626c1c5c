package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var updateScripts = flag.Bool("update", false, "write the expected outputs of the scripts anew")

// TestMain lets the scripts call this program by its name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dlrgate": main})
}

// TestScripts runs the commands as users type them.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *updateScripts,
		Setup: func(env *testscript.Env) error {
			corpus, err := os.ReadFile("../../testdata/receipts/receipts.jsonl")
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "receipts.jsonl"), corpus, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "lines": lines},
	})
}

// exits runs dlrgate and wants an exit code: exits 2 check -c x.yaml.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("dlrgate", args[1:]...)
	code := "0"
	if err != nil {
		code = err.Error()[len("exit status "):]
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// TestCutOutput: a list that did not fit where it was written is no success.
func TestCutOutput(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err) // Linux alone has it
	}
	defer full.Close()
	for _, args := range [][]string{{"statuses"}, {"statuses", "--json"}, {"explain", "id:1 stat:DELIVRD"}, {"version"}} {
		var said bytes.Buffer
		if code := execute(t.Context(), args, full, &said); code != exitFailed || !strings.Contains(said.String(), "no space left") {
			t.Errorf("%v ends with %d and says %q", args, code, said.String())
		}
	}
}

// lines wants a file, or stdout, to have as many lines as another file.
func lines(ts *testscript.TestScript, _ bool, args []string) {
	count := func(name string) (n int) {
		for _, c := range ts.ReadFile(name) {
			if c == '\n' {
				n++
			}
		}
		return n
	}
	if a, b := count(args[0]), count(args[1]); a != b {
		ts.Fatalf("%s has %d lines, %s has %d", args[0], a, args[1], b)
	}
}
