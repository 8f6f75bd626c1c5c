// Command bench measures the whole chain with the real programs, each run with a
// gateway of its own: smscsim storm plays SMSC and webhook on the machine that
// runs the gateway. It prints a row of a Markdown table for each run;
// docs/benchmarks.md is made of them.
//
// It promises that what it reports was the gateway's own doing: CPU and memory
// are those of the gateway's process alone, and a run that lost a receipt, or
// whose lag at the end is a second of intake or more, says so.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// bench is one call of the command.
type bench struct {
	ctx  context.Context //nolint:containedctx // a program's own, not a request's
	bin  string          // the folder of the programs
	time time.Duration
	dsn  string
}

func main() {
	log.SetFlags(0)
	defer explain()
	only := flag.String("run", "", "run what matches this regular expression")
	length := flag.Duration("duration", time.Minute, "how long receipts come in each run")
	dsn := flag.String("dsn", "", "a PostgreSQL database to run against; none: those runs are left out")
	stored := flag.Int("stored", 10_000_000, "receipts that are there before the run \"stored\"")
	backlog := flag.Int("backlog", 2_000_000, "receipts of operator A that wait in the run \"backlog\"")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	match, err := regexp.Compile(*only)
	check(err)
	bin, err := os.MkdirTemp("", "dlrgate-bench-")
	check(err)
	defer func() { _ = os.RemoveAll(bin) }()
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, "./cmd/...") //nolint:gosec // our own programs
	build.Stderr = os.Stderr
	check(build.Run())

	b := &bench{ctx: ctx, bin: bin, time: *length, dsn: *dsn}
	fmt.Println(head)
	for i, r := range runs {
		if match.MatchString(r.name) && (!r.postgres || *dsn != "") {
			b.measure(r, i+1)
		}
	}
	b.fairness(match)
	b.crowds(match)
	if match.MatchString("stored") {
		b.stored(*stored)
	}
	if match.MatchString("backlog") {
		b.backlog(*backlog)
	}
}

// fault ends the command by way of main, so that what was started is removed.
type fault struct{ error }

// check ends the command: a benchmark that goes on after a fault measures
// something else.
func check(err error) {
	if err != nil {
		panic(fault{err})
	}
}

func explain() {
	switch f := recover().(type) {
	case nil:
	case fault:
		log.Fatal(f.error)
	default:
		panic(f)
	}
}
