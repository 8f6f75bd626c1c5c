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

// TestCutOfRealReceipts: what is kept of a real receipt is read and decided as
// the whole is.
func TestCutOfRealReceipts(t *testing.T) {
	t.Parallel()
	var tables []*mapping.Table
	for _, p := range mapping.Profiles() {
		table, faults := mapping.Compile(mapping.Options{Profile: p.Name})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		tables = append(tables, table)
	}
	texts := 0
	corpus(t, func(t *testing.T, f *event.Facts, r *receipt.Receipt) {
		kept, read := cut(f, &receipt.Dialect{})
		again, err := event.DecodeFacts(kept.AppendBinary(nil))
		if err != nil {
			t.Fatal(err)
		}
		if twice, _ := cut(again, &receipt.Dialect{}); !bytes.Equal(twice.Body, kept.Body) {
			t.Errorf("%q: cut to %q, and again to %q", f.Body, kept.Body, twice.Body)
		}
		if read.Kind != r.Kind || r.Kind == receipt.NotReceipt {
			if read.Kind != r.Kind {
				t.Errorf("%q: kind %v, want %v", f.Body, read.Kind, r.Kind)
			}
			return
		}
		if read.MessageID != r.MessageID || !read.SubmittedAt.Equal(r.SubmittedAt) || !read.DoneAt.Equal(r.DoneAt) ||
			read.Reference != r.Reference || read.MCCMNC != r.MCCMNC || (read.Part == nil) != (r.Part == nil) {
			t.Errorf("%q: kept %q, read again as %+v", f.Body, kept.Body, read)
		}
		for _, table := range tables {
			if got, want := table.Decide(read), table.Decide(r); got != want {
				t.Errorf("%q: kept %q, decided %+v, want %+v", f.Body, kept.Body, got, want)
			}
		}
		if text := r.Text.Value; len(text) > 3 && !strings.Contains(strings.Replace(r.Raw, text, "", 1), text) {
			texts++
			if strings.Contains(read.Raw, text) {
				t.Errorf("%q: kept %q", f.Body, kept.Body)
			}
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
		for _, f := range []*event.Facts{facts, event.Cut(facts, &general)} {
			e := event.New(f, general.Parse(f.Input()), received11, event.Options{CountryCode: "33"})
			if e.Forward() {
				eventtest.Validate(t, e.AppendJSON(nil, 1, event.Verdict{Late: f == facts}))
			}
		}
	})
}
