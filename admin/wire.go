package admin

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dlrgate/dlrgate/event"
)

// wireJSON is what came over the wire: octets in hex, and readable ones as text.
type wireJSON struct {
	Command        string       `json:"command,omitempty"`
	SequenceNumber uint32       `json:"sequence_number"`
	ServiceType    string       `json:"service_type,omitempty"`
	Source         *addressJSON `json:"source,omitempty"`
	Destination    *addressJSON `json:"destination,omitempty"`
	ESMClass       string       `json:"esm_class"`
	DataCoding     string       `json:"data_coding"`
	Text           string       `json:"text,omitempty"`
	Octets         string       `json:"octets,omitempty"` // hex
	TLVs           []tlvJSON    `json:"tlvs"`
	Malformed      string       `json:"malformed,omitempty"`
	Problems       []string     `json:"problems"`
	// Cut: privacy.text had the text left out before storing.
	Cut bool `json:"cut"`
}

type addressJSON struct {
	TON     byte   `json:"ton"`
	NPI     byte   `json:"npi"`
	Address string `json:"address"`
}

type tlvJSON struct {
	Tag string `json:"tag"`
	Hex string `json:"hex"`
}

func wireOf(f *event.Facts) *wireJSON {
	w := &wireJSON{
		Command: f.Command, SequenceNumber: f.Sequence, ServiceType: f.ServiceType,
		ESMClass: fmt.Sprintf("0x%02x", f.ESMClass), DataCoding: fmt.Sprintf("0x%02x", f.DataCoding),
		Octets: hex.EncodeToString(f.Body), TLVs: []tlvJSON{}, Malformed: f.Malformed,
		Problems: append([]string{}, f.Problems...), Cut: f.CutID != "",
	}
	if f.Malformed == "" {
		w.Source, w.Destination = addressOf(f.Source), addressOf(f.Dest)
		w.Text = readable(f.Body)
	}
	for _, t := range f.TLVs {
		w.TLVs = append(w.TLVs, tlvJSON{fmt.Sprintf("0x%04x", t.Tag), hex.EncodeToString(t.Value)})
	}
	return w
}

func addressOf(a event.Address) *addressJSON {
	return &addressJSON{TON: a.TON, NPI: a.NPI, Address: a.Addr}
}

// readable returns octets that are UTF-8 without control characters as text,
// "" for others: those are seen in hex.
func readable(octets []byte) string {
	s := string(octets)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return ""
	}
	return s
}
