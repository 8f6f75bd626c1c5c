package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

var tookTime = regexp.MustCompile(`in [0-9.]+m?s\.`)

// TestDemo holds what the README shows against what the demo prints, and the
// demo's end against its promise.
func TestDemo(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, found := strings.Cut(string(readme), "go run ./cmd/dlrgate demo\n```\n\n```\n")
	if !found {
		t.Fatal("the README shows no output behind the demo's command")
	}
	shown, _, _ = strings.Cut(shown, "```")

	var out, errs bytes.Buffer
	if code := execute(within(t, 3*time.Minute), []string{"demo"}, &out, &errs); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	rest := tookTime.ReplaceAllString(out.String(), "in T.")
	for line := range strings.Lines(shown) {
		if line == "…\n" {
			continue
		}
		line = tookTime.ReplaceAllString(line, "in T.")
		_, after, ok := strings.Cut(rest, line)
		if !ok {
			t.Errorf("the demo does not print this line of the README, or not in its place:\n%s", line)
			continue
		}
		rest = after
	}
	for _, want := range []string{"0 lost", "17 receipts answered OK, 17 events delivered"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not say %q:\n%s", want, out.String())
		}
	}
}
