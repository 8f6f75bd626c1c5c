package receipt

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse holds the promises of the package for any body and TLVs: no panic,
// nothing read past the input or changed in it, the same result every time, and
// fields that read the same when they are written out again.
func FuzzParse(f *testing.F) {
	for _, e := range append(readCorpus(f), readEntries(f, publicFile)...) {
		in := e.input(f)
		f.Add(in.Body, joinTLVs(in.TLVs), in.ESMClass, in.DataCoding)
	}
	dialects := []*Dialect{{Unmarked: true}, {IDConversion: IDHexToDecimal, IDSource: IDFromText}, {DateLayouts: []string{"02 Jan 2006 15:04"}, Asked: []uint16{tagMessageState, 0x1403}}}
	for _, d := range exampleDialects(f) {
		dialects = append(dialects, d)
	}
	f.Fuzz(func(t *testing.T, body, tlvs []byte, esmClass, dataCoding byte) {
		parse := func(d *Dialect, tail byte) *Receipt {
			buffer := append(bytes.Clone(body), bytes.Repeat([]byte{tail}, 16)...)
			in := &Input{
				ESMClass: esmClass, DataCoding: dataCoding, Body: buffer[:len(body)], TLVs: splitTLVs(tlvs),
				ReceivedAt: time.Unix(1790000000, 0),
			}
			r := d.Parse(in)
			if !bytes.Equal(in.Body, body) || !bytes.Equal(joinTLVs(in.TLVs), joinTLVs(splitTLVs(tlvs))) {
				t.Fatal("input changed")
			}
			return r
		}
		for _, d := range dialects {
			parse(d, 0)
		}
		r := parse(&Dialect{}, ':')
		if again := parse(&Dialect{}, '0'); !reflect.DeepEqual(r, again) {
			t.Errorf("not the same again:\n%s", cmp.Diff(r, again))
		}
		if text, ok := render(r); ok {
			again := (&Dialect{}).Parse(&Input{ESMClass: esmReceipt, Body: []byte(text)})
			if diff := cmp.Diff(fields(r), fields(again)); diff != "" {
				t.Errorf("written out again as %q (-first +again):\n%s", text, diff)
			}
		}
	})
}

// ambiguous finds values that cannot be written out so that they read the same:
// those that hold a key themselves.
var ambiguous = regexp.MustCompile(`(?i)(id|sub|dlvrd|delivrd|date|stat|err|text)[\s\x{a0}\x00]*:`)

// render writes the fields in the order of SMPP 3.4 Appendix B; ok is false when
// there is nothing to write or a value is ambiguous.
func render(r *Receipt) (text string, ok bool) {
	var out strings.Builder
	for _, field := range []struct {
		name  string
		value Field
	}{
		{"id", r.ID},
		{"sub", r.Sub},
		{"dlvrd", r.Dlvrd},
		{"submit date", r.SubmitDate},
		{"done date", r.DoneDate},
		{"stat", r.Stat},
		{"err", r.Err},
		{"text", r.Text},
	} {
		if !field.value.Present {
			continue
		}
		if ambiguous.MatchString(field.value.Value) || strings.Contains(field.value.Value, "\x00") {
			return "", false
		}
		out.WriteString(" " + field.name + ":" + field.value.Value)
	}
	return strings.TrimPrefix(out.String(), " "), out.Len() > 0
}

// FuzzIDs holds for any id that its canonical form is one, and that a search for
// any spelling of a number finds the canonical form.
func FuzzIDs(f *testing.F) {
	for _, id := range []string{"0059113978", "38601FA", "00ffab10", "0x1A2B", "bc59b8aa-2fd2", "", "0", "x"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		canonical := CanonicalID(id)
		if CanonicalID(canonical) != canonical {
			t.Errorf("%q: canonical %q is not canonical", id, canonical)
		}
		forms := IDForms(id)
		if forms[0] != id || !slices.Contains(forms, canonical) {
			t.Errorf("%q: forms %q", id, forms)
		}
		if number := parseNumber(id, 10); number != nil && !slices.Contains(IDForms(number.Text(16)), canonical) {
			t.Errorf("%q is not found by its hexadecimal form", id)
		}
	})
}

// splitTLVs cuts octets into TLVs: tag, one octet of length, value.
func splitTLVs(octets []byte) []TLV {
	var tlvs []TLV
	for len(octets) >= 3 {
		length := min(int(octets[2]), len(octets)-3)
		tlvs = append(tlvs, TLV{Tag: uint16(octets[0])<<8 | uint16(octets[1]), Value: bytes.Clone(octets[3 : 3+length])})
		octets = octets[3+length:]
	}
	return tlvs
}

func joinTLVs(tlvs []TLV) []byte {
	var octets []byte
	for _, tlv := range tlvs {
		value := tlv.Value[:min(len(tlv.Value), 255)]
		octets = append(octets, byte(tlv.Tag>>8), byte(tlv.Tag), byte(len(value)))
		octets = append(octets, value...)
	}
	return octets
}
