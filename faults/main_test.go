//go:build faultpoints

// Package faults strikes the real gateway between a simulated SMSC and a
// webhook: it is killed at named points and at random ones, its webhook and its
// SMSC misbehave, its disk fills, its clock jumps. Each run prints in which
// states the receipts were when the fault struck, and is judged by the
// simulator's own receipt numbers: what was answered OK is at the webhook, once
// for each id but for what a crash may repeat, with the right status, in order.
//
// It is not part of `go test ./...`: .ci/faults runs the short form, `make
// faults` the long one.
package faults_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// long is the long form: more kills and cuts, the clock, and memory under millions of
// receipts.
var long = flag.Bool("long", false, "run the long form, for some ten minutes")

// pick returns what the form calls for.
func pick(short, whole int) int {
	if *long {
		return whole
	}
	return short
}

// longOnly skips what the short form's three minutes have no room for.
func longOnly(t *testing.T, why string) {
	t.Helper()
	if !*long {
		t.Skip("long form only: " + why)
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "dlrgate-faults-")
	if err != nil {
		panic(err)
	}
	buildDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// buildDir holds the programs under test, for as long as the tests run.
var buildDir string

// gateway builds the program with its fault points once for all tests.
var gateway = sync.OnceValues(func() (string, error) { return build("dlrgate") })

func build(name string, flags ...string) (string, error) {
	program := filepath.Join(buildDir, name)
	args := append([]string{"build", "-tags", "faultpoints", "-o", program}, flags...)
	out, err := exec.Command("go", append(args, "../cmd/dlrgate")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return program, nil
}

// source makes receipts, every fourth message with an intermediate one before
// the final one, so that there is an order to keep.
func source(receipts int) *simulator.Source {
	d := simulator.DefaultDialect()
	d.Intermediates = 0.25
	return simulator.NewSource(simulator.SourceOptions{Dialect: d, Receipts: uint64(receipts), Seed: 11})
}
