package event

import (
	"bytes"
	"strings"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// tagMessagePayload holds the text when short_message is empty (SMPP 3.4 §5.3.2.32).
const tagMessagePayload = 0x0424

// cutText returns copies of f and r without what privacy.text: drop leaves out:
// what follows `text:`, and the whole body when no receipt was read in it.
func cutText(f *Facts, r *receipt.Receipt, id string) (*Facts, *receipt.Receipt) {
	cut := *f
	cut.CutID = id
	cut.Body = cutBody(f, r)
	cut.TLVs = cutPayload(f.TLVs, f.Body, cut.Body)
	if r == nil {
		return &cut, nil
	}
	read := *r
	read.Text = receipt.Field{}
	read.TLVs = cutPayload(r.TLVs, f.Body, cut.Body)
	if !r.RawIsText || len(cut.Body) == 0 {
		read.Raw, read.Extra = "", nil
	} else {
		read.Raw = r.Raw[:textEnd(r.Raw)]
	}
	return &cut, &read
}

// cutBody returns what of the body may be stored.
func cutBody(f *Facts, r *receipt.Receipt) []byte {
	wasRead := r != nil && r.RawIsText && r.Kind != receipt.NotReceipt && (r.ID.Present || r.Stat.Present)
	if !wasRead || f.Malformed != "" {
		return nil
	}
	if !strings.Contains(r.Raw[textEnd(r.Raw):], r.Text.Value) {
		return nil // the text was found elsewhere, by a pattern of the operator
	}
	end := textEnd(f.Body)
	return f.Body[:end:end]
}

// cutPayload replaces message_payload in a list of TLVs.
func cutPayload(tlvs []receipt.TLV, body, cut []byte) []receipt.TLV {
	out := make([]receipt.TLV, len(tlvs))
	for i, t := range tlvs {
		if t.Tag == tagMessagePayload {
			if bytes.Equal(t.Value, body) {
				t.Value = cut
			} else {
				t.Value = nil
			}
		}
		out[i] = t
	}
	return out
}

// textEnd returns where the first `text:` of s ends, or len(s). NULs are passed
// over, so that UTF-16 is read as well; of a little-endian colon both octets
// are kept.
func textEnd[T string | []byte](s T) int {
	const key = "text:"
	matched, boundary := 0, true
	for i := range len(s) {
		c := s[i]
		if c == 0 || (c == ' ' && matched == len(key)-1) {
			continue
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch {
		case matched > 0 && c == key[matched]:
			matched++
		case c == 't' && boundary:
			matched = 1
		default:
			matched = 0
		}
		if matched == len(key) {
			if end := i + 1; end < len(s) && s[end] == 0 && end%2 == 1 {
				return end + 1
			}
			return i + 1
		}
		boundary = !isDigit(c) && (c < 'a' || c > 'z') && c != '_'
	}
	return len(s)
}
