package receipt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKind(t *testing.T) {
	t.Parallel()
	const full = "id:1 stat:DELIVRD"
	id := []TLV{{tagReceiptedMessageID, []byte("1\x00")}}
	for name, test := range map[string]struct {
		esm     byte
		body    string
		tlvs    []TLV
		dialect Dialect
		want    Kind
	}{
		"receipt":                              {esm: 0x04, want: Report},
		"receipt with header and reply path":   {esm: 0xC4, want: Report},
		"receipt and acknowledgement":          {esm: 0x0C, want: Report},
		"intermediate":                         {esm: 0x20, want: Intermediate},
		"intermediate and receipt":             {esm: 0x24, want: Intermediate},
		"intermediate ignored":                 {esm: 0x20, dialect: Dialect{IgnoreIntermediate: true}, want: Report},
		"unreadable receipt":                   {esm: 0x04, body: "hello", want: Report},
		"delivery acknowledgement":             {esm: 0x08, body: full, tlvs: id, want: NotReceipt},
		"user acknowledgement":                 {esm: 0x10, body: full, tlvs: id, want: NotReceipt},
		"conversation abort":                   {esm: 0x18, body: full, tlvs: id, want: NotReceipt},
		"no type, id in TLV":                   {tlvs: id, want: Report},
		"no type, state in TLV":                {tlvs: []TLV{{tagMessageState, []byte{2}}}, want: Report},
		"no type, empty id in TLV":             {tlvs: []TLV{{tagReceiptedMessageID, []byte{0}}}, want: NotReceipt},
		"no type, empty state in TLV":          {tlvs: []TLV{{tagMessageState, nil}}, want: NotReceipt},
		"no type, full text":                   {body: full, want: NotReceipt},
		"unmarked, full text":                  {body: full, dialect: Dialect{Unmarked: true}, want: Report},
		"unmarked, state and date":             {body: "done date:2101041522 stat:X", dialect: Dialect{Unmarked: true}, want: Report},
		"unmarked, state alone":                {body: "stat:DELIVRD", dialect: Dialect{Unmarked: true}, want: NotReceipt},
		"unmarked, ordinary message":           {body: "my id:5", dialect: Dialect{Unmarked: true}, want: NotReceipt},
		"unmarked, by pattern":                 {body: "00,4711", dialect: Dialect{Unmarked: true, Pattern: mustPattern(t, `^(?P<stat>\d\d),(?P<id>\d+)$`)}, want: Report},
		"unmarked is no word on other classes": {esm: 0x08, body: full, dialect: Dialect{Unmarked: true}, want: NotReceipt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := test.dialect.Parse(&Input{ESMClass: test.esm, Body: []byte(test.body), TLVs: test.tlvs})
			if r.Kind != test.want {
				t.Errorf("kind %d, want %d", r.Kind, test.want)
			}
		})
	}
}

// TestMessageHasNoExtras: what a person writes is not read for vendors' words.
func TestMessageHasNoExtras(t *testing.T) {
	t.Parallel()
	r := (&Dialect{}).Parse(&Input{Body: []byte("please resubmit:now")})
	if r.Kind != NotReceipt || len(r.Extra) > 0 || len(r.Problems) > 0 {
		t.Errorf("kind %d, extra %v, problems %q; want none", r.Kind, r.Extra, r.Problems)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	const udhi = esmReceipt | esmUDHI
	for name, test := range map[string]struct {
		esm      byte
		body     string
		raw      string
		part     *Part
		problems int
	}{
		"one part of two":          {esm: udhi, body: "\x05\x00\x03\x2b\x02\x01id:1", raw: "id:1", part: &Part{Ref: 0x2b, Number: 1, Of: 2}},
		"16-bit reference":         {esm: udhi, body: "\x06\x08\x04\x01\x02\x03\x02id:1", raw: "id:1", part: &Part{Ref: 0x0102, Number: 2, Of: 3}},
		"another element first":    {esm: udhi, body: "\x0a\x24\x03abc\x00\x03\x07\x02\x02id:1", raw: "id:1", part: &Part{Ref: 7, Number: 2, Of: 2}},
		"the only part":            {esm: udhi, body: "\x05\x00\x03\x2a\x01\x01id:1", raw: "id:1"},
		"part 3 of 2":              {esm: udhi, body: "\x05\x00\x03\x2a\x02\x03id:1", raw: "id:1", problems: 1},
		"element of a wrong size":  {esm: udhi, body: "\x04\x00\x02\x2a\x02id:1", raw: "id:1"},
		"bit without header":       {esm: udhi, body: "id:1", raw: "id:1"},
		"header without bit":       {esm: esmReceipt, body: "\x05\x00\x03\x2b\x02\x01id:1", raw: "\x05\x00\x03+\x02\x01id:1"},
		"longer than the body":     {esm: udhi, body: "\x09\x00\x03id:1", raw: "\t\x00\x03id:1"},
		"elements past the header": {esm: udhi, body: "\x05\x00\x07\x2b\x02\x01id:1", raw: "\x05\x00\a+\x02\x01id:1"},
		"line break":               {esm: udhi, body: "\nid:1 stat:DELIVRD", raw: "\nid:1 stat:DELIVRD"},
		"UTF-16 behind it":         {esm: udhi, body: "\x05\x00\x03\x2a\x01\x01\x00i\x00d\x00:\x001", raw: "id:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := (&Dialect{}).Parse(&Input{ESMClass: test.esm, Body: []byte(test.body)})
			if r.Raw != test.raw || r.ID.Value != "1" {
				t.Errorf("raw %q, id %q; want %q, 1", r.Raw, r.ID.Value, test.raw)
			}
			if diff := cmp.Diff(test.part, r.Part); diff != "" {
				t.Errorf("part (-want +got):\n%s", diff)
			}
			if len(r.Problems) != test.problems {
				t.Errorf("problems %q, want %d", r.Problems, test.problems)
			}
		})
	}
}

func TestPayloadBehindNULs(t *testing.T) {
	t.Parallel()
	r := (&Dialect{}).Parse(&Input{
		ESMClass: esmReceipt, Body: []byte{0}, TLVs: []TLV{{tagMessagePayload, []byte("id:1 stat:DELIVRD")}},
	})
	if r.ID.Value != "1" || len(r.TLVs) > 0 {
		t.Errorf("id %q, TLVs %v; want 1 and none", r.ID.Value, r.TLVs)
	}
}

// TestUnreadable: a receipt that nobody can read is a receipt, and says so.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	r := (&Dialect{}).Parse(&Input{ESMClass: esmReceipt, Body: []byte("a form nobody documented")})
	if r.Kind != Report || len(r.Problems) != 1 || r.Raw != "a form nobody documented" || r.MessageID != "" {
		t.Errorf("kind %d, problems %q, raw %q, id %q", r.Kind, r.Problems, r.Raw, r.MessageID)
	}
}
