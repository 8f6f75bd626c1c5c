package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// Generators are made anew: rapid's own are not for several goroutines.

func anyText() *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 200), func(b []byte) string { return string(b) })
}

func anyOctets() *rapid.Generator[[]byte] { return rapid.SliceOfN(rapid.Byte(), 0, 300) }

func anyTime() *rapid.Generator[time.Time] {
	return rapid.Map(rapid.Int64Range(-1<<50, 1<<55), func(µs int64) time.Time { return time.UnixMicro(µs).UTC() })
}

func anyAddress(t *rapid.T, name string) event.Address {
	return event.Address{
		TON: rapid.Byte().Draw(t, name+" TON"), NPI: rapid.Byte().Draw(t, name+" NPI"), Addr: anyText().Draw(t, name),
	}
}

func anyFacts(t *rapid.T) *event.Facts {
	tlv := rapid.Custom(func(t *rapid.T) receipt.TLV {
		return receipt.TLV{Tag: rapid.Uint16().Draw(t, "tag"), Value: anyOctets().Draw(t, "value")}
	})
	return &event.Facts{
		Operator: anyText().Draw(t, "operator"), Account: anyText().Draw(t, "account"), Bind: anyText().Draw(t, "bind"),
		Command: anyText().Draw(t, "command"), Sequence: rapid.Uint32().Draw(t, "sequence"),
		ServiceType: anyText().Draw(t, "service_type"),
		Source:      anyAddress(t, "source"), Dest: anyAddress(t, "dest"),
		ESMClass: rapid.Byte().Draw(t, "esm_class"), DataCoding: rapid.Byte().Draw(t, "data_coding"),
		Body: anyOctets().Draw(t, "body"), TLVs: rapid.SliceOfN(tlv, 1, 5).Draw(t, "tlvs"),
		ReceivedAt: anyTime().Draw(t, "received_at"), Malformed: anyText().Draw(t, "malformed"),
		Problems: rapid.SliceOfN(anyText(), 1, 3).Draw(t, "problems"), CutID: anyText().Draw(t, "cut id"),
	}
}

func TestFactsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyFacts(t)
		b := want.AppendBinary(nil)
		got, err := event.DecodeFacts(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if _, err := event.DecodeFacts(b[:cut]); err == nil {
			t.Fatalf("%d of %d octets were enough", cut, len(b))
		}
	})
}

func TestFactsGiveTheirIDAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		f.CutID = ""
		got, err := event.DecodeFacts(f.AppendBinary(nil))
		if err != nil || event.ID(got) != event.ID(f) {
			t.Fatalf("id %s, was %s; %v", event.ID(got), event.ID(f), err)
		}
	})
}

func TestSummaryRoundTrip(t *testing.T) {
	t.Parallel()
	id := rapid.StringMatching("rcpt_[0-9a-f]{32}")
	rapid.Check(t, func(t *rapid.T) {
		flag := rapid.Bool()
		want := event.Summary{
			Kind: event.Kind(rapid.Byte().Draw(t, "kind")), Operator: anyText().Draw(t, "operator"),
			Account: anyText().Draw(t, "account"), Bind: anyText().Draw(t, "bind"), ID: id.Draw(t, "id"),
			Message:   event.Key(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "message")),
			MessageID: anyText().Draw(t, "message_id"), Recipient: anyText().Draw(t, "recipient"), Sender: anyText().Draw(t, "sender"),
			Stat: anyText().Draw(t, "stat"), Err: anyText().Draw(t, "err"), Status: mapping.Status(rapid.Byte().Draw(t, "status")),
			Final: flag.Draw(t, "final"), Intermediate: flag.Draw(t, "intermediate"),
			Unmapped: flag.Draw(t, "unmapped"), Conflict: flag.Draw(t, "conflict"), ReceivedAt: anyTime().Draw(t, "received_at"),
			Verdict: event.Verdict{
				Duplicate: flag.Draw(t, "duplicate"), Late: flag.Draw(t, "late"), Standing: flag.Draw(t, "standing"),
				Supersedes: rapid.OneOf(rapid.Just(""), id).Draw(t, "supersedes"),
			},
		}
		b := want.AppendBinary(nil)
		got, err := event.DecodeSummary(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if _, err := event.DecodeSummary(b[:cut]); err == nil {
			t.Fatalf("%d of %d octets were enough", cut, len(b))
		}
	})
}

func TestOtherVersionsAreRefused(t *testing.T) {
	t.Parallel()
	f, r, d := acme()
	s := event.New(f, r, d, event.Options{}).Summary()
	facts, summary := f.AppendBinary(nil), s.AppendBinary(nil)
	facts[0], summary[0] = 2, 0
	if _, err := event.DecodeFacts(facts); err == nil || err.Error() != "stored facts: version 2 is not known to this program" {
		t.Errorf("facts: %v", err)
	}
	if _, err := event.DecodeSummary(summary); err == nil || err.Error() != "stored summary: version 0 is not known to this program" {
		t.Errorf("summary: %v", err)
	}
}

// FuzzDecode: no octets break the decoders, and what they read is read the same
// once more.
func FuzzDecode(f *testing.F) {
	facts, r, d := acme()
	s := event.New(facts, r, d, event.Options{}).Summary()
	f.Add(facts.AppendBinary(nil))
	f.Add(s.AppendBinary(nil))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := event.DecodeFacts(b); err == nil {
			again, err := event.DecodeFacts(got.AppendBinary(nil))
			if diff := cmp.Diff(got, again); err != nil || diff != "" {
				t.Errorf("facts: %v\n%s", err, diff)
			}
		}
		if got, err := event.DecodeSummary(b); err == nil {
			again, err := event.DecodeSummary(got.AppendBinary(nil))
			if diff := cmp.Diff(got, again); err != nil || diff != "" {
				t.Errorf("summary: %v\n%s", err, diff)
			}
		}
	})
}
