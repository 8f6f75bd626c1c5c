package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// line is one line of a stranger's log: a PDU as its library decoded or sent it.
type line struct {
	Listening int      `json:"listening"`
	Error     string   `json:"error"`
	Session   int      `json:"session"`
	Direction string   `json:"direction"` // in: from the gateway; out: to it
	Command   string   `json:"command"`
	Status    uint32   `json:"status"`
	Sequence  uint32   `json:"sequence"`
	Bind      *bindPDU `json:"bind"`
}

// bindPDU is the body of a bind.
type bindPDU struct {
	SystemID         string `json:"system_id"`
	Password         string `json:"password"`
	SystemType       string `json:"system_type"`
	InterfaceVersion int    `json:"interface_version"`
	AddrTON          int    `json:"addr_ton"`
	AddrNPI          int    `json:"addr_npi"`
	AddressRange     string `json:"address_range"`
}

// answer is the header of a response, but for its sequence.
type answer struct {
	Command string
	Status  uint32
}

// smsc is a running stranger.
type smsc struct {
	*child
	port int
}

func startSMSC(ctx context.Context, t *testing.T, s stranger, play *script) *smsc {
	t.Helper()
	input, err := json.Marshal(play)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, s.run[0], s.run[1:]...)
	cmd.Dir, cmd.Stdin = s.dir, bytes.NewReader(input)
	out := &smsc{child: start(t, s.name, cmd)}
	out.waitFor(ctx, t, "its port", func(lines []string) bool { return len(lines) > 0 })
	out.port = out.log(t)[0].Listening
	return out
}

func (s *smsc) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// log is what the stranger has written down so far.
func (s *smsc) log(t *testing.T) []line {
	t.Helper()
	out, err := readLog(s.out.all())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readLog(lines []string) ([]line, error) {
	out := make([]line, len(lines))
	for i, text := range lines {
		if err := json.Unmarshal([]byte(text), &out[i]); err != nil {
			return nil, fmt.Errorf("line %d of the stranger's log: %w: %s", i+1, err, text)
		}
	}
	return out, nil
}

// waitForEnquireLink waits until the gateway has asked on the session.
func (s *smsc) waitForEnquireLink(ctx context.Context, t *testing.T, session int) {
	t.Helper()
	s.waitFor(ctx, t, "an enquire_link from the gateway", func(lines []string) bool {
		log, err := readLog(lines)
		return err == nil && count(log, session, "out", "enquire_link_resp") > 0
	})
}

func count(log []line, session int, direction, command string) int {
	n := 0
	for _, l := range log {
		if l.Session == session && l.Direction == direction && l.Command == command {
			n++
		}
	}
	return n
}

// checkLog holds a stranger's log against its script: the bind, the answer to
// every request, enquire_link both ways, the unbind from the right side.
func checkLog(t *testing.T, log []line, play *script, b binding) {
	t.Helper()
	for _, l := range log {
		if l.Error != "" {
			t.Errorf("session %d: the stranger says: %s", l.Session, l.Error)
		}
	}
	for i, scene := range play.Sessions {
		checkBind(t, log, i, b)
		if diff := cmp.Diff(scene.answers(), answersOf(t, log, i)); diff != "" {
			t.Errorf("session %d: answers by sequence (-want +got):\n%s", i, diff)
		}
		unbinds, unbound := "in", "out"
		if scene.Unbind {
			unbinds, unbound = "out", "in"
		}
		for _, want := range []struct{ direction, command string }{
			{"out", "bind_" + b.Mode + "_resp"},
			{"out", "enquire_link"},
			{"in", "enquire_link_resp"},
			{unbinds, "unbind"},
			{unbound, "unbind_resp"},
		} {
			if n := count(log, i, want.direction, want.command); n != 1 {
				t.Errorf("session %d: %d %s %s, want 1", i, n, want.command, want.direction)
			}
		}
		if asked, answered := count(log, i, "in", "enquire_link"), count(log, i, "out", "enquire_link_resp"); asked != answered {
			t.Errorf("session %d: %d enquire_link from the gateway and %d answers", i, asked, answered)
		}
	}
}

// checkBind expects the bind to be the first PDU of its session, and the only one.
func checkBind(t *testing.T, log []line, session int, b binding) {
	t.Helper()
	command := "bind_" + b.Mode
	for _, l := range log {
		if l.Session != session || l.Direction == "" {
			continue
		}
		if l.Command != command || l.Direction != "in" {
			t.Fatalf("session %d begins with %s %s, want %s", session, l.Command, l.Direction, command)
		}
		if diff := cmp.Diff(&b.Want, l.Bind); diff != "" {
			t.Errorf("session %d: %s (-want +got):\n%s", session, command, diff)
		}
		break
	}
	if n := count(log, session, "in", command); n != 1 {
		t.Errorf("session %d: %d %s, want 1", session, n, command)
	}
}

// answersOf are the responses in a session to the script's requests: all but
// those to enquire_link and unbind, whose sequence numbers are the library's.
func answersOf(t *testing.T, log []line, session int) map[uint32]answer {
	t.Helper()
	out := map[uint32]answer{}
	for _, l := range log {
		isResponse := strings.HasSuffix(l.Command, "_resp") || l.Command == "generic_nack"
		if l.Session != session || l.Direction != "in" || !isResponse {
			continue
		}
		if l.Command == "enquire_link_resp" || l.Command == "unbind_resp" {
			if l.Status != 0 {
				t.Errorf("session %d: %s has command_status 0x%x", session, l.Command, l.Status)
			}
			continue
		}
		if _, twice := out[l.Sequence]; twice {
			t.Errorf("session %d: sequence %d is answered twice", session, l.Sequence)
		}
		out[l.Sequence] = answer{l.Command, l.Status}
	}
	return out
}
