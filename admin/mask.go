package admin

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/event"
)

// MaskNumber hides the middle of a phone number, so that it can be recognised by
// who knows it and not read by who does not: "3361*****78". A name stays, but for
// a number in it.
func MaskNumber(address string) string {
	const head, tail, least = 4, 2, 3 // least digits make a number
	if !isNumber(address, least) {
		return maskDigits(address)
	}
	if len(address) <= head+tail {
		return strings.Repeat("*", len(address))
	}
	return address[:head] + strings.Repeat("*", len(address)-head-tail) + address[len(address)-tail:]
}

// plainNumber takes out what people write between digits, with the nought in
// brackets that is not dialled after a country code.
func plainNumber(s string) string {
	if s = strings.TrimSpace(s); strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		s = strings.Replace(s, "(0)", "", 1)
	}
	return strings.NewReplacer(" ", "", "\u00a0", "", "-", "", ".", "", "/", "", "(", "", ")", "").Replace(s)
}

// plainRecipient is a recipient to search for: a number without what stands
// between its digits, and anything else as it is.
func plainRecipient(s string) string {
	if n := plainNumber(s); isNumber(n, 1) {
		return n
	}
	return s
}

// isNumber reports whether s is digits, at least so many, after a plus sign or not.
func isNumber(s string, least int) bool {
	s = strings.TrimPrefix(s, "+")
	return len(s) >= least && strings.Trim(s, "0123456789") == ""
}

// subscriber is how many digits at the end of a number are taken for the number
// itself, whatever stands before them.
const subscriber = 8

// masker hides the numbers of one receipt wherever they stand in text.
type masker struct{ replace *strings.Replacer }

func maskerOf(f *event.Facts) masker {
	var pairs []string
	for _, a := range []event.Address{f.Source, f.Dest} {
		if masked := MaskNumber(a.Addr); masked != a.Addr {
			digits := strings.TrimPrefix(a.Addr, "+")
			pairs = append(pairs, a.Addr, masked, digits, MaskNumber(digits))
			if e164, ok := strings.CutPrefix(digits, "00"); ok {
				pairs = append(pairs, e164, MaskNumber(e164))
			} else if national, ok := strings.CutPrefix(digits, "0"); ok {
				pairs = append(pairs, national, MaskNumber(national))
			}
			if n := len(digits) - subscriber; n > 0 { // written for another country, or within this one
				pairs = append(pairs, digits[n:], strings.Repeat("*", subscriber-2)+digits[len(digits)-2:])
			}
		}
	}
	return masker{strings.NewReplacer(pairs...)}
}

// wire hides the numbers, and all octets, since digits can be read in hex too.
func (m masker) wire(w *wireJSON) {
	for _, a := range []*addressJSON{w.Source, w.Destination} {
		if a != nil {
			a.Address = m.replace.Replace(a.Address)
		}
	}
	w.Text, w.Octets, w.TLVs = m.replace.Replace(w.Text), "", []tlvJSON{}
}

// deliveries hides the numbers in what endpoints answered: many repeat what they
// were sent.
func (m masker) deliveries(r *receiptJSON) {
	r.Attempts, r.Deliveries = slices.Clone(r.Attempts), slices.Clone(r.Deliveries)
	for i := range r.Attempts {
		r.Attempts[i].Answer = maskDigits(m.replace.Replace(r.Attempts[i].Answer))
	}
	for i := range r.Deliveries {
		r.Deliveries[i].LastError = m.replace.Replace(r.Deliveries[i].LastError)
	}
}

// maskDigits hides every run of digits in a foreign text that is as long as a
// phone number.
func maskDigits(text string) string { return phoneDigits.ReplaceAllStringFunc(text, MaskNumber) }

var phoneDigits = regexp.MustCompile(`\d{7,}`)

// data hides the numbers in all texts of a JSON document; what cannot be read
// is left out.
func (m masker) data(doc json.RawMessage) json.RawMessage {
	if doc == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil
	}
	out, err := json.Marshal(m.value(v))
	if err != nil {
		return nil
	}
	return out
}

func (m masker) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.replace.Replace(v)
	case []any:
		for i := range v {
			v[i] = m.value(v[i])
		}
	case map[string]any:
		delete(v, "raw_hex")
		delete(v, "tlvs")
		for k := range v {
			v[k] = m.value(v[k])
		}
	}
	return v
}
