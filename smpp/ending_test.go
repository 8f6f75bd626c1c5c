package smpp

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestEndOfConnection(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	for _, c := range []struct {
		name string
		got  ending
		want cause
		says string
	}{
		{"read: closed", endOfReading(io.EOF, time.Second), causeLost, "connection lost: EOF"},
		{"read: half a PDU in time", endOfReading(fmt.Errorf("read: %w", os.ErrDeadlineExceeded), time.Second), causeStalled, "within 1s"},
		{"read: bad length", endOfReading(badLengthError(7), time.Second), causeGarbage, "command_length 7"},
		{"write: closed", endOfWriting(reset), causeLost, "broken pipe"},
		{"write: in time", endOfWriting(fmt.Errorf("write: %w", os.ErrDeadlineExceeded)), causeNotRead, "does not read"},
		{"write: queue full", endOfWriting(errOutboxFull), causeNotRead, "too many answers wait"},
	} {
		if c.got.cause != c.want || !strings.Contains(c.got.reason, c.says) || c.got.advice == "" {
			t.Errorf("%s: %+v, want cause %d that says %q", c.name, c.got, c.want, c.says)
		}
	}
}
