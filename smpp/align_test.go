package smpp

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// TestWrongLengths: one length that is off hides none of the facts behind it.
func TestWrongLengths(t *testing.T) {
	t.Parallel()
	const (
		head  = "\x00\x01\x0133612345678\x00\x05\x00ACME\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00"
		text  = "id:1 stat:DELIVRD err:000" // 25 octets
		id    = "\x00\x1e\x00\x0838601fa\x00"
		state = "\x04\x27\x00\x01\x02"
		mnc   = "\x14\x03\x00\x0520801"
	)
	for name, test := range map[string]struct {
		body string
		want string // the body, then tags
		good bool   // without a problem
	}{
		"right":                       {body: "\x19" + text + id + state, want: text + " 001e 0427", good: true},
		"right, a NUL counted":        {body: "\x1a" + text + "\x00" + id + state, want: text + " 001e 0427", good: true},
		"one NUL left over":           {body: "\x19" + text + "\x00" + id + state, want: text + " 001e 0427"},
		"two NULs left over":          {body: "\x19" + text + "\x00\x00" + id + state, want: text + " 001e 0427"},
		"three NULs left over":        {body: "\x19" + text + "\x00\x00\x00" + id + state, want: text + " 001e 0427"},
		"four NULs left over":         {body: "\x19" + text + "\x00\x00\x00\x00" + id + state, want: text + " 001e 0427"},
		"a NUL, and NULs at the end":  {body: "\x19" + text + "\x00" + id + state + "\x00\x00", want: text + " 001e 0427"},
		"one short of the text":       {body: "\x18" + text + id + state, want: text + " 001e 0427"},
		"eight short of the text":     {body: "\x11" + text + id + state, want: text + " 001e 0427"},
		"zero":                        {body: "\x00" + text + id + state, want: text + " 001e 0427"},
		"one long":                    {body: "\x1a" + text + id + state, want: text + " 001e 0427"},
		"one long, the state first":   {body: "\x1a" + text + state + id, want: text + " 0427 001e"},
		"two long, a vendor's first":  {body: "\x1b" + text + mnc + state, want: text + " 1403 0427"},
		"one long, no TLVs":           {body: "\x1a" + text, want: text},
		"past the end, TLVs":          {body: "\x20" + text + state, want: text + " 0427"},
		"a TLV's NUL not counted":     {body: "\x19" + text + "\x00\x1e\x00\x0738601fa\x00" + state + mnc, want: text + " 001e 0427 1403"},
		"a TLV one long":              {body: "\x19" + text + "\x00\x1e\x00\x0838601fa" + state + mnc, want: text + " 001e 0427 1403"},
		"the last TLV one long":       {body: "\x19" + text + state + "\x00\x1e\x00\x0838601fa", want: text + " 0427 001e"},
		"both wrong":                  {body: "\x19" + text + "\x00\x00\x1e\x00\x0738601fa\x00" + state, want: text + " 001e 0427"},
		"a list that does not end":    {body: "\x19" + text + state + "\x00\x1e\x00\x40abc", want: text + " 0427"},
		"NULs at the end":             {body: "\x19" + text + id + strings.Repeat("\x00", 9), want: text + " 001e"},
		"a tag that nobody knows":     {body: "\x19" + text + "\xff\x01\x00\x01x" + state, want: text + " ff01 0427", good: true},
		"an empty message, a payload": {body: "\x00\x00\x04\x24\x00\x19" + text + state, want: text + " 0424 0427"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d DeliverSM
			d.decode(pdu.DeliverSMID, []byte(head+test.body))
			got := strings.Trim(string(d.Body()), "\x00")
			for _, tlv := range d.TLVs {
				got += " " + hexTag(tlv.Tag)
			}
			if got != test.want || d.Malformed != "" || (len(d.Problems) == 0) != test.good {
				t.Errorf("read %q, malformed %q, problems %q; want %q", got, d.Malformed, d.Problems, test.want)
			}
			for _, tlv := range d.TLVs {
				if tlv.Tag == 0x001E && string(bytes.TrimRight(tlv.Value, "\x00")) != "38601fa" || tlv.Tag == 0x0427 && !bytes.Equal(tlv.Value, []byte{2}) {
					t.Errorf("TLV %#04x holds %q", tlv.Tag, tlv.Value)
				}
			}
		})
	}
	var d DeliverSM
	d.decode(pdu.DataSMID, []byte("\x00\x01\x0133612345678\x00\x05\x00ACME\x00\x04\x00\x00\x00"+id+state))
	if len(d.TLVs) != 2 || len(d.Problems) != 1 {
		t.Errorf("data_sm with a NUL left over: %v, problems %q", d.TLVs, d.Problems)
	}
}

// TestBlankMessage: a short_message of blanks does not hide message_payload.
func TestBlankMessage(t *testing.T) {
	t.Parallel()
	for _, blank := range []string{"", "\x00", " ", "   ", "\x00\x00", " \x00", "\r\n", "\t", "\x00 \x00 "} {
		d := DeliverSM{ShortMessage: []byte(blank), TLVs: []TLV{{0x0424, []byte(" ")}, {0x0424, []byte("id:1")}}}
		if got := string(d.Body()); got != "id:1" {
			t.Errorf("behind %q the body is %q", blank, got)
		}
	}
	d := DeliverSM{ShortMessage: []byte(" "), TLVs: []TLV{{0x0424, nil}}}
	if got := string(d.Body()); got != " " {
		t.Errorf("without a payload the body is %q", got)
	}
}

func hexTag(tag uint16) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[tag>>12], digits[tag>>8&15], digits[tag>>4&15], digits[tag&15]})
}
