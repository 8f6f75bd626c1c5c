package event_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// dated has ten digits in its body, undated has not.
const (
	dated   = "id:7 done date:2611231015 stat:DELIVRD"
	undated = "id:123456789 stat:DELIVRD"
)

func wire(body string) *event.Facts {
	return &event.Facts{
		Operator: "a", Account: "gw", Bind: "a/gw/1", Command: "deliver_sm", Sequence: 1,
		Source: event.Address{TON: 1, NPI: 1, Addr: "33612345678"}, Dest: event.Address{TON: 5, Addr: "ACME"},
		ESMClass: 4, Body: []byte(body), ReceivedAt: received,
		TLVs: []receipt.TLV{{Tag: 0x001E, Value: []byte("7\x00")}, {Tag: 0x0427, Value: []byte{2}}},
	}
}

func TestIDIsOfTheWire(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		body   string
		change func(*event.Facts)
		same   bool
	}{
		{"another bind and account", dated, func(f *event.Facts) { f.Account, f.Bind = "gw2", "a/gw2/1" }, true},
		{"another sequence_number", dated, func(f *event.Facts) { f.Sequence = 2 }, true},
		{"another command", dated, func(f *event.Facts) { f.Command = "data_sm" }, true},
		{"another service_type", dated, func(f *event.Facts) { f.ServiceType = "CMT" }, true},
		{"a problem noted", dated, func(f *event.Facts) { f.Problems = []string{"x"} }, true},
		{"a year later", dated, func(f *event.Facts) { f.ReceivedAt = received.AddDate(1, 0, 0) }, true},
		{"later that day, undated", undated, func(f *event.Facts) { f.ReceivedAt = received.Add(13 * time.Hour) }, true},
		{"that UTC day in another zone, undated", undated, func(f *event.Facts) {
			f.ReceivedAt = received.Add(13 * time.Hour).In(time.FixedZone("", 12*3600))
		}, true},
		{"the next day, undated", undated, func(f *event.Facts) { f.ReceivedAt = received.Add(14 * time.Hour) }, false},
		{"the next day, no body", "", func(f *event.Facts) { f.ReceivedAt = received.Add(14 * time.Hour) }, false},
		{"the next day, ten digits in UTF-16", spread(dated), func(f *event.Facts) { f.ReceivedAt = received.Add(14 * time.Hour) }, true},
		{"the next day, nine digits and one", "123456789 0", func(f *event.Facts) { f.ReceivedAt = received.Add(14 * time.Hour) }, false},
		{"another operator", dated, func(f *event.Facts) { f.Operator = "b" }, false},
		{"another source", dated, func(f *event.Facts) { f.Source.Addr = "33612345679" }, false},
		{"another destination", dated, func(f *event.Facts) { f.Dest.Addr = "ACM" }, false},
		{"source and destination swapped", dated, func(f *event.Facts) { f.Source, f.Dest = f.Dest, f.Source }, false},
		{"another source TON", dated, func(f *event.Facts) { f.Source.TON = 0 }, false},
		{"another destination NPI", dated, func(f *event.Facts) { f.Dest.NPI = 1 }, false},
		{"another esm_class", dated, func(f *event.Facts) { f.ESMClass = 0x20 }, false},
		{"another data_coding", dated, func(f *event.Facts) { f.DataCoding = 8 }, false},
		{"another body", dated, func(f *event.Facts) { f.Body = append(f.Body, 0) }, false},
		{"a TLV more", dated, func(f *event.Facts) { f.TLVs = append(f.TLVs, receipt.TLV{Tag: 0x1403}) }, false},
		{"another tag", dated, func(f *event.Facts) { f.TLVs[0].Tag = 0x001D }, false},
		{"another value", dated, func(f *event.Facts) { f.TLVs[1].Value = []byte{5} }, false},
		{"TLVs in another order", dated, func(f *event.Facts) { slices.Reverse(f.TLVs) }, false},
		{"an octet on the other side of a field's end", dated, func(f *event.Facts) {
			f.Operator, f.Source.Addr = "a3", "3612345678"
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := wire(tt.body)
			before := event.ID(f)
			tt.change(f)
			if got := event.ID(f); (got == before) != tt.same {
				t.Errorf("id %s, then %s", before, got)
			}
		})
	}
}

// TestPlaceholdersTellNothingApart: an id that comes round again and dates that
// say nothing are the octets of many messages, so the day belongs to the id.
func TestPlaceholdersTellNothingApart(t *testing.T) {
	t.Parallel()
	for digits, tells := range map[string]bool{
		"0000000000": false, "000000000000": false, "00000000000000": false, "0000000000000000": false,
		"1111111111": false, "9999999999": false, "99999999999999": false,
		"7001010000": false, "7001010100": false, "6912311900": false, "700101000000": false, "197001010000": false,
		"19700101000000": false, "19691231190000": false, "19700101000000000": false,
		"0001010000": false, "0101010000": false, "010101000000": false, "000101010000": false, "00010101000000": false,
		"19000101000000": false, "20000101000000": false, "9912312359": false, "99991231235959": false,
		"000000000": false, "123456789": false,
		"2611231015": true, "261123101530": true, "20261123101530": true, "2601010001": true, "0000000001": true, "1234567890": true,
		"0059113978": true, "100003200301260826144944571000": true, "000000000000000000000000000070": true,
	} {
		for name, body := range map[string]string{
			"a date": "id:7 submit date:" + digits + " done date:" + digits + " stat:DELIVRD",
			"an id":  "id:" + digits + " stat:DELIVRD",
			"UTF-16": spread("id:7 done date:" + digits + " stat:DELIVRD"),
			"alone":  digits,
		} {
			today, tomorrow := wire(body), wire(body)
			tomorrow.ReceivedAt = received.Add(24 * time.Hour)
			if same := event.ID(today) == event.ID(tomorrow); same != tells {
				t.Errorf("%s %s: the same id the next day: %v, want %v", name, digits, same, tells)
			}
		}
	}
	later := wire("id:7 submit date:0000000000 done date:2611231015 stat:DELIVRD")
	before := event.ID(later)
	if later.ReceivedAt = received.Add(24 * time.Hour); event.ID(later) != before {
		t.Error("a date beside zeros tells nothing apart")
	}
}

// spread writes ASCII as UTF-16BE.
func spread(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.Write([]byte{0, c})
	}
	return b.String()
}

// TestIDNeverChanges holds ids that receivers have stored: a program that gives
// others forgets what it sent.
func TestIDNeverChanges(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		dated:   "rcpt_fc31d84b4535f6d4effa8fde16c2584c",
		undated: "rcpt_d7319dd3dd993b3d64c362ad789b282f",
	} {
		if got := event.ID(wire(body)); got != want {
			t.Errorf("%q has id %s, had %s", body, got, want)
		}
	}
}
