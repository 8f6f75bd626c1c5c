package mapping_test

import (
	"testing"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// busy is a table with rules of every class that do not match, and a receipt
// that is decided last of all, by the profile.
func busy(tb testing.TB) (*mapping.Table, *receipt.Receipt) {
	tb.Helper()
	rules := []mapping.Rule{
		{Stat: "UNDELIV", Err: "777", Status: "permanent_error_absence"},
		{TLV: &mapping.TLVMatch{Tag: 0x1403, Value: "20801"}, Status: "reception_error"},
		{NetworkErrorType: new(8), NetworkErrorCode: new(5), Status: "reception_error"},
		{Err: "778", Status: "reception_error"},
		{Stat: "NOCRED", Status: "not_sent_insufficient_credit"},
	}
	table, problems := mapping.Compile(mapping.Options{Profile: "infobip", Rules: rules})
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	r := text("UNDELIV", "27")
	r.MessageState = 5
	r.TLVs = []receipt.TLV{{Tag: 0x1401, Value: []byte("x")}}
	return table, r
}

func TestDecideAllocatesNothing(t *testing.T) {
	table, r := busy(t)
	if n := testing.AllocsPerRun(100, func() { _ = table.Decide(r) }); n != 0 {
		t.Errorf("Decide allocates %v times, want 0", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	table, r := busy(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = table.Decide(r)
	}
}
