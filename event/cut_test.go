package event_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

const secret = "PIN4711"

func TestCutTextLeavesNothingOfTheMessage(t *testing.T) {
	t.Parallel()
	head := "id:7 stat:DELIVRD err:000 "
	read := receipt.Receipt{
		Kind: receipt.Report, RawIsText: true, MessageState: receipt.NoState,
		ID: field("7"), Stat: field("DELIVRD"), Text: field(secret), MessageID: "7",
	}
	unread := receipt.Receipt{Kind: receipt.Report, RawIsText: true, MessageState: receipt.NoState}
	tests := []struct {
		name string
		body string
		read receipt.Receipt
		kept string // of the body
	}{
		{"text", head + "text:" + secret, read, head + "text:"},
		{"Text, blank and twice", head + "Text : x text:" + secret, with(read, "x text:"+secret), head + "Text :"},
		{"no text", head, with(read, ""), head},
		{"text of which the message is a part", head + "text:7", with(read, "7"), head + "text:"},
		{"a word that ends so", head + "context:" + secret, read, ""},
		{"UTF-16BE", spread(head + "text:" + secret), read, spread(head + "text:")},
		{"UTF-16LE", flip(spread(head + "text:" + secret)), read, flip(spread(head + "text:"))},
		{"found by a pattern", "7;DELIVRD;" + secret, read, ""},
		{"found by a pattern, and text: in it", "7;DELIVRD;" + secret + " text:x", with(read, secret+" text:x"), ""},
		{"not read", "hello " + secret, unread, ""},
		{"not a receipt", head + secret, receipt.Receipt{RawIsText: true, ID: field("7"), MessageState: receipt.NoState}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.read
			r.Raw = strings.ReplaceAll(tt.body, "\x00", "")
			if tt.kept == "" {
				r.Extra = []receipt.Extra{{Key: "said", Value: secret}}
			}
			f := wire(tt.body)
			f.TLVs = append(f.TLVs, receipt.TLV{Tag: 0x0424, Value: f.Body}, receipt.TLV{Tag: 0x0424, Value: []byte("also " + secret)})
			e := event.New(f, &r, mapping.Decision{Status: mapping.Received, By: mapping.ByDefault}, event.Options{CutText: true})

			stored := e.Facts().AppendBinary(nil)
			sent := e.AppendJSON(nil, 1, event.Verdict{})
			for name, b := range map[string][]byte{"facts": stored, "event": sent} {
				if bytes.Contains(b, []byte(secret)) || bytes.Contains(b, []byte(spread(secret))) {
					t.Errorf("%s holds the text: %q", name, b)
				}
			}
			if got := string(e.Facts().Body); got != tt.kept {
				t.Errorf("kept %q, want %q", got, tt.kept)
			}
			if got := string(e.Facts().TLVs[2].Value); got != tt.kept {
				t.Errorf("message_payload %q, want %q", got, tt.kept)
			}
			if len(sent) > 0 {
				decode(t, sent)
			}

			if e.ID() != event.ID(wireWith(f)) {
				t.Error("the id was taken after the cut")
			}
			again, err := event.DecodeFacts(stored)
			if err != nil || event.ID(again) != e.ID() {
				t.Errorf("read back: id %s, want %s; %v", event.ID(again), e.ID(), err)
			}
			if string(f.Body) != tt.body || r.Text != tt.read.Text {
				t.Error("New changed what it was given")
			}
		})
	}
}

func with(r receipt.Receipt, text string) receipt.Receipt {
	r.Text = field(text)
	return r
}

// wireWith is f as it came: another value with the same octets.
func wireWith(f *event.Facts) *event.Facts {
	again := *f
	again.CutID = ""
	return &again
}

// flip swaps the octets of each pair.
func flip(s string) string {
	b := []byte(s)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

func TestCutMalformed(t *testing.T) {
	t.Parallel()
	f := &event.Facts{Operator: "a", Body: []byte(secret), Malformed: "source_addr has no end", ReceivedAt: received}
	e := event.New(f, nil, mapping.Decision{}, event.Options{CutText: true})
	if bytes.Contains(e.Facts().AppendBinary(nil), []byte(secret)) || e.ID() != event.ID(f) {
		t.Errorf("kept %+v", e.Facts())
	}
}
