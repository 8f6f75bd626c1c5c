package interop_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// capture is tshark reading the loopback traffic of one stranger as it passes.
type capture struct {
	*child
	port string
}

// columns are what tshark prints of each frame, separated by tabs; a frame with
// several PDUs has several values, separated by bars.
var columns = []string{
	"tcp.dstport", "smpp.command_id", "smpp.command_status",
	"_ws.malformed", "_ws.expert.severity", "_ws.expert.message",
}

// startCapture returns when every further packet of the port will be seen.
func startCapture(ctx context.Context, t *testing.T, port int) *capture {
	t.Helper()
	c := &capture{port: strconv.Itoa(port)}
	args := []string{
		"-i", "lo", "-f", "tcp port " + c.port, "-d", "tcp.port==" + c.port + ",smpp",
		"-l", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|",
	}
	for _, column := range columns {
		args = append(args, "-e", column)
	}
	c.child = start(t, "tshark", exec.CommandContext(ctx, "tshark", args...))
	c.wait(ctx, t, "start of the capture", c.err, func(lines []string) bool {
		return strings.Contains(strings.Join(lines, "\n"), "Capture started")
	})
	return c
}

// frame is what tshark says of one frame.
type frame struct {
	fromGateway bool
	commands    []string
	statuses    []string
	malformed   bool
	warnings    []string // expert information of severity warning or worse
}

// severityWarning is Wireshark's PI_WARN; a note, such as a FIN, is part of any session.
const severityWarning = 0x600000

func (c *capture) frames(t *testing.T, text []string) []frame {
	t.Helper()
	var out []frame
	for _, row := range text {
		values := strings.Split(row, "\t")
		if len(values) != len(columns) {
			t.Fatalf("tshark printed %d columns, want %d: %q", len(values), len(columns), row)
		}
		f := frame{
			fromGateway: values[0] == c.port, commands: list(values[1]), statuses: list(values[2]), malformed: values[3] != "",
		}
		severities, messages := list(values[4]), list(values[5])
		if len(severities) != len(messages) {
			t.Fatalf("%d severities for %d messages: %q", len(severities), len(messages), row)
		}
		for i, s := range severities {
			if severity, err := strconv.ParseUint(s, 0, 64); err != nil || severity >= severityWarning {
				f.warnings = append(f.warnings, messages[i])
			}
		}
		out = append(out, f)
	}
	return out
}

func list(values string) []string {
	if values == "" {
		return nil
	}
	return strings.Split(values, "|")
}

// commandNames are the commands of the script (SMPP 3.4 §5.1.2.1).
var commandNames = map[string]string{
	"0x00000001": "bind_receiver", "0x80000001": "bind_receiver_resp",
	"0x00000009": "bind_transceiver", "0x80000009": "bind_transceiver_resp",
	"0x00000005": "deliver_sm", "0x80000005": "deliver_sm_resp",
	"0x00000103": "data_sm", "0x80000103": "data_sm_resp",
	"0x00000015": "enquire_link", "0x80000015": "enquire_link_resp",
	"0x00000006": "unbind", "0x80000006": "unbind_resp",
	"0x00000003": "query_sm", "0x80000000": "generic_nack",
}

// check holds what crossed the wire against the stranger's log: the same number
// of each command and of each command_status in each direction, nothing
// malformed, and no warning that testdata/tshark-warnings.tsv does not explain.
func (c *capture) check(ctx context.Context, t *testing.T, log []line) {
	t.Helper()
	want := logCounts(log)
	c.waitFor(ctx, t, "the last unbind_resp", func(lines []string) bool {
		got := frameCounts(c.frames(t, lines))
		return got["in unbind_resp"] >= want["in unbind_resp"] && got["out unbind_resp"] >= want["out unbind_resp"]
	})
	c.interrupt(t)
	c.expectExit(ctx, t)
	frames := c.frames(t, c.out.all())
	if diff := cmp.Diff(want, frameCounts(frames)); diff != "" {
		t.Errorf("PDUs on the wire differ from the stranger's log (-log +wire):\n%s", diff)
	}
	explained := warnings(t)
	for i, f := range frames {
		if f.malformed {
			t.Errorf("frame %d is malformed: %+v", i+1, f)
		}
		for _, w := range f.warnings {
			if explained[w] == "" {
				t.Errorf("frame %d: tshark warns %q, which testdata/tshark-warnings.tsv does not explain: %+v", i+1, w, f)
			}
		}
	}
}

// logCounts counts PDUs by direction and command, and responses by status.
func logCounts(log []line) map[string]int {
	out := map[string]int{}
	for _, l := range log {
		if l.Direction == "" {
			continue
		}
		out[l.Direction+" "+l.Command]++
		if strings.HasSuffix(l.Command, "_resp") || l.Command == "generic_nack" {
			out[fmt.Sprintf("%s status 0x%08x", l.Direction, l.Status)]++
		}
	}
	return out
}

func frameCounts(frames []frame) map[string]int {
	out := map[string]int{}
	for _, f := range frames {
		direction := "out"
		if f.fromGateway {
			direction = "in"
		}
		for _, id := range f.commands {
			name, known := commandNames[id]
			if !known {
				name = id
			}
			out[direction+" "+name]++
		}
		for _, status := range f.statuses {
			out[direction+" status "+status]++
		}
	}
	return out
}

// warnings are the expert messages that are expected, each with its reason.
func warnings(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/tshark-warnings.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	rows := bufio.NewScanner(f)
	for rows.Scan() {
		message, reason, _ := strings.Cut(rows.Text(), "\t")
		if reason == "" {
			t.Fatalf("testdata/tshark-warnings.tsv: %q has no reason", message)
		}
		out[message] = reason
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
