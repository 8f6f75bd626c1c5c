package explain_test

import (
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/explain"
)

// TestWhatCannotBeRead names what is wrong with a paste, each in its own words.
func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	broken := func(octets []byte) (*event.Facts, bool) {
		return &event.Facts{Command: "deliver_sm", Malformed: "the PDU ends"}, len(octets) == 1
	}
	for want, p := range map[string]explain.Pasted{
		"give one of them":            {Text: "x", RawHex: "6162"},
		"raw_hex: ":                   {RawHex: "zz"},
		"octets cannot be read":       {Text: "hex:zz"},
		"this deliver_sm: the PDU":    {Text: "61"},
		`pdu "submit_sm" is`:          {Text: "x", PDU: "submit_sm"},
		`carrier "pigeon" is`:         {Text: `{"text": "x", "carrier": "pigeon"}`},
		"tlvs: [0]: tag":              {Text: "x", TLVs: []byte(`[{"tag": "message_state", "hex": "02"}]`)},
		"tlvs: an object is needed":   {Text: "x", TLVs: []byte(`7`)},
		`tlvs: "banana": neither a T`: {Text: "x", TLVs: []byte(`{"banana": "01"}`)},
	} {
		if f, err := p.Facts(broken); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %+v, %v; want %q", p, f, err, want)
		}
	}
}
