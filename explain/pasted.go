package explain

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// ESMReceipt is the esm_class that is taken when nobody says another: the message
// is a delivery receipt (SMPP 3.4 §5.2.12).
const ESMReceipt = 0x04

const (
	deliverSM = "deliver_sm"
	dataSM    = "data_sm"

	tagMessagePayload = 0x0424 // SMPP 3.4 §5.3.2.32
)

// Pasted is a receipt as somebody wrote or copied it. Its JSON is a line of
// dlrgate explain --jsonl.
type Pasted struct {
	// Text is the body, or one of the other forms; see the package.
	Text string `json:"text"`
	// RawHex is the body in hex, in place of Text.
	RawHex     string `json:"raw_hex"`
	ESMClass   *byte  `json:"esm_class"` // nil: ESMReceipt
	DataCoding *byte  `json:"data_coding"`
	Carrier    string `json:"carrier"` // short_message | message_payload
	PDU        string `json:"pdu"`     // deliver_sm | data_sm
	// TLVs are an object of values by name or 0xTAG, or a list of {tag, hex}.
	TLVs json.RawMessage `json:"tlvs"`

	// Added are TLVs behind all others.
	Added      []receipt.TLV `json:"-"`
	ReceivedAt time.Time     `json:"-"`
	// Lax names TLVs that cannot be read among the problems: whoever sent many
	// lines is not there to write one of them again.
	Lax bool `json:"-"`
}

// WholePDU reads octets as a whole deliver_sm or data_sm; of others ok is false.
type WholePDU func(octets []byte) (f *event.Facts, ok bool)

// Line reads one JSON object. Keys that are not Pasted's are nothing to it.
func Line(text []byte) (*Pasted, error) {
	p := &Pasted{Lax: true}
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t"), []byte("{")) {
		return nil, errors.New(`the line is no JSON object, as in {"text": "id:1 stat:DELIVRD err:000"}`)
	}
	if err := json.Unmarshal(text, p); err != nil {
		if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) && kind.Field != "" {
			return nil, fmt.Errorf("%s: %s does not fit here", kind.Field, kind.Value)
		}
		return nil, fmt.Errorf("the line is no JSON object: %w", err)
	}
	return p, nil
}

// Facts are what would have come over the wire.
func (p *Pasted) Facts(whole WholePDU) (*event.Facts, error) {
	if line := p.line(); line != nil {
		p = line
	}
	body, octets, err := p.body()
	if err != nil {
		return nil, err
	}
	f, ok := whole(octets)
	switch {
	case ok && f.Malformed != "":
		return nil, fmt.Errorf("no receipt can be read from this %s: %s", f.Command, f.Malformed)
	case !ok:
		f = &event.Facts{Command: deliverSM, ESMClass: valueOr(p.ESMClass, ESMReceipt), DataCoding: valueOr(p.DataCoding, 0), Body: body}
		if err := p.frame(f); err != nil {
			return nil, err
		}
	}
	f.ReceivedAt = p.ReceivedAt
	if err := p.addTLVs(f); err != nil {
		return nil, err
	}
	return f, nil
}

// line reads Text as a line of JSON, nil when it is none. An object with other
// keys is an operator's text; what the line does not say is as it was.
func (p *Pasted) line() *Pasted {
	var line Pasted
	d := json.NewDecoder(strings.NewReader(p.Text))
	d.DisallowUnknownFields()
	if !strings.HasPrefix(strings.TrimSpace(p.Text), "{") || d.Decode(&line) != nil || d.More() {
		return nil
	}
	out := *p
	out.Text, out.RawHex, out.Carrier, out.PDU = line.Text, line.RawHex, line.Carrier, line.PDU
	if line.ESMClass != nil {
		out.ESMClass = line.ESMClass
	}
	if line.DataCoding != nil {
		out.DataCoding = line.DataCoding
	}
	if line.TLVs != nil {
		out.TLVs = line.TLVs
	}
	return &out
}

// body returns the body, and the octets that may be a whole PDU instead.
func (p *Pasted) body() (body, octets []byte, err error) {
	if p.RawHex != "" {
		if p.Text != "" && !p.Lax {
			return nil, nil, errors.New("text and raw_hex are both the body: give one of them")
		}
		if body, err = fromHex(p.RawHex); err != nil {
			return nil, nil, fmt.Errorf("raw_hex: %w", err)
		}
		return body, body, nil
	}
	if digits, ok := strings.CutPrefix(strings.TrimSpace(p.Text), "hex:"); ok {
		if body, err = fromHex(digits); err != nil {
			return nil, nil, fmt.Errorf("the octets cannot be read: %w", err)
		}
		return body, body, nil
	}
	if octets, err = fromHex(p.Text); err != nil {
		octets = nil
	}
	return []byte(p.Text), octets, nil
}

// fromHex reads hex with or without blanks, colons and line ends between its
// octets.
func fromHex(text string) ([]byte, error) {
	digits := strings.NewReplacer(" ", "", ":", "", "\n", "", "\r", "", "\t", "").Replace(text)
	return hex.DecodeString(strings.TrimPrefix(digits, "0x"))
}

// frame says in which PDU, and where in it, the body came.
func (p *Pasted) frame(f *event.Facts) error {
	switch p.PDU {
	case "", deliverSM:
	case dataSM:
		f.Command = dataSM
	default:
		return fmt.Errorf("pdu %q is neither deliver_sm nor data_sm", p.PDU)
	}
	switch p.Carrier {
	case "", "short_message":
	case "message_payload":
		f.TLVs = append(f.TLVs, receipt.TLV{Tag: tagMessagePayload, Value: f.Body})
	default:
		return fmt.Errorf("carrier %q is neither short_message nor message_payload", p.Carrier)
	}
	return nil
}

func valueOr(given *byte, otherwise byte) byte {
	if given == nil {
		return otherwise
	}
	return *given
}
