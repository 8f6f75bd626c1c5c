package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/gateway"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

const (
	deliverSM = "deliver_sm"
	dataSM    = "data_sm"

	esmReceipt = 0x04 // SMPP 3.4 §5.2.12: the message is a delivery receipt

	tagMessagePayload = 0x0424

	// maxLine bounds a receipt on standard input, in octets: the longest body in
	// hex, its TLVs, and room.
	maxLine = 1 << 20
)

// captured reads text as a whole PDU in hex.
func captured(text []byte) (f *event.Facts, ok bool) {
	octets, ok := fromHex(text)
	if !ok {
		return nil, false
	}
	return gateway.ReadCaptured(octets)
}

// fromHex reads hex with or without blanks, colons and line ends between its
// octets.
func fromHex(text []byte) (octets []byte, ok bool) {
	digits := strings.NewReplacer(" ", "", ":", "", "\n", "", "\r", "", "\t", "").Replace(string(text))
	octets, err := hex.DecodeString(strings.TrimPrefix(digits, "0x"))
	return octets, err == nil
}

// line is one object of --jsonl.
type line struct {
	Text       string          `json:"text"`
	RawHex     string          `json:"raw_hex"`
	ESMClass   *byte           `json:"esm_class"`
	DataCoding byte            `json:"data_coding"`
	Carrier    string          `json:"carrier"`
	PDU        string          `json:"pdu"`
	TLVs       json.RawMessage `json:"tlvs"`
}

// explainLines answers each line of in with one line on out, also one that
// cannot be read.
func (x *explainer) explainLines(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 64<<10)
	writer := bufio.NewWriter(out)
	for {
		text, tooLong, err := readLine(reader)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		if _, err := writer.Write(append(x.answer(text, tooLong), '\n')); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if reader.Buffered() == 0 { // somebody may be waiting for the answer
			if err := writer.Flush(); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
	}
	return writer.Flush()
}

// answer is the result of one line.
func (x *explainer) answer(text []byte, tooLong bool) []byte {
	if tooLong {
		return notExplained(fmt.Errorf("the line is longer than %d octets", maxLine))
	}
	p, err := parseLine(text)
	if err != nil {
		return notExplained(err)
	}
	return x.read(p).Explain()
}

// readLine returns the next line without its end, and io.EOF after the last. Of
// a line beyond maxLine it returns the beginning.
func readLine(r *bufio.Reader) (text []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(text)+len(part) <= maxLine {
			text = append(text, part...)
		} else {
			tooLong = true
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(text) > 0:
			return bytes.TrimRight(text, "\r\n"), tooLong, nil
		case err != nil:
			return nil, false, err
		}
		return bytes.TrimRight(text, "\r\n"), tooLong, nil
	}
}

// notExplained is the result for a line that cannot be read.
func notExplained(err error) []byte {
	result, _ := json.Marshal(map[string]any{"is_receipt": false, "problems": []string{err.Error()}}) // strings and a bool: cannot fail
	return result
}

// parseLine reads one object of --jsonl.
func parseLine(text []byte) (*event.Facts, error) {
	var l line
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t"), []byte("{")) {
		return nil, errors.New(`the line is no JSON object, as in {"text": "id:1 stat:DELIVRD err:000"}`)
	}
	if err := json.Unmarshal(text, &l); err != nil {
		if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) && kind.Field != "" {
			return nil, fmt.Errorf("%s: %s does not fit here", kind.Field, kind.Value)
		}
		return nil, fmt.Errorf("the line is no JSON object: %w", err)
	}
	p := &event.Facts{Command: deliverSM, ESMClass: esmReceipt, DataCoding: l.DataCoding, Body: []byte(l.Text)}
	if l.ESMClass != nil {
		p.ESMClass = *l.ESMClass
	}
	switch l.PDU {
	case "", deliverSM:
	case dataSM:
		p.Command = dataSM
	default:
		return nil, fmt.Errorf("pdu %q is neither deliver_sm nor data_sm", l.PDU)
	}
	if l.RawHex != "" {
		body, err := hex.DecodeString(l.RawHex)
		if err != nil {
			return nil, fmt.Errorf("raw_hex: %w", err)
		}
		p.Body = body
	}
	switch l.Carrier {
	case "", "short_message":
	case "message_payload":
		p.TLVs = append(p.TLVs, receipt.TLV{Tag: tagMessagePayload, Value: p.Body})
	default:
		return nil, fmt.Errorf("carrier %q is neither short_message nor message_payload", l.Carrier)
	}
	return p, parseTLVs(p, l.TLVs)
}

// parseTLVs names those that cannot be read in problems.
func parseTLVs(p *event.Facts, object json.RawMessage) error {
	if len(object) == 0 || string(object) == "null" {
		return nil
	}
	tlvs, problems, err := receipt.ParseTLVs(object)
	if err != nil {
		return fmt.Errorf("tlvs: %w", err)
	}
	p.TLVs = append(p.TLVs, tlvs...)
	for _, problem := range problems {
		p.Problems = append(p.Problems, "tlvs: "+problem)
	}
	return nil
}
