package gateway_test

import (
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestSilenceWithoutAReceipt: a bind that never brought a receipt has no time of its
// last one.
func TestSilenceWithoutAReceipt(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{Operator: "    silence_alarm: 1ns"})
	must(t, s.smsc.WaitBound(ctx, 1), s)
	s.untilBinds(t, `"state":"bound"`)
	s.AlarmSilence()
	if log := s.log.String(); !strings.Contains(log, "bound but silent") || strings.Contains(log, "last_receipt") {
		t.Errorf("want the alarm, and no time that never was:\n%s", log)
	}
}
