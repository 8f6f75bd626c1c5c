package receipt

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
	Times     []string // submitted and done, RFC 3339; empty: none
	Part      string
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

func (e *entry) checkExtra(t *testing.T, r *Receipt) {
	t.Helper()
	for key, want := range e.Extra {
		if got, ok := extra(r, key); !ok || got != want {
			t.Errorf("extra %s: %q, %v, want %q", key, got, ok, want)
		}
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

// readCorpus reads the corpus, all of it.
func readCorpus(t testing.TB) []*entry {
	t.Helper()
	entries := readEntries(t, corpusFile)
	if len(entries) != 129 {
		t.Fatalf("%d entries, want 129", len(entries))
	}
	return entries
}

func readEntries(t testing.TB, name string) []*entry {
	t.Helper()
	file, err := os.Open(name)
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
	return entries
}
