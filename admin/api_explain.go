package admin

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// explainJSON is a receipt that somebody wants explained.
type explainJSON struct {
	Operator   string `json:"operator"`
	Profile    string `json:"profile"`
	Text       string `json:"text"`
	RawHex     string `json:"raw_hex"` // the body, in place of Text
	ESMClass   *byte  `json:"esm_class"`
	DataCoding byte   `json:"data_coding"`
	Command    string `json:"command"`
	PDU        string `json:"pdu"` // Command, as explain --jsonl has it
	Carrier    string `json:"carrier"`
	ReceivedAt moment `json:"received_at"`
	// TLVs are a list of tlvJSON, or as explain --jsonl has them an object of
	// values by name or 0xTAG.
	TLVs json.RawMessage `json:"tlvs"`
}

const (
	esmReceipt        = 0x04   // SMPP 3.4 §5.2.12: the message is a delivery receipt
	tagMessagePayload = 0x0424 // SMPP 3.4 §5.3.2.32
)

func (a *api) explain(r *http.Request) (answer, error) {
	var in explainJSON
	if err := readBody(r, &in); err != nil {
		return answer{}, err
	}
	f, err := in.facts()
	if err != nil {
		return answer{}, err
	}
	data, err := a.gateway.Explain(f, in.Profile)
	if err != nil {
		return answer{}, err
	}
	return ok(data)
}

// facts are what would have come over the wire.
func (in *explainJSON) facts() (*event.Facts, error) {
	f := &event.Facts{
		Operator: in.Operator, Command: cmp.Or(in.Command, in.PDU, "deliver_sm"), ESMClass: esmReceipt, DataCoding: in.DataCoding,
		Body: []byte(in.Text), ReceivedAt: in.ReceivedAt.Time,
	}
	if in.ESMClass != nil {
		f.ESMClass = *in.ESMClass
	}
	if f.Command != "deliver_sm" && f.Command != "data_sm" {
		return nil, invalid("command: %q is neither deliver_sm nor data_sm", f.Command)
	}
	if in.RawHex != "" && in.Text != "" {
		return nil, invalid("text and raw_hex are both the body: give one of them")
	}
	if in.RawHex != "" {
		body, err := hex.DecodeString(in.RawHex)
		if err != nil {
			return nil, invalid("raw_hex: %v", err)
		}
		f.Body = body
	}
	switch in.Carrier {
	case "", "short_message":
	case "message_payload":
		f.TLVs = append(f.TLVs, receipt.TLV{Tag: tagMessagePayload, Value: f.Body})
	default:
		return nil, invalid("carrier: %q is neither short_message nor message_payload", in.Carrier)
	}
	tlvs, err := readTLVs(in.TLVs)
	f.TLVs = append(f.TLVs, tlvs...)
	return f, err
}

// readTLVs reads both forms of explainJSON.TLVs.
func readTLVs(raw json.RawMessage) ([]receipt.TLV, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] == '{' {
		tlvs, problems, err := receipt.ParseTLVs(raw)
		switch {
		case err != nil:
			return nil, invalid("tlvs: %v", err)
		case len(problems) > 0:
			return nil, invalid("tlvs: %s", problems[0])
		}
		return tlvs, nil
	}
	var list []tlvJSON
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, invalid("tlvs: neither an object of values by name or 0xTAG nor a list of {tag, hex}")
	}
	tlvs := make([]receipt.TLV, 0, len(list))
	for i, t := range list {
		tlv, err := t.decode()
		if err != nil {
			return nil, invalid("tlvs[%d]: %v", i, err)
		}
		tlvs = append(tlvs, tlv)
	}
	return tlvs, nil
}

func (t tlvJSON) decode() (receipt.TLV, error) {
	tag, err := hex.DecodeString(strings.TrimPrefix(t.Tag, "0x"))
	if err != nil || len(tag) != 2 || !strings.HasPrefix(t.Tag, "0x") {
		return receipt.TLV{}, invalid("tag %q is not written as 0x1403", t.Tag)
	}
	value, err := hex.DecodeString(t.Hex)
	if err != nil {
		return receipt.TLV{}, invalid("hex: %v", err)
	}
	return receipt.TLV{Tag: uint16(tag[0])<<8 | uint16(tag[1]), Value: value}, nil
}
