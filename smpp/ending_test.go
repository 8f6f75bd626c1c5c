package smpp

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestEndOfConnection(t *testing.T) {
	t.Parallel()
	opts := testOptions("127.0.0.1:1").withDefaults()
	s := newSession(newBind(&common{opts: &opts}, opts.Accounts[0], 1, opts.Addresses), nil)
	close(s.accepted)
	reset := &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	for _, c := range []struct {
		name string
		got  ending
		want cause
		says string
	}{
		{"read: closed", s.endOfReading(io.EOF), causeLost, "connection lost: EOF"},
		{"read: half a PDU in time", s.endOfReading(fmt.Errorf("read: %w", os.ErrDeadlineExceeded)), causeStalled, "within 1m0s"},
		{"read: bad length", s.endOfReading(badLengthError(7)), causeGarbage, "command_length 7"},
		{"write: closed", s.endOfWriting(reset), causeLost, "broken pipe"},
		{"write: in time", s.endOfWriting(fmt.Errorf("write: %w", os.ErrDeadlineExceeded)), causeNotRead, "does not read"},
		{"write: queue full", s.endOfWriting(errOutboxFull), causeNotRead, "too many answers wait"},
	} {
		if c.got.cause != c.want || !strings.Contains(c.got.reason, c.says) || c.got.advice == "" {
			t.Errorf("%s: %+v, want cause %d that says %q", c.name, c.got, c.want, c.says)
		}
	}
}
