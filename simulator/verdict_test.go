package simulator_test

import (
	"fmt"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// answeredOK runs the messages of a dialect through an ESME that takes all.
func answeredOK(t *testing.T, spec string, n uint64) *simulator.Ledger {
	t.Helper()
	ctx := patient(t)
	c := start(t, simulator.Options{})
	bound(t, c.Addr(), nil)
	if err := c.Play(ctx, messages(n, spec), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitSettled(ctx); err != nil {
		t.Fatal(err)
	}
	return c.Ledger()
}

// forward posts what a gateway would make of an entry.
func forward(t *testing.T, s *simulator.Sink, e simulator.Entry, sequence int, status string) {
	t.Helper()
	id := e.TextID
	if e.TLVID != "" {
		id = e.TLVID
	}
	body := fmt.Sprintf(`{"type":"sms.receipt","data":{"id":"rcpt_%s_%s","sequence":%d,"operator":"acme","message_id":%q,
	"recipient":%q,"status":{"name":%q},"receipt":{"stat":%q,"message_state":%d}}}`,
		e.Recipient, e.Stat, sequence, id, e.Recipient, status, e.Stat, e.State)
	if got := post(t, s.URL("/app"), body, nil); got != 200 {
		t.Fatalf("answered %d", got)
	}
}

func TestVerdict(t *testing.T) {
	for _, spec := range []string{"smpp", "infobip", "vonage", "melrose_unecast_vianett", "smpp+tlv_only", "smpp+unreadable"} {
		t.Run(spec, func(t *testing.T) {
			ledger := answeredOK(t, spec, 30)
			s := sink(t, simulator.SinkOptions{})
			entries := ledger.Entries()
			for i, e := range entries {
				forward(t, s, e, i+1, e.Status)
			}
			v := simulator.Judge(ledger, s.At("/app"))
			if !v.OK() || v.Answered != len(entries) || v.Delivered != len(entries) || len(v.WrongStatus) > 0 || len(v.Disorder) > 0 {
				t.Errorf("all delivered: %s", v.String())
			}
			if v.Answer.Count != len(entries) || v.Answer.Max <= 0 || v.Delivery.P50 <= 0 {
				t.Errorf("latencies %+v %+v", v.Answer, v.Delivery)
			}
		})
	}
}

func TestVerdictFindsWhatIsWrong(t *testing.T) {
	ledger := answeredOK(t, "smpp", 5)
	entries := ledger.Entries()
	s := sink(t, simulator.SinkOptions{})
	forward(t, s, entries[0], 1, entries[0].Status)
	forward(t, s, entries[0], 1, entries[0].Status) // repeated
	forward(t, s, entries[1], 9, "internal_error")
	second := entries[1]
	second.Stat = "ENROUTE" // never sent, and of a lower sequence
	forward(t, s, second, 8, "in_progress")
	forward(t, s, entries[2], 3, entries[2].Status)

	v := simulator.Judge(ledger, s.At("/app"))
	if v.OK() || v.Delivered != 3 || len(v.Missing) != 2 || v.Missing[0].Number != 4 || v.Missing[1].Number != 5 {
		t.Errorf("missing: %s %+v", v.String(), v.Missing)
	}
	if v.Repeated != 1 || len(v.Unexpected) != 1 || v.Unexpected[0].Stat != "ENROUTE" {
		t.Errorf("repeated and unexpected: %s", v.String())
	}
	if len(v.WrongStatus) != 1 || v.WrongStatus[0].Entry.Number != 2 {
		t.Errorf("wrong status: %+v", v.WrongStatus)
	}
	if len(v.Disorder) != 1 || v.Disorder[0].Sequence != 8 {
		t.Errorf("disorder: %+v", v.Disorder)
	}
}
