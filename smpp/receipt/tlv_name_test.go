package receipt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTLVs(t *testing.T) {
	t.Parallel()
	tlvs, problems, err := ParseTLVs([]byte(`{"0x1403": "3230", "receipted_message_id": "2a", "message_state": 2,
		"network_error_code": "0x030001", "banana": "00", "0x0427": "05", "user_message_reference": "zz", "message_state": "9000"}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]TLV{
		{0x1403, []byte("20")},
		{0x001E, []byte("2a")},
		{0x0427, []byte{2}},
		{0x0423, []byte{3, 0, 1}},
		{0x0427, []byte{5}},
	}, tlvs); diff != "" {
		t.Errorf("in their order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		`"banana": neither a TLV's name nor a tag as 0x1403`, `user_message_reference: its value "zz" is no hex`,
		`message_state "9000": a number from 0 to 255 is needed`,
	}, problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{`[]`, `"x"`, ``, `{"a": `} {
		if _, _, err := ParseTLVs([]byte(bad)); err == nil {
			t.Errorf("%q is taken for an object", bad)
		}
	}
}
