package event_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/event/eventtest"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// corpus calls fn with every real receipt, read by the general rules.
func corpus(t *testing.T, fn func(t *testing.T, f *event.Facts, r *receipt.Receipt)) {
	t.Helper()
	lines, err := os.ReadFile("../testdata/receipts/receipts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(lines) {
		var e struct {
			Text     string
			RawHex   string `json:"raw_hex"`
			ESMClass *byte  `json:"esm_class"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		f := wire("")
		if f.Body, err = hex.DecodeString(e.RawHex); err != nil {
			t.Fatal(err)
		}
		if e.RawHex == "" {
			for _, c := range e.Text {
				f.Body = append(f.Body, byte(c)) // the corpus maps octets to U+0000..U+00FF
			}
		}
		if e.ESMClass != nil {
			f.ESMClass = *e.ESMClass
		}
		var general receipt.Dialect
		fn(t, f, general.Parse(&receipt.Input{
			ESMClass: f.ESMClass, DataCoding: f.DataCoding, Body: f.Body, TLVs: f.TLVs, ReceivedAt: f.ReceivedAt,
		}))
	}
}

var received11 = mapping.Decision{Status: mapping.Received, Final: true, By: mapping.ByDefault}

func TestRealReceiptsMakeValidEvents(t *testing.T) {
	t.Parallel()
	sent := 0
	corpus(t, func(t *testing.T, f *event.Facts, r *receipt.Receipt) {
		e := event.New(f, r, received11, event.Options{CountryCode: "33"})
		if !e.Forward() {
			return
		}
		sent++
		got := decode(t, e.AppendJSON(nil, 1, event.Verdict{Standing: true}))
		if r.Stat.Present && got["receipt"].(map[string]any)["stat"] != r.Stat.Value {
			t.Errorf("%q: receipt is %v", f.Body, got["receipt"])
		}
	})
	if sent < 120 {
		t.Errorf("only %d of the corpus are receipts", sent)
	}
}

func TestCutTextOfRealReceipts(t *testing.T) {
	t.Parallel()
	texts := 0
	corpus(t, func(t *testing.T, f *event.Facts, r *receipt.Receipt) {
		text := r.Text.Value
		head, _, _ := strings.Cut(r.Raw, text)
		if len(text) < 4 || strings.Contains(head, text) {
			return // could stand elsewhere in the receipt
		}
		texts++
		e := event.New(f, r, received11, event.Options{CutText: true})
		sent := e.AppendJSON(nil, 1, event.Verdict{})
		var written bytes.Buffer
		enc := json.NewEncoder(&written)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(text); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sent, bytes.Trim(written.Bytes(), "\"\n")) {
			t.Errorf("the event holds %q: %s", text, sent)
		}
		again, err := event.DecodeFacts(e.Facts().AppendBinary(nil))
		if err != nil {
			t.Fatal(err)
		}
		var general receipt.Dialect
		reread := general.Parse(&receipt.Input{ESMClass: again.ESMClass, Body: again.Body, TLVs: again.TLVs, ReceivedAt: again.ReceivedAt})
		if reread.Text.Value != "" || reread.MessageID != r.MessageID || reread.Stat != r.Stat || reread.Err != r.Err {
			t.Errorf("%q is read from the log as id %q, stat %v, err %v, text %q", f.Body, reread.MessageID, reread.Stat, reread.Err, reread.Text.Value)
		}
	})
	if texts < 40 {
		t.Errorf("only %d of the corpus have a text", texts)
	}
}

// FuzzEvent: whatever comes over the wire makes an event that the schema
// describes, with and without its text.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(dated), "33612345678", "ACME", uint16(0x001E), []byte("38601fa\x00"), byte(4))
	f.Add([]byte(spread(dated)+"\x00t\x00e"), "+0\xff", "", uint16(0x0423), []byte{3, 0, 27}, byte(0x20))
	f.Add([]byte{5, 0, 3, 43, 2, 2, 0xff, 0xfe}, "0612345678", "\u202e", uint16(0x0427), []byte{200}, byte(0x44))
	f.Fuzz(func(t *testing.T, body []byte, source, dest string, tag uint16, value []byte, esm byte) {
		facts := wire(string(body))
		facts.Source.Addr, facts.Dest.Addr, facts.ESMClass = source, dest, esm
		facts.TLVs = append(facts.TLVs, receipt.TLV{Tag: tag, Value: value})
		var general receipt.Dialect
		r := general.Parse(&receipt.Input{ESMClass: esm, Body: body, TLVs: facts.TLVs, ReceivedAt: received})
		for _, cut := range []bool{false, true} {
			e := event.New(facts, r, received11, event.Options{CountryCode: "33", CutText: cut})
			if e.Forward() {
				eventtest.Validate(t, e.AppendJSON(nil, 1, event.Verdict{Late: cut}))
			}
		}
	})
}
