package smpp

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// maxTag is the last tag that SMPP defines or leaves to vendors (SMPP 3.4 §5.3.2).
const maxTag = 0x3FFF

// maxShift is how far a length is believed to be off to the short side, and a
// TLV's to the long side, too.
const maxShift = 8

// isList reports whether b is a list of TLVs to its end, NULs behind it allowed.
// The tag 0 is none: it is what NULs before a list look like.
func isList(b []byte) bool {
	for len(b) >= tlvHeader {
		n := tlvHeader + int(binary.BigEndian.Uint16(b[2:]))
		if binary.BigEndian.Uint16(b) == 0 || n > len(b) {
			break
		}
		b = b[n:]
	}
	return isNULs(b)
}

// mayBeList reports whether b is a list, or begins with a TLV of a known tag: then
// a wrong length stands further on.
func mayBeList(b []byte) bool {
	if isList(b) {
		return true
	}
	tag := uint16(0)
	if len(b) >= tlvHeader {
		tag = binary.BigEndian.Uint16(b)
	}
	return tag != 0 && tag <= maxTag && int(binary.BigEndian.Uint16(b[2:])) <= len(b)-tlvHeader
}

func isNULs(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// lists holds for each octet whether a list of TLVs of known tags begins there.
type lists []bool

// findLists is asked only when a length is wrong; its work grows with the octets.
func findLists(b []byte) lists {
	ends := make(lists, len(b)+1) // a list, or NULs and a list or nothing behind them
	begins := make(lists, len(b)+1)
	ends[len(b)] = true
	for i := len(b) - 1; i >= 0; i-- {
		ends[i] = b[i] == 0 && ends[i+1]
		if len(b)-i < tlvHeader {
			continue
		}
		tag, end := binary.BigEndian.Uint16(b[i:]), i+tlvHeader+int(binary.BigEndian.Uint16(b[i+2:]))
		if tag != 0 && tag <= maxTag && end <= len(b) && ends[end] {
			ends[i], begins[i] = true, true
		}
	}
	return begins
}

// nearest returns where the list begins that is nearest to at, not before low and
// not behind high.
func (l lists) nearest(at, low, high int) (found int, ok bool) {
	for shift := 1; at-shift >= low || at+shift <= high; shift++ {
		for _, i := range [...]int{at + shift, at - shift} {
			if i >= max(low, 0) && i <= min(high, len(l)-1) && l[i] {
				return i, true
			}
		}
	}
	return 0, false
}

// message reads short_message of that many octets, or of as many as leave a list
// of TLVs where the length is wrong: operators count a NUL that they do not send,
// or send one that they do not count.
func (c *cursor) message(length int) []byte {
	const most = 255
	if length > len(c.rest) || !mayBeList(c.rest[length:]) {
		fits := findLists(c.rest)
		from := length // NULs left over are skipped before anything else is tried
		for from < len(c.rest) && c.rest[from] == 0 && !fits[from] {
			from++
		}
		end, ok := from, from < len(c.rest) && fits[from]
		if !ok {
			end, ok = fits.nearest(length, length-maxShift, most)
		}
		if ok {
			c.problem("sm_length is %d, the TLVs begin behind %d octets", length, end)
			length = end
		} else if length == len(c.rest)+1 {
			c.problem("sm_length is %d, but %d octets are left", length, length-1)
			length--
		}
	}
	return c.octets("short_message", length)
}

// problem notes what could be read past; the first ones tell enough.
func (c *cursor) problem(format string, args ...any) {
	const most = 8
	if len(c.problems) < most {
		c.problems = append(c.problems, fmt.Sprintf(format, args...))
	}
}
