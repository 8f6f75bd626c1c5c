package receipt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTLVs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tlvs     []TLV
		want     func(*Receipt) any
		equals   any
		kept     []uint16 // tags left in Receipt.TLVs
		problems int
	}{
		"id with NULs around": {
			tlvs: []TLV{{tagReceiptedMessageID, []byte("\x0038601fa\x00\x00")}},
			want: tlvID, equals: Field{Value: "38601fa", Present: true},
		},
		"id without its NUL": {
			tlvs: []TLV{{tagReceiptedMessageID, []byte("38601fa")}},
			want: tlvID, equals: Field{Value: "38601fa", Present: true},
		},
		"octets behind the id": {
			tlvs: []TLV{{tagReceiptedMessageID, []byte("38601fa\x00rest\x00")}},
			want: tlvID, equals: Field{Value: "38601fa", Present: true}, problems: 1,
		},
		"empty id": {
			tlvs: []TLV{{tagReceiptedMessageID, []byte{0}}},
			want: tlvID, equals: Field{Present: true},
		},
		"id twice: the first": {
			tlvs: []TLV{{tagReceiptedMessageID, []byte("a\x00")}, {tagReceiptedMessageID, []byte("b\x00")}},
			want: tlvID, equals: Field{Value: "a", Present: true},
			kept: []uint16{tagReceiptedMessageID}, problems: 1,
		},
		"state": {
			tlvs: []TLV{{tagMessageState, []byte{2}}}, want: state, equals: 2,
		},
		"state of the vendor": {
			tlvs: []TLV{{tagMessageState, []byte{0x84}}}, want: state, equals: 132,
		},
		"state too long, then a readable one": {
			tlvs: []TLV{{tagMessageState, []byte{0, 2}}, {tagMessageState, []byte{5}}},
			want: state, equals: 5, kept: []uint16{tagMessageState}, problems: 2,
		},
		"no state": {want: state, equals: NoState},
		"network error": {
			tlvs: []TLV{{tagNetworkErrorCode, []byte{8, 0x01, 0x7d}}},
			want: networkError, equals: &NetworkError{Type: 8, Code: 381},
		},
		"network error in ASCII": {
			tlvs: []TLV{{tagNetworkErrorCode, []byte("027")}},
			want: networkError, equals: &NetworkError{Code: 27, ASCII: true},
		},
		"network error too short": {
			tlvs: []TLV{{tagNetworkErrorCode, []byte{0}}},
			want: networkError, equals: (*NetworkError)(nil), kept: []uint16{tagNetworkErrorCode}, problems: 1,
		},
		"reference of two octets": {
			tlvs: []TLV{{tagUserMessageReference, []byte{0x12, 0x34}}}, want: reference, equals: "4660",
		},
		"reference of one octet": {
			tlvs: []TLV{{tagUserMessageReference, []byte{7}}}, want: reference, equals: "07",
		},
		"reference of text": {
			tlvs: []TLV{{tagUserMessageReference, []byte("order-4711\x00")}}, want: reference, equals: "order-4711",
		},
		"sar": {
			tlvs: []TLV{{tagSARMsgRefNum, []byte{1, 2}}, {tagSARTotalSegments, []byte{3}}, {tagSARSegmentSeqnum, []byte{2}}},
			want: part, equals: &Part{Ref: 0x0102, Number: 2, Of: 3},
		},
		"sar of one part": {
			tlvs: []TLV{{tagSARMsgRefNum, []byte{1, 2}}, {tagSARTotalSegments, []byte{1}}, {tagSARSegmentSeqnum, []byte{1}}},
			want: part, equals: (*Part)(nil),
		},
		"sar with part 4 of 3": {
			tlvs: []TLV{{tagSARMsgRefNum, []byte{1, 2}}, {tagSARTotalSegments, []byte{3}}, {tagSARSegmentSeqnum, []byte{4}}},
			want: part, equals: (*Part)(nil), problems: 1,
		},
		"unknown ones are kept in order": {
			tlvs: []TLV{{0x1403, []byte("20801")}, {tagMessageState, []byte{2}}, {0x0426, []byte{1}}, {0x1403, nil}},
			want: state, equals: 2, kept: []uint16{0x1403, 0x0426, 0x1403}, problems: 1,
		},
		"another message_payload is kept": {
			tlvs: []TLV{{tagMessagePayload, []byte("something else")}},
			want: state, equals: NoState, kept: []uint16{tagMessagePayload},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := (&Dialect{}).Parse(&Input{ESMClass: esmReceipt, Body: []byte("id:1"), TLVs: test.tlvs})
			if diff := cmp.Diff(test.equals, test.want(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var kept []uint16
			for _, tlv := range r.TLVs {
				kept = append(kept, tlv.Tag)
			}
			if diff := cmp.Diff(test.kept, kept); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
			if len(r.Problems) != test.problems {
				t.Errorf("problems %q, want %d", r.Problems, test.problems)
			}
			for _, problem := range r.Problems {
				if !strings.HasPrefix(problem, "tlv 0x") && !strings.HasPrefix(problem, "sar TLVs") {
					t.Errorf("problem %q does not name its place", problem)
				}
			}
		})
	}
}

func tlvID(r *Receipt) any        { return r.TLVID }
func state(r *Receipt) any        { return r.MessageState }
func networkError(r *Receipt) any { return r.NetworkError }
func reference(r *Receipt) any    { return r.Reference }
func part(r *Receipt) any         { return r.Part }

// TestKeepsNothing: what the caller does with its buffers afterwards changes no
// receipt.
func TestKeepsNothing(t *testing.T) {
	t.Parallel()
	in := &Input{
		ESMClass: esmReceipt,
		Body:     []byte("id:1 stat:DELIVRD"),
		TLVs:     []TLV{{tagReceiptedMessageID, []byte("abc")}, {0x1403, []byte("20801")}, {0x1404, []byte("0.02")}},
	}
	r := (&Dialect{}).Parse(in)
	for _, octets := range [][]byte{in.Body, in.TLVs[0].Value, in.TLVs[1].Value, in.TLVs[2].Value} {
		clear(octets)
	}
	want := []TLV{{0x1403, []byte("20801")}, {0x1404, []byte("0.02")}}
	if diff := cmp.Diff(want, r.TLVs); diff != "" || r.ID.Value != "1" || r.TLVID.Value != "abc" {
		t.Errorf("receipt changed: id %q, TLV id %q, TLVs (-want +got):\n%s", r.ID.Value, r.TLVID.Value, diff)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	d := &Dialect{Fields: []FieldRule{
		{Name: "mccmnc", Tag: 0x1403},
		{Name: "binary", Tag: 0x1404},
		{Name: "absent", Tag: 0x1405},
		{Name: "cost", Text: "PRICE"},
		{Name: "gone", Text: "nowhere"},
	}}
	r := d.Parse(&Input{
		ESMClass: esmReceipt,
		Body:     []byte("id:1 price:0.02 mccmnc:99999 stat:DELIVRD"),
		TLVs:     []TLV{{0x1403, []byte("20801\x00")}, {0x1404, []byte{1, 0}}, {0x1406, []byte{7}}},
	})
	want := []Extra{{"price", "0.02"}, {"mccmnc", "20801"}, {"binary", "0100"}, {"cost", "0.02"}}
	if diff := cmp.Diff(want, r.Extra); diff != "" {
		t.Errorf("extra (-want +got):\n%s", diff)
	}
	if r.MCCMNC != "20801" {
		t.Errorf("mccmnc %q, want 20801", r.MCCMNC)
	}
	if len(r.TLVs) != 1 || r.TLVs[0].Tag != 0x1406 {
		t.Errorf("TLVs %v, want only 0x1406", r.TLVs)
	}
}

// TestAsked: a rule may ask for a TLV that is shown in another form.
func TestAsked(t *testing.T) {
	t.Parallel()
	d := &Dialect{Fields: []FieldRule{{Name: "mccmnc", Tag: 0x1403}}, Asked: []uint16{tagMessageState, 0x1403, 0x1404}}
	octets := []byte("20801")
	r := d.Parse(&Input{
		ESMClass: esmReceipt, Body: []byte("id:1"),
		TLVs: []TLV{{0x1403, octets}, {0x1404, []byte("x")}, {tagMessageState, []byte{5}}, {tagReceiptedMessageID, []byte("1")}},
	})
	clear(octets)
	if diff := cmp.Diff([]TLV{{0x1403, []byte("20801")}, {tagMessageState, []byte{5}}}, r.Asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]TLV{{0x1404, []byte("x")}}, r.TLVs); diff != "" {
		t.Errorf("TLVs (-want +got):\n%s", diff)
	}
}

func TestMCCMNCFromText(t *testing.T) {
	t.Parallel()
	r := (&Dialect{}).Parse(&Input{ESMClass: esmReceipt, Body: []byte("id:1 MCCMNC:61202 stat:DELIVRD")})
	if r.MCCMNC != "61202" {
		t.Errorf("mccmnc %q, want 61202", r.MCCMNC)
	}
}
