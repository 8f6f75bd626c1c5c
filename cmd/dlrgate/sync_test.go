package main

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestSync traces the system calls of the real program: between reading a
// deliver_sm and writing its answer, a sync of the log returned 0. A kill keeps
// the page cache, so TestKill cannot tell the difference.
func TestSync(t *testing.T) {
	answers, unsynced := traceAnswers(t, "")
	if answers == 0 || unsynced != 0 {
		t.Errorf("%d of %d answers left before the log was synced", unsynced, answers)
	}
}

// TestSyncCanFail runs the same trace against a log that is never synced: the
// test above would notice.
func TestSyncCanFail(t *testing.T) {
	answers, unsynced := traceAnswers(t, "1")
	if unsynced == 0 {
		t.Errorf("none of %d answers was found to leave unsynced, with synchronous=OFF", answers)
	}
}

// traceAnswers lets the program answer receipts one at a time under strace, and
// returns how many it answered and how many of them before a sync.
func traceAnswers(t *testing.T, synchronousOff string) (answers, unsynced int) {
	need(t, "strace")
	const receipts = 50
	ctx := context.WithValue(within(t, 3*time.Minute), synchronousOffKey{}, synchronousOff)
	smsc, err := simulator.Start(simulator.Options{Window: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer smsc.Close()
	sink, err := simulator.StartSink(simulator.SinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	trace := filepath.Join(t.TempDir(), "trace")
	file := configure(t, chainYAML, chainValues{smsc.Addr(), sink.URL("/app"), 1})
	p := start(ctx, t, file, "strace", "-f", "-qq", "-yy", "-x", "-s", "16", "-o", trace, "-e", "trace=read,write,fsync,fdatasync")
	if err := smsc.WaitBound(ctx, 1); err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
	if err := smsc.Play(ctx, simulator.NewSource(simulator.SourceOptions{Receipts: receipts}), 0); err != nil {
		t.Fatal(err)
	}
	if err := smsc.WaitOK(ctx, receipts); err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
	p.kill()
	return readTrace(t, trace, smsc.Addr(), filepath.Dir(file))
}

var (
	unfinished = regexp.MustCompile(`^(\d+) +(.*) <unfinished \.\.\.>$`)
	resumed    = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
	call       = regexp.MustCompile(`^\d+ +(\w+)\(\d+<(.*?)>[,)]`)
)

// The command_id of a PDU as strace prints its octets 4 to 7.
const (
	commandDeliverSM     = `\x00\x00\x00\x05`
	commandDeliverSMResp = `\x80\x00\x00\x05`
)

// readTrace goes through the calls in order. A call counts when it returned,
// except the write of an answer, which counts when it began.
func readTrace(t *testing.T, trace, smsc, folder string) (answers, unsynced int) {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	begun := map[string]string{}
	synced := false
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line, answered := lines.Text(), false
		if m := unfinished.FindStringSubmatch(line); m != nil {
			begun[m[1]] = m[1] + " " + m[2]
			line, answered = begun[m[1]], true // only a write counts when it begins
		} else if m := resumed.FindStringSubmatch(line); m != nil {
			line = begun[m[1]] + m[2]
			if isWrite(line) {
				continue // counted when it began
			}
		}
		c := call.FindStringSubmatch(line)
		if c == nil || answered && c[1] != "write" {
			continue
		}
		onSession := strings.Contains(c[2], smsc)
		switch {
		case c[1] == "read" && onSession && strings.Contains(line, commandDeliverSM):
			synced = false
		case strings.HasSuffix(c[1], "sync") && strings.Contains(c[2], folder) && strings.HasSuffix(line, "= 0"):
			synced = true
		case c[1] == "write" && onSession && strings.Contains(line, commandDeliverSMResp):
			answers++
			if !synced {
				unsynced++
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return answers, unsynced
}

func isWrite(line string) bool { return strings.Contains(line, " write(") }
