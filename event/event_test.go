package event_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/event/eventtest"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// received is when every frame of these tests was read.
var received = time.Date(2026, 11, 23, 10, 15, 30, 120_900_000, time.UTC)

func field(s string) receipt.Field { return receipt.Field{Value: s, Present: true} }

// acme is the receipt of docs/webhook.md: two ids, every fact there.
func acme() (*event.Facts, *receipt.Receipt, mapping.Decision) {
	body := "id:0059113978 sub:001 dlvrd:001 submit date:2611231014 done date:2611231015 stat:DELIVRD err:000 mccmnc:20801 price:0.02 text:@$#!%&/:"
	f := &event.Facts{
		Operator: "acme-fr", Account: "gw", Bind: "acme-fr/gw/1", Command: "deliver_sm", Sequence: 77,
		Source: event.Address{TON: 1, NPI: 1, Addr: "33612345678"}, Dest: event.Address{TON: 5, Addr: "ACME"},
		ESMClass: 4, Body: []byte(body),
		TLVs: []receipt.TLV{
			{Tag: 0x001E, Value: []byte("38601fa\x00")}, {Tag: 0x0427, Value: []byte{2}}, {Tag: 0x0423, Value: []byte{3, 0, 0}}, {Tag: 0x1403, Value: []byte("20801")},
		},
		ReceivedAt: received,
	}
	r := &receipt.Receipt{
		Kind: receipt.Report, Raw: body, RawIsText: true,
		ID: field("0059113978"), Sub: field("001"), Dlvrd: field("001"), Stat: field("DELIVRD"), Err: field("000"),
		SubmitDate: field("2611231014"), DoneDate: field("2611231015"), Text: field("@$#!%&/:"),
		Extra: []receipt.Extra{{Key: "mccmnc", Value: "20801"}, {Key: "price", Value: "0.02"}, {Key: "price", Value: "9"}},
		TLVID: field("38601fa"), MessageState: 2, NetworkError: &receipt.NetworkError{Type: 3},
		MessageID: "38601fa", Decimal: "59113978", Hex: "38601fa", MCCMNC: "20801",
		SubmittedAt: time.Date(2026, 11, 23, 10, 14, 0, 0, time.UTC),
		DoneAt:      time.Date(2026, 11, 23, 11, 15, 0, 0, time.FixedZone("", 3600)),
		TLVs:        []receipt.TLV{{Tag: 0x1403, Value: []byte("20801")}},
	}
	d := mapping.Decision{
		Status: mapping.Received, Final: true, By: mapping.ByDefault, Profile: "smpp", Config: "9f31c02a", Rule: "state 2", RuleIndex: -1,
	}
	return f, r, d
}

// bare is a receipt of which next to nothing is known.
func bare() (*event.Facts, *receipt.Receipt, mapping.Decision) {
	f := &event.Facts{
		Operator: "acme-fr", Account: "gw", Bind: "acme-fr/gw/1", Command: "deliver_sm", ESMClass: 4, ReceivedAt: received,
	}
	r := &receipt.Receipt{Kind: receipt.Report, RawIsText: true, MessageState: receipt.NoState}
	return f, r, mapping.Decision{Status: mapping.Undefined, By: mapping.ByDefault, Profile: "smpp", Config: "9f31c02a"}
}

func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		change  func(*event.Facts, *receipt.Receipt, *mapping.Decision, *event.Options)
		from    func() (*event.Facts, *receipt.Receipt, mapping.Decision)
		verdict event.Verdict
	}{
		{name: "everything", from: acme, verdict: event.Verdict{Standing: true}},
		{name: "bare", from: bare, verdict: event.Verdict{Duplicate: true, Late: true}},
		{
			name: "rule", from: acme,
			verdict: event.Verdict{Standing: true, Supersedes: "rcpt_00112233445566778899aabbccddeeff"},
			change: func(f *event.Facts, r *receipt.Receipt, d *mapping.Decision, o *event.Options) {
				o.RecipientIsDestination, o.CountryCode = true, "33"
				f.Dest, f.Source = event.Address{TON: 2, NPI: 1, Addr: "0612345678"}, event.Address{}
				f.Command, f.ServiceType, f.Problems = "data_sm", "CMT", []string{"TLV 0x1404 runs past the end"}
				r.Part, r.Reference = &receipt.Part{Ref: 43, Number: 2, Of: 2}, "77"
				r.NetworkError = &receipt.NetworkError{Code: 27, ASCII: true}
				r.Problems = []string{`done date: "0000" is no date`}
				*d = mapping.Decision{
					Status: mapping.TemporaryErrorAbsence, Final: true, By: mapping.ByRule, Profile: "gsm_map",
					Config: "00000001", Rule: "err=027", Unmapped: true, Conflict: true,
				}
			},
		},
		{
			name: "binary", from: bare,
			change: func(f *event.Facts, r *receipt.Receipt, _ *mapping.Decision, _ *event.Options) {
				f.Body, r.RawIsText = []byte{0, 1, 0xfe, 0xff}, false
				r.Problems = []string{"the body is not text"}
			},
		},
		{
			name: "hostile", from: bare,
			change: func(f *event.Facts, r *receipt.Receipt, _ *mapping.Decision, _ *event.Options) {
				hostile := "\x00</script>\u202e\u2028\"\\\xff\xc3(\x1b[2J\x7f"
				f.Source.Addr, f.Dest.Addr, f.ServiceType = hostile, "\xe9", hostile
				f.Body, r.Raw = []byte(hostile), hostile
				r.Stat, r.Err, r.Text = field(hostile), field(""), field(hostile)
				r.Extra = []receipt.Extra{{Key: hostile, Value: hostile}}
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, r, d := tt.from()
			var o event.Options
			if tt.change != nil {
				tt.change(f, r, &d, &o)
			}
			got := event.New(f, r, d, o).AppendJSON([]byte("kept"), 4211, tt.verdict)
			got, ok := bytes.CutPrefix(got, []byte("kept"))
			if !ok {
				t.Fatal("AppendJSON did not append")
			}
			eventtest.Validate(t, got)
			golden(t, tt.name, got)
		})
	}
}

// golden compares JSON with testdata/NAME.json, which is indented for the eye.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".json")
	var indented bytes.Buffer
	if err := json.Indent(&indented, got, "", "  "); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, got)
	}
	indented.WriteByte('\n')
	if *update {
		if err := os.WriteFile(file, indented.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), indented.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestLongTextIsCutAtARune(t *testing.T) {
	t.Parallel()
	f, r, d := acme()
	r.Raw, r.Text = strings.Repeat("a", 4095)+"é", field(strings.Repeat("é", 40_000))
	got := decode(t, event.New(f, r, d, event.Options{}).AppendJSON(nil, 1, event.Verdict{}))
	words := got["receipt"].(map[string]any)
	if words["raw"] != strings.Repeat("a", 4095) || words["text"] != strings.Repeat("é", 2048) || words["truncated"] != true {
		t.Errorf("raw has %d octets, text %d, truncated is %v", len(words["raw"].(string)), len(words["text"].(string)), words["truncated"])
	}

	r.Raw, r.Text = strings.Repeat("a", 4096), field(strings.Repeat("é", 2048))
	got = decode(t, event.New(f, r, d, event.Options{}).AppendJSON(nil, 1, event.Verdict{}))
	if words := got["receipt"].(map[string]any); words["raw"] != r.Raw || words["text"] != r.Text.Value || words["truncated"] != nil {
		t.Errorf("4 KiB were cut; truncated is %v", words["truncated"])
	}

	f.Body, r.RawIsText = make([]byte, 5000), false
	got = decode(t, event.New(f, r, d, event.Options{}).AppendJSON(nil, 1, event.Verdict{}))
	if words := got["receipt"].(map[string]any); words["raw_hex"] != strings.Repeat("00", 4096) || words["truncated"] != true || words["raw"] != nil {
		t.Errorf("raw_hex has %d digits, truncated is %v", len(words["raw_hex"].(string)), words["truncated"])
	}
}

// decode validates an event and returns its data.
func decode(t *testing.T, body []byte) map[string]any {
	t.Helper()
	eventtest.Validate(t, body)
	var e struct{ Data map[string]any }
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return e.Data
}

func TestSummary(t *testing.T) {
	t.Parallel()
	f, r, _ := acme()
	r.Kind, r.MessageID, r.Err = receipt.Intermediate, "0059113978", field("21b")
	d := mapping.Decision{Status: mapping.Undefined, Unmapped: true, Conflict: true, Final: true, By: mapping.ByDefault}
	e := event.New(f, r, d, event.Options{})
	want := event.Summary{
		Kind: event.KindReceipt, Operator: "acme-fr", Account: "gw", Bind: "acme-fr/gw/1", ID: e.ID(), Message: e.Message(),
		MessageID: "59113978", Recipient: "33612345678", Sender: "ACME", Stat: "DELIVRD", Err: "21b",
		Status: mapping.Undefined, Final: true, Intermediate: true, Unmapped: true, Conflict: true, ReceivedAt: received,
	}
	if diff := cmp.Diff(want, e.Summary()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	swapped := event.New(f, r, d, event.Options{RecipientIsDestination: true}).Summary()
	if swapped.Recipient != "ACME" || swapped.Sender != "33612345678" || swapped.Message == e.Message() {
		t.Errorf("the destination is the recipient: %+v", swapped)
	}
}

func TestWhatIsNotForwardedHasNoJSON(t *testing.T) {
	t.Parallel()
	message, _, _ := acme()
	broken := &event.Facts{Operator: "acme-fr", Body: []byte{1, 2}, Malformed: "source_addr has no end", ReceivedAt: received}
	for _, tt := range []struct {
		facts *event.Facts
		read  *receipt.Receipt
		want  event.Kind
	}{
		{message, &receipt.Receipt{Kind: receipt.NotReceipt, MessageState: receipt.NoState}, event.KindNonReceipt},
		{broken, nil, event.KindMalformed},
	} {
		e := event.New(tt.facts, tt.read, mapping.Decision{}, event.Options{})
		s := e.Summary()
		if s.Kind != tt.want || e.Forward() || s.Status != 0 || s.Operator != "acme-fr" {
			t.Errorf("%v: forward %v, summary %+v", tt.want, e.Forward(), s)
		}
		if got := e.AppendJSON(nil, 1, event.Verdict{}); got != nil {
			t.Errorf("%v has JSON: %s", tt.want, got)
		}
		if s.ID != event.ID(tt.facts) || s.ID == "" {
			t.Errorf("%v: id %q", tt.want, s.ID)
		}
	}
}

func TestMessageIsOperatorIDAndRecipient(t *testing.T) {
	t.Parallel()
	message := func(change func(*event.Facts, *receipt.Receipt)) event.Key {
		f, r, d := acme()
		change(f, r)
		return event.New(f, r, d, event.Options{}).Message()
	}
	id := func(id string) func(*event.Facts, *receipt.Receipt) {
		return func(_ *event.Facts, r *receipt.Receipt) { r.MessageID = id }
	}
	base := message(func(*event.Facts, *receipt.Receipt) {})
	for name, change := range map[string]func(*event.Facts, *receipt.Receipt){
		"hex in upper case": id("38601FA"),
		"another bind": func(f *event.Facts, _ *receipt.Receipt) {
			f.Account, f.Bind, f.Sequence = "gw2", "acme-fr/gw2/1", 1
		},
		"another text": func(f *event.Facts, r *receipt.Receipt) { f.Body, r.Stat = []byte("x"), field("UNDELIV") },
	} {
		if message(change) != base {
			t.Errorf("%s: another message", name)
		}
	}
	for name, change := range map[string]func(*event.Facts, *receipt.Receipt){
		"operator":  func(f *event.Facts, _ *receipt.Receipt) { f.Operator = "b" },
		"recipient": func(f *event.Facts, _ *receipt.Receipt) { f.Source.Addr = "33612345679" },
		"id":        id("38601fb"),
	} {
		if message(change) == base {
			t.Errorf("another %s: the same message", name)
		}
	}
	if message(id("007")) != message(id("7")) || message(id("0x7")) == message(id("7")) {
		t.Error("leading zeros of digits do not count, and only those")
	}

	for _, a := range ids {
		for _, b := range ids {
			if (message(id(a)) == message(id(b))) != (keyOf(t, a) == keyOf(t, b)) {
				t.Errorf("%q and %q: message and message_key do not agree", a, b)
			}
		}
	}

	f, r, d := acme()
	r.MessageID = ""
	if data := decode(t, event.New(f, r, d, event.Options{}).AppendJSON(nil, 1, event.Verdict{})); data["message_key"] != nil {
		t.Errorf("a receipt without an id has the key %v", data["message_key"])
	}
	other := *f
	other.Body = []byte("id:0059113979")
	a, b := event.New(f, r, d, event.Options{}), event.New(&other, r, d, event.Options{})
	if a.Message() == b.Message() || a.Message() == (event.Key{}) {
		t.Error("receipts without an id share a message")
	}
}

// ids are written in the ways in which operators write them.
var ids = []string{"7", "007", "0", "00", "0x7", "38601fa", "38601FA", "038601fa", "BC59B8AA-2FD2", "bc59b8aa-2fd2", "9308878062554710043"}

// keyOf is the message_key of an event with the message id.
func keyOf(t *testing.T, id string) any {
	t.Helper()
	f, r, d := acme()
	r.MessageID = id
	return decode(t, event.New(f, r, d, event.Options{}).AppendJSON(nil, 1, event.Verdict{}))["message_key"]
}

func TestExplanation(t *testing.T) {
	t.Parallel()
	f, r, d := acme()
	f.Operator, f.Account, f.Bind, f.Sequence, f.ReceivedAt = "", "", "", 0, time.Time{}
	var got map[string]any
	if err := json.Unmarshal(event.Explain(f, r, d, event.Options{}), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "sequence", "operator", "received_at", "duplicate"} {
		if _, ok := got[key]; ok {
			t.Errorf("%s is there", key)
		}
	}
	if _, ok := got["pdu"].(map[string]any)["sequence_number"]; ok {
		t.Error("sequence_number is there")
	}
	if got["is_receipt"] != true || got["message_id"] != "38601fa" || len(got["problems"].([]any)) != 0 {
		t.Errorf("got %v", got)
	}

	none := &receipt.Receipt{MessageState: receipt.NoState, Problems: []string{"esm_class 0 is no receipt"}}
	got = nil
	if err := json.Unmarshal(event.Explain(f, none, mapping.Decision{}, event.Options{}), &got); err != nil {
		t.Fatal(err)
	}
	if got["is_receipt"] != false || got["status"] != nil || !cmp.Equal(got["problems"], []any{"esm_class 0 is no receipt"}) {
		t.Errorf("got %v", got)
	}
}

func TestSchemaIsThePublishedOne(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile("../docs/event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(published) != event.Schema() {
		t.Error("event.schema.json is not docs/event.schema.json: run go generate ./event")
	}
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	f, r, d := acme()
	good := string(event.New(f, r, d, event.Options{}).AppendJSON(nil, 1, event.Verdict{}))
	for _, change := range [][2]string{
		{`"type":"sms.receipt"`, `"type":"sms.other"`},
		{`"sequence":1`, `"sequence":"1"`},
		{`"standing":false`, `"stands":false`},
		{`"message_id":"38601fa"`, `"message_id":""`},
		{`"err":"000"`, `"err":0`},
		{`"by":"default"`, `"by":"rule"`},
		{`10:15:30.120Z","duplicate"`, `10:15:30Z","duplicate"`},
		{`"tag":"0x1403"`, `"tag":5123`},
		{`"esm_class":4,`, ``},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("%s is not in the event", change[0])
		}
		if eventtest.Check([]byte(bad)) == nil {
			t.Errorf("%s passes", change[1])
		}
	}
}
