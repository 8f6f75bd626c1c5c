package event

import (
	"unicode/utf8"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// maxText is where receipt.raw and receipt.text are cut, in octets, and maxValue
// where every other word is. maxTLVs and maxOctets bound what is shown of
// receipt.tlvs.
const (
	maxText   = 4 << 10
	maxValue  = 1 << 10
	maxTLVs   = 64
	maxOctets = 4 << 10
)

// shown returns as much of a foreign word as an event has room for.
func (w *writer) shown(s string) string {
	s, cut := truncate(s, maxValue)
	if cut {
		w.cut++
	}
	return s
}

// truncate cuts s to most octets at the beginning of a rune.
func truncate(s string, most int) (cut string, truncated bool) {
	if len(s) <= most {
		return s, false
	}
	end := most
	for end > most-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end], true
}

// shownTLVs are the first ones that a webhook has room for, each of them whole.
func shownTLVs(tlvs []receipt.TLV) []receipt.TLV {
	octets := 0
	for i, t := range tlvs {
		if octets += len(t.Value); i == maxTLVs || octets > maxOctets {
			return tlvs[:i]
		}
	}
	return tlvs
}

// leftOut is how many TLVs are stored and not shown.
func (s *source) leftOut() int { return len(s.read.TLVs) - len(shownTLVs(s.read.TLVs)) }
