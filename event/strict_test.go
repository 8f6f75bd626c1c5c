package event_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// typeOf is the type that each keyword is about.
var typeOf = map[string]string{
	"properties": "object", "required": "object", "minProperties": "object", "additionalProperties": "object", "dependentRequired": "object",
	"items": "array", "minItems": "array", "maxItems": "array",
	"minLength": "string", "maxLength": "string", "pattern": "string", "minimum": "integer", "maximum": "integer",
}

// TestSchemaIsStrict holds the schema to what strict validators ask: a keyword
// stands beside its type, and a required key beside its property.
func TestSchemaIsStrict(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	if err := json.Unmarshal([]byte(event.Schema()), &schema); err != nil {
		t.Fatal(err)
	}
	checkStrict(t, "#", schema)
}

func checkStrict(t *testing.T, path string, node any) {
	s, ok := node.(map[string]any)
	if !ok {
		return
	}
	for keyword, value := range s {
		if want := typeOf[keyword]; want != "" && s["type"] != want {
			t.Errorf("%s: %s without type %s", path, keyword, want)
		}
		switch keyword {
		case "properties", "$defs":
			for name, child := range value.(map[string]any) {
				checkStrict(t, path+"/"+name, child)
			}
		case "items", "not", "if", "then", "else", "additionalProperties":
			checkStrict(t, path+"/"+keyword, value)
		case "required":
			properties, _ := s["properties"].(map[string]any)
			for _, key := range value.([]any) {
				if properties[key.(string)] == nil {
					t.Errorf("%s: %v is required and no property", path, key)
				}
			}
		}
	}
}

// TestTLVsAreBounded: thousands of TLVs are stored and told of, not sent.
func TestTLVsAreBounded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ count, octets, shown int }{
		"many": {17_900, 0, 64}, "long": {3, 2000, 2}, "one of 64 KiB": {1, 65_535, 0}, "as many as fit": {64, 64, 64},
	} {
		f, r, d := acme()
		r.TLVs = nil
		for range test.count {
			r.TLVs = append(r.TLVs, receipt.TLV{Tag: 0x1500, Value: make([]byte, test.octets)})
		}
		f.TLVs = r.TLVs
		e := event.New(f, r, d, event.Options{})
		body := e.AppendJSON(nil, 1, event.Verdict{})
		data := decode(t, body)
		words := data["receipt"].(map[string]any)
		shown, _ := words["tlvs"].([]any)
		cut := test.shown < test.count
		if len(shown) != test.shown || (words["truncated"] == true) != cut || (data["problems"] != nil) != cut || len(body) > 16<<10 {
			t.Errorf("%s: %d octets, %d TLVs, truncated %v, problems %v", name, len(body), len(shown), words["truncated"], data["problems"])
		}
		if len(e.Facts().TLVs) != test.count {
			t.Errorf("%s: %d are stored", name, len(e.Facts().TLVs))
		}
		if cut && !strings.Contains(string(body), "are left out") {
			t.Errorf("%s: nothing says so", name)
		}
	}
}

// TestValuesAreBounded: a word of the operator is cut in the event, which says so;
// what receipts are joined on is not.
func TestValuesAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 60_000)
	f, r, d := acme()
	f.Source.Addr, f.ServiceType = long, long
	for _, field := range []*receipt.Field{&r.ID, &r.TLVID, &r.Stat, &r.Err, &r.Sub, &r.Dlvrd, &r.SubmitDate, &r.DoneDate} {
		field.Value = long
	}
	r.MessageID, r.Reference, r.MCCMNC = long, long, long
	r.Extra = []receipt.Extra{{Key: long, Value: long}}
	e := event.New(f, r, d, event.Options{})
	body := e.AppendJSON(nil, 1, event.Verdict{})
	data := decode(t, body)
	if data["message_key"] != long || e.Summary().MessageID != long || e.Facts().Source.Addr != long {
		t.Error("what receipts are joined on is cut")
	}
	if most := len(long) + 20<<10; len(body) > most || data["receipt"].(map[string]any)["truncated"] != true {
		t.Errorf("%d octets, not %d; receipt %.200v", len(body), most, data["receipt"])
	}
	if !strings.Contains(string(body), "15 values are cut at 1 KiB") {
		t.Errorf("problems %v", data["problems"])
	}
}
