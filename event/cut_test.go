package event_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

const (
	secret = "PIN4711"
	// cutHead is a receipt without a text, and cutBody what is kept of it.
	cutHead = "id:7 sub:001 dlvrd:001 submit date:1002101730 done date:1002101731 stat:DELIVRD err:000 "
	cutBody = "id:7 sub:001 dlvrd:001 submit date:1002101730 done date:1002101731 stat:DELIVRD err:000"
)

// cutForms are where operators put the message's text, TEXT; all of them are
// kept as cutBody.
var cutForms = map[string]string{
	"text": cutHead + "text:TEXT", "case": cutHead + "TeXt:TEXT", "blank": cutHead + "text :TEXT",
	"blanks": cutHead + "text  : TEXT", "tab": cutHead + "text\t:TEXT", "lines": cutHead + "\r\ntext:\r\nTEXT",
	"first": "text:TEXT " + cutHead, "twice": cutHead + "text: x text:TEXT", "no text": cutHead,
	"equals": cutHead + "Text=TEXT", "dash": cutHead + "text-TEXT", "word": cutHead + "Text TEXT",
	"quoted": cutHead + `"text":"TEXT"`, "full width": cutHead + "text：TEXT",
	"txt": cutHead + "txt:TEXT", "content": cutHead + "content:TEXT", "message": cutHead + "message:TEXT", "msg": cutHead + "msg:TEXT",
	"unknown": cutHead + "foo:TEXT", "unknown, many words": cutHead + "foo:TEXT bar:TEXT",
	"digit before": cutHead + "1text:TEXT", "line before": cutHead + "_text:TEXT", "no mark": cutHead + "TEXT", "before": "TEXT " + cutHead,
	"glued to err": strings.TrimSpace(cutHead) + "TEXT", "sign behind err": strings.TrimSpace(cutHead) + "-TEXT",
	"quotes behind err": strings.TrimSpace(cutHead) + `"TEXT"`, "full width behind err": strings.TrimSpace(cutHead) + "：TEXT",
	"reason of err":            strings.TrimSpace(cutHead) + " (TEXT)",
	"behind id":                strings.Replace(cutHead, "id:7 ", "id:7 TEXT ", 1),
	"bar behind id":            strings.Replace(cutHead, "id:7 ", "id:7|TEXT ", 1),
	"quotes behind id":         strings.Replace(cutHead, "id:7 ", `id:7"text":"TEXT" `, 1),
	"behind sub":               strings.Replace(cutHead, "sub:001 ", "sub:001 TEXT ", 1),
	"glued to dlvrd":           strings.Replace(cutHead, "dlvrd:001 ", "dlvrd:001TEXT ", 1),
	"behind a date":            strings.Replace(cutHead, "1730 ", "1730 TEXT ", 1),
	"behind stat":              strings.Replace(cutHead, "DELIVRD ", "DELIVRD TEXT ", 1),
	"reason of stat":           strings.Replace(cutHead, "DELIVRD ", "DELIVRD:TEXT and TEXT ", 1),
	"sign behind stat":         strings.Replace(cutHead, "DELIVRD ", "DELIVRD-TEXT ", 1),
	"unknown word behind stat": strings.Replace(cutHead, "DELIVRD ", "DELIVRD foo:TEXT ", 1),
}

// cut is what the pipeline makes of f where the text is dropped.
func cut(f *event.Facts, d *receipt.Dialect) (*event.Facts, *receipt.Receipt) {
	f = event.Cut(f, d)
	return f, d.Parse(f.Input())
}

func TestCutLeavesNothingOfTheText(t *testing.T) {
	t.Parallel()
	for name, body := range cutForms {
		for width, encode := range map[string]func(string) string{
			"octets": func(s string) string { return s }, "big": utf16BE, "little": func(s string) string { return flip(utf16BE(s)) },
		} {
			t.Run(name+" "+width, func(t *testing.T) {
				t.Parallel()
				body := encode(strings.ReplaceAll(body, "TEXT", secret))
				f := wire(body)
				f.TLVs = []receipt.TLV{
					{Tag: 0x0424, Value: f.Body},
					{Tag: 0x0424, Value: []byte("also " + secret)},
					{Tag: 0x001D, Value: []byte(secret)},
					{Tag: 0x1500, Value: []byte(secret)},
					{Tag: 0x0381, Value: []byte("7")},
					{Tag: 0x0204, Value: []byte(secret)},
					{Tag: 0x001E, Value: []byte("7\x00" + secret)},
					{Tag: 0x0427, Value: []byte{2}},
				}
				kept, r := cut(f, &receipt.Dialect{})
				if got, want := string(kept.Body), encode(cutBody); got != want {
					t.Errorf("kept %q, want %q", got, want)
				}
				if got := fmt.Sprint(kept.TLVs); got != "[{30 [55]} {1063 [2]}]" {
					t.Errorf("TLVs %s", got)
				}
				e := event.New(kept, r, received11, event.Options{})
				stored, sent := kept.AppendBinary(nil), e.AppendJSON(nil, 1, event.Verdict{})
				summary := e.Summary()
				for place, b := range map[string][]byte{"facts": stored, "event": sent, "summary": summary.AppendBinary(nil)} {
					if bytes.Contains(b, []byte(secret)) || bytes.Contains(b, []byte(utf16BE(secret)[1:])) {
						t.Errorf("%s: the text is in %q", place, b)
					}
				}
				decode(t, sent)
				if e.ID() != event.ID(f) {
					t.Error("the id was taken after the cut")
				}
				again, err := event.DecodeFacts(stored)
				if err != nil || event.ID(again) != e.ID() {
					t.Errorf("read back: id %s, want %s; %v", event.ID(again), e.ID(), err)
				}
				if string(f.Body) != body || f.CutID != "" {
					t.Error("Cut changed what it was given")
				}
			})
		}
	}
}

// TestCutDropsWhatIsNoReceipt: a body in which nothing is known is all text.
func TestCutDropsWhatIsNoReceipt(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*event.Facts{
		"not read":      wire("hello " + secret),
		"not a receipt": {Body: []byte(cutHead + secret)},
		"malformed":     {Body: []byte(secret), Malformed: "source_addr has no end", TLVs: []receipt.TLV{{Tag: 0x0427, Value: []byte{2}}}},
	} {
		kept := event.Cut(f, &receipt.Dialect{})
		if len(kept.Body) > 0 || kept.CutID != event.ID(f) {
			t.Errorf("%s: kept %+v", name, kept)
		}
	}
}

// TestCutKeepsWhatIsConfigured: what a rule or receipts.fields names is known.
func TestCutKeepsWhatIsConfigured(t *testing.T) {
	t.Parallel()
	pattern, err := receipt.CompilePattern(`^(?P<id>\d+);(?P<stat>[^;]+);(?P<err>\d+);(?P<net>\w*);(?P<said>.*)$`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, body, kept string
		dialect          receipt.Dialect
	}{
		{"extra of a rule", "id:7 stat:EXPIRED NET:x " + secret, "id:7 stat:EXPIRED NET:x", receipt.Dialect{AskedKeys: []string{"net"}}},
		{"field", "id:7 stat:EXPIRED net:x foo:" + secret, "id:7 stat:EXPIRED net:x", receipt.Dialect{Fields: []receipt.FieldRule{{Name: "network", Text: "net"}}}},
		{"mccmnc", "id:7 stat:EXPIRED mccmnc:26201", "id:7 stat:EXPIRED mccmnc:26201", receipt.Dialect{}},
		{"mccmnc that is none", "id:7 stat:EXPIRED mccmnc:" + secret, "id:7 stat:EXPIRED", receipt.Dialect{}},
		{"reason of a rule", "id:7 stat:FAILED:no route", "id:7 stat:FAILED:no route", receipt.Dialect{AskedWords: []string{"failed:No Route"}}},
		{"prefix", "id:7 stat:EXPIRED4711", "id:7 stat:EXPI", receipt.Dialect{AskedPrefixes: []string{"EXPI"}}},
		{"pattern", "7;NOT SENT;3;x;" + secret, "id:7 stat:NOT SENT err:3 net:x", receipt.Dialect{Pattern: pattern, AskedWords: []string{"not sent"}, AskedKeys: []string{"net"}}},
		{"octets as the id", "id:\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99 stat:EXPIRED text:" + secret, "id:00112233445566778899 stat:EXPIRED", receipt.Dialect{IDBCD: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := wire(tt.body)
			whole := tt.dialect.Parse(f.Input())
			kept, r := cut(f, &tt.dialect)
			if string(kept.Body) != tt.kept {
				t.Errorf("kept %q, want %q", kept.Body, tt.kept)
			}
			if r.MessageID != whole.MessageID || tt.name != "prefix" && r.Stat != whole.Stat || r.Err != whole.Err {
				t.Errorf("read again as %+v", r)
			}
			if twice := event.Cut(kept, &tt.dialect); !bytes.Equal(twice.Body, kept.Body) || twice.CutID != kept.CutID {
				t.Errorf("cut twice: %q", twice.Body)
			}
		})
	}
	d := receipt.Dialect{Asked: []uint16{0x1500}, Fields: []receipt.FieldRule{{Name: "a", Tag: 0x1501}}}
	f := wire(cutHead)
	f.TLVs = []receipt.TLV{{Tag: 0x1500, Value: []byte("one")}, {Tag: 0x1501, Value: []byte("two")}, {Tag: 0x1502, Value: []byte(secret)}}
	if kept := event.Cut(f, &d); len(kept.TLVs) != 2 {
		t.Errorf("TLVs %v", kept.TLVs)
	}
}

// TestCutKeepsThePart: of a user data header the numbers stay, and nothing else.
func TestCutKeepsThePart(t *testing.T) {
	t.Parallel()
	f := wire("\x0e\x00\x03\x2b\x02\x01\x24\x07" + secret + cutHead + "text:" + secret)
	f.ESMClass = 0x44
	kept, r := cut(f, &receipt.Dialect{})
	if want := "\x05\x00\x03\x2b\x02\x01" + cutBody; string(kept.Body) != want {
		t.Errorf("kept %q, want %q", kept.Body, want)
	}
	if r.Part == nil || *r.Part != (receipt.Part{Ref: 0x2b, Number: 1, Of: 2}) || r.MessageID != "7" {
		t.Errorf("read again as %+v", r)
	}
}

// TestCutOfAnyText plants any text at each place, and finds none of its words.
func TestCutOfAnyText(t *testing.T) {
	t.Parallel()
	table, faults := mapping.Compile(mapping.Options{Profile: "smpp"})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var forms []string
	for _, form := range cutForms {
		forms = append(forms, form)
	}
	rapid.Check(t, func(t *rapid.T) {
		// Words that no state, code or key begins with, and no number.
		words := rapid.SliceOfN(rapid.StringMatching(`[Zz][g-zäß日м]{3,9}[!?.]?`), 1, 5).Draw(t, "words")
		body := strings.ReplaceAll(rapid.SampledFrom(forms).Draw(t, "form"), "TEXT", strings.Join(words, " "))
		f := wire(body)
		kept, r := cut(f, &receipt.Dialect{})
		if got := table.Decide(r); got.Status != mapping.Received || !got.Final {
			t.Errorf("%q: decided %v", body, got)
		}
		if string(kept.Body) != cutBody {
			t.Errorf("%q: kept %q", body, kept.Body)
		}
	})
}

func utf16BE(s string) string {
	var out strings.Builder
	for _, c := range s { // of the first plane
		out.WriteByte(byte(c >> 8))
		out.WriteByte(byte(c))
	}
	return out.String()
}

// flip swaps the octets of each pair.
func flip(s string) string {
	b := []byte(s)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}
