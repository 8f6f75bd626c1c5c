package receipt

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const corpusFile = "../../testdata/receipts/receipts.jsonl"

// entry is one line of the corpus: a receipt as it was seen, and what it says.
type entry struct {
	N         int
	Text      string
	RawHex    string `json:"raw_hex"`
	ESMClass  *byte  `json:"esm_class"`
	Carrier   string
	TLVs      map[string]any
	Expect    map[string]string
	Effective *struct {
		ID           string
		MessageState *int `json:"message_state"`
		NetErr       *struct {
			Type byte
			Code uint16
		} `json:"net_err"`
	}
	IsReceipt *bool `json:"is_receipt"`
	Extra     map[string]string
	Part      string
}

// exampleDialects are what an operator whose receipts no general rule reads is
// configured with; they serve as examples for docs/operators.md too.
func exampleDialects(t testing.TB) map[string]*Dialect {
	t.Helper()
	return map[string]*Dialect{
		// status,status time,accept time,error,destination,originator,reserved
		"csv": {Pattern: mustPattern(t, `^(?P<stat>\d\d),(?P<done_date>\d{10}),(?P<submit_date>\d{10}),`+
			`(?P<err>\d*),(?P<dest>\d*),(?P<orig>\d*),(?P<reserved>.*)$`)},
		// An SMGP body relayed as it is: only the id is special.
		"smgp": {IDBCD: true},
		// The same with the letter s between the fields.
		"smgp-s": {IDBCD: true, Pattern: mustPattern(t, `(?is)^id:(?P<id>.{10})sSub:(?P<sub>\d+)sDlvrd:(?P<dlvrd>\d+)`+
			`sSubmit_Date:(?P<submit_date>\d+)sDone_Date:(?P<done_date>\d+)`+
			`sStat:(?P<stat>[^:]+)sErr:(?P<err>\w+?)sText:(?P<text>.*)$`)},
	}
}

// needsDialect names the dialects of the entries marked needs_profile.
var needsDialect = map[int]string{56: "csv", 57: "csv", 88: "smgp", 89: "smgp-s"}

func mustPattern(t testing.TB, expr string) *regexp.Regexp {
	t.Helper()
	p, err := CompilePattern(expr)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCorpus reads every receipt of the corpus. Where an entry is ambiguous:
//
//   - 16: the bare state word is stat, because no stat: key exists
//   - 34: delivrd: is dlvrd:
//   - 58: text is empty; the fields behind an empty text: are fields
//   - 61: misspelt keys are unknown words, kept as extras
//   - 90: err stays absent; a pattern may take the number
//   - 92: the kind is Intermediate; finality is the mapping's matter
//   - 94, 95: a part says what it holds, never what the whole would say
//   - 125, 126: no receipt unless the dialect is unmarked
func TestCorpus(t *testing.T) {
	t.Parallel()
	dialects := exampleDialects(t)
	for _, e := range readCorpus(t) {
		t.Run(strconv.Itoa(e.N), func(t *testing.T) {
			t.Parallel()
			d := &Dialect{}
			if name := needsDialect[e.N]; name != "" {
				d = dialects[name]
			}
			r := d.Parse(e.input(t))
			if diff := cmp.Diff(e.Expect, fields(r)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			e.checkEffective(t, r)
			for key, want := range e.Extra {
				if got, ok := extra(r, key); !ok || got != want {
					t.Errorf("extra %s: %q, %v, want %q", key, got, ok, want)
				}
			}
			wantReceipt := e.esmClass() != 0 || e.Effective != nil
			if e.IsReceipt != nil {
				wantReceipt = *e.IsReceipt
			}
			if got := r.Kind != NotReceipt; got != wantReceipt {
				t.Errorf("is receipt: %v, want %v", got, wantReceipt)
			}
		})
	}
}

// TestCorpusUnmarked: with esm_class 0 and no TLV, a full text is a receipt for
// an unmarked dialect, and only for that.
func TestCorpusUnmarked(t *testing.T) {
	t.Parallel()
	want := map[int]Kind{91: Report, 125: Report, 126: Report, 103: NotReceipt, 124: NotReceipt, 127: NotReceipt, 128: NotReceipt}
	got := map[int]Kind{}
	for _, e := range readCorpus(t) {
		if _, ok := want[e.N]; ok {
			got[e.N] = (&Dialect{Unmarked: true}).Parse(e.input(t)).Kind
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func (e *entry) checkEffective(t *testing.T, r *Receipt) {
	t.Helper()
	if e.Effective == nil {
		return
	}
	if r.MessageID != e.Effective.ID {
		t.Errorf("message id %q, want %q", r.MessageID, e.Effective.ID)
	}
	state := NoState
	if e.Effective.MessageState != nil {
		state = *e.Effective.MessageState
	}
	if r.MessageState != state {
		t.Errorf("message state %d, want %d", r.MessageState, state)
	}
	var want *NetworkError
	if e.Effective.NetErr != nil {
		want = &NetworkError{Type: e.Effective.NetErr.Type, Code: e.Effective.NetErr.Code}
	}
	if diff := cmp.Diff(want, r.NetworkError); diff != "" {
		t.Errorf("network error (-want +got):\n%s", diff)
	}
}

func (e *entry) esmClass() byte {
	if e.ESMClass == nil {
		return esmReceipt
	}
	return *e.ESMClass
}

func (e *entry) input(t testing.TB) *Input {
	t.Helper()
	in := &Input{ESMClass: e.esmClass(), Body: e.body(t)}
	if e.Carrier == "message_payload" {
		in.TLVs = append(in.TLVs, TLV{Tag: tagMessagePayload, Value: in.Body})
	}
	for name, value := range e.TLVs {
		in.TLVs = append(in.TLVs, corpusTLV(t, name, value))
	}
	return in
}

func (e *entry) body(t testing.TB) []byte {
	t.Helper()
	if e.RawHex != "" {
		return unhex(t, e.RawHex)
	}
	body := []byte{}
	for _, char := range e.Text {
		body = append(body, byte(char))
	}
	return body
}

func corpusTLV(t testing.TB, name string, value any) TLV {
	t.Helper()
	switch name {
	case "receipted_message_id":
		return TLV{Tag: tagReceiptedMessageID, Value: append([]byte(value.(string)), 0)}
	case "message_state":
		return TLV{Tag: tagMessageState, Value: []byte{byte(value.(float64))}}
	}
	tags := map[string]uint16{"network_error_code": tagNetworkErrorCode, "source_network_type": 0x000E, "dest_network_type": 0x0006}
	tag, ok := tags[name]
	if !ok {
		number, err := strconv.ParseUint(name, 0, 16)
		if err != nil {
			t.Fatalf("TLV %q: %v", name, err)
		}
		tag = uint16(number)
	}
	return TLV{Tag: tag, Value: unhex(t, value.(string))}
}

func readCorpus(t testing.TB) []*entry {
	t.Helper()
	file, err := os.Open(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var entries []*entry
	for lines := bufio.NewScanner(file); lines.Scan(); {
		e := &entry{}
		if err := json.Unmarshal(lines.Bytes(), e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	if len(entries) != 129 {
		t.Fatalf("%d entries, want 129", len(entries))
	}
	return entries
}

// fields gives the fields that are present, under the corpus's names.
func fields(r *Receipt) map[string]string {
	present := map[string]string{}
	for name, field := range map[string]Field{
		"id": r.ID, "sub": r.Sub, "dlvrd": r.Dlvrd, "submit_date": r.SubmitDate, "done_date": r.DoneDate,
		"stat": r.Stat, "err": r.Err, "text": r.Text,
	} {
		if field.Present {
			present[name] = field.Value
		}
	}
	return present
}

func extra(r *Receipt, key string) (value string, ok bool) {
	for _, e := range r.Extra {
		if e.Key == key {
			return e.Value, true
		}
	}
	return "", false
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	octets, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}
