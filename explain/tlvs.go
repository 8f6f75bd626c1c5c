package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// TLV reads one that stands as NAME-or-0xTAG=VALUE.
func TLV(text string) (receipt.TLV, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return receipt.TLV{}, fmt.Errorf("%q: write NAME-or-0xTAG=HEX, as in network_error_code=030001", text)
	}
	return receipt.ParseTLV(name, value)
}

// addTLVs adds those of the JSON, then those that were given beside it.
func (p *Pasted) addTLVs(f *event.Facts) error {
	tlvs, problems, err := p.readTLVs()
	switch {
	case err != nil:
		return fmt.Errorf("tlvs: %w", err)
	case len(problems) > 0 && !p.Lax:
		return fmt.Errorf("tlvs: %s", problems[0])
	}
	for _, problem := range problems {
		f.Problems = append(f.Problems, "tlvs: "+problem)
	}
	f.TLVs = append(append(f.TLVs, tlvs...), p.Added...)
	return nil
}

func (p *Pasted) readTLVs() (tlvs []receipt.TLV, problems []string, err error) {
	raw := bytes.TrimSpace(p.TLVs)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, nil, nil
	case raw[0] != '[':
		return receipt.ParseTLVs(raw)
	}
	var list []struct{ Tag, Hex string }
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&list) != nil {
		return nil, nil, errors.New("an object is needed, values by name or 0xTAG, or a list of {tag, hex}")
	}
	for i, t := range list {
		if !strings.HasPrefix(t.Tag, "0x") { // by its name a value need not be hex
			problems = append(problems, fmt.Sprintf("[%d]: tag %q is not written as 0x1403", i, t.Tag))
			continue
		}
		tlv, err := receipt.ParseTLV(t.Tag, t.Hex)
		if err != nil {
			problems = append(problems, fmt.Sprintf("[%d]: %v", i, err))
			continue
		}
		tlvs = append(tlvs, tlv)
	}
	return tlvs, problems, nil
}
