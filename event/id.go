package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// Key is the hash that a message or an event is known by inside the gateway.
type Key [16]byte

// idPrefix begins every event's id; the rest is a Key in hex.
const idPrefix = "rcpt_"

// ID returns the id of the receipt that came as f: a hash of operator,
// addresses, esm_class, data_coding, body octets and TLVs in order, and, when
// the body holds no run of ten or more digits but placeholders, the UTC day of
// reception.
func ID(f *Facts) string { return idString(idKey(f)) }

func idKey(f *Facts) Key {
	if f.CutID != "" {
		return parseID(f.CutID)
	}
	b := make([]byte, 0, 512)
	b = appendField(b, f.Operator)
	for _, a := range [...]*Address{&f.Source, &f.Dest} {
		b = appendField(append(b, a.TON, a.NPI), a.Addr)
	}
	b = appendField(append(b, f.ESMClass, f.DataCoding), f.Body)
	for _, t := range f.TLVs {
		b = appendField(binary.BigEndian.AppendUint16(b, t.Tag), t.Value)
	}
	if !tellsMessagesApart(f.Body) {
		b = f.ReceivedAt.UTC().AppendFormat(b, time.DateOnly)
	}
	return hashKey(b)
}

// tellsMessagesApart reports whether the body holds a run of ten or more digits
// that is no placeholder. NULs between them do not count, so that UTF-16 is read
// as well.
func tellsMessagesApart(body []byte) bool {
	run := make([]byte, 0, 32)
	for _, c := range body {
		switch {
		case isDigit(c):
			run = append(run, c)
		case c != 0:
			if tells(run) {
				return true
			}
			run = run[:0]
		}
	}
	return tells(run)
}

// tells reports whether a run of digits can be of one message alone. What is
// written where nothing is known is in every receipt: one digit over and over,
// and a date at the beginning or the end of a calendar.
func tells(run []byte) bool {
	const enough = 10
	return len(run) >= enough && bytes.Count(run, run[:1]) != len(run) && !isPlaceholderDate(run)
}

// isPlaceholderDate knows, as [YY]YYMMDDhhmm[ss] with a fraction or without, the
// first midnight and the last minute of every year, and the day on which Unix
// time begins, in every zone.
func isPlaceholderDate(run []byte) bool {
	const longest = len("YYYYMMDDhhmmssmmm")
	if len(run) > longest {
		return false
	}
	for year := 2; year <= min(4, len(run)-len("MMDDhhmm")); year += 2 {
		day, clock := string(run[year:year+4]), string(run[year+4:])
		switch short := string(run[year-2 : year]); {
		case day == "0101" && (strings.Trim(clock, "0") == "" || short == "70"),
			day == "1231" && (strings.HasPrefix(clock, "2359") || short == "69"):
			return true
		}
	}
	return false
}

// messageKey is the hash of operator, canonical id and recipient.
func messageKey(operator, canonicalID, recipient string) Key {
	b := make([]byte, 0, 128)
	b = appendField(b, operator)
	b = appendField(b, canonicalID)
	b = appendField(b, recipient)
	return hashKey(b)
}

// appendField appends s behind its length, so that no two lists of fields give
// the same octets.
func appendField[T string | []byte](dst []byte, s T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func hashKey(b []byte) Key {
	sum := sha256.Sum256(b)
	return Key(sum[:len(Key{})])
}

func idString(k Key) string {
	var b [len(idPrefix) + 2*len(Key{})]byte
	copy(b[:], idPrefix)
	hex.Encode(b[len(idPrefix):], k[:])
	return string(b[:])
}

// parseID is the reverse of idString; an id of another form gets a key of its own.
func parseID(id string) Key {
	var k Key
	digits, ok := strings.CutPrefix(id, idPrefix)
	if !ok || len(digits) != 2*len(k) {
		return hashKey([]byte(id))
	}
	if _, err := hex.Decode(k[:], []byte(digits)); err != nil {
		return hashKey([]byte(id))
	}
	return k
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAll(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return s != ""
}
