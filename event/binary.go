package event

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// The first octet of each binary form is its version. A later version only
// adds fields behind those that are here.
const (
	factsVersion   = 1
	summaryVersion = 1
)

// errShort is the fault of octets that end too early.
var errShort = errors.New("ends too early")

// AppendBinary appends the stored form of f, for DecodeFacts. ReceivedAt is
// kept to the microsecond.
func (f *Facts) AppendBinary(dst []byte) []byte {
	const fixed = 256 // the numbers and the usual names
	dst = slices.Grow(dst, fixed+len(f.Body)+16*len(f.TLVs))
	dst = append(dst, factsVersion, f.ESMClass, f.DataCoding, f.Source.TON, f.Source.NPI, f.Dest.TON, f.Dest.NPI)
	dst = binary.AppendUvarint(dst, uint64(f.Sequence))
	dst = binary.AppendVarint(dst, f.ReceivedAt.UnixMicro())
	for _, s := range [...]string{
		f.Operator, f.Account, f.Bind, f.Command, f.ServiceType, f.Source.Addr, f.Dest.Addr, f.Malformed, f.CutID,
	} {
		dst = appendField(dst, s)
	}
	dst = appendField(dst, f.Body)
	dst = binary.AppendUvarint(dst, uint64(len(f.TLVs)))
	for _, t := range f.TLVs {
		dst = binary.AppendUvarint(dst, uint64(t.Tag))
		dst = appendField(dst, t.Value)
	}
	dst = binary.AppendUvarint(dst, uint64(len(f.Problems)))
	for _, p := range f.Problems {
		dst = appendField(dst, p)
	}
	return dst
}

// DecodeFacts reads what Facts.AppendBinary wrote. The result shares nothing
// with b.
func DecodeFacts(b []byte) (*Facts, error) {
	d := newDecoder(b, factsVersion)
	f := &Facts{ESMClass: d.octet(), DataCoding: d.octet()}
	f.Source.TON, f.Source.NPI, f.Dest.TON, f.Dest.NPI = d.octet(), d.octet(), d.octet(), d.octet()
	f.Sequence = uint32(d.uvarint())
	f.ReceivedAt = d.time()
	for _, s := range [...]*string{
		&f.Operator, &f.Account, &f.Bind, &f.Command, &f.ServiceType, &f.Source.Addr, &f.Dest.Addr, &f.Malformed, &f.CutID,
	} {
		*s = d.text()
	}
	f.Body = []byte(d.text())
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		f.TLVs = append(f.TLVs, receipt.TLV{Tag: uint16(d.uvarint()), Value: []byte(d.text())})
	}
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		f.Problems = append(f.Problems, d.text())
	}
	if d.err != nil {
		return nil, fmt.Errorf("stored facts: %w", d.err)
	}
	return f, nil
}

// The bits of a stored Summary.
const (
	bitFinal = 1 << iota
	bitIntermediate
	bitUnmapped
	bitConflict
	bitDuplicate
	bitLate
	bitStanding
	bitSupersedes
)

// AppendBinary appends the stored form of s, for DecodeSummary. ReceivedAt is
// kept to the microsecond.
func (s *Summary) AppendBinary(dst []byte) []byte {
	var bits byte
	for i, set := range [...]bool{
		s.Final, s.Intermediate, s.Unmapped, s.Conflict, s.Duplicate, s.Late, s.Standing, s.Supersedes != "",
	} {
		if set {
			bits |= 1 << i
		}
	}
	const usual = 192
	dst = slices.Grow(dst, usual)
	id := parseID(s.ID)
	dst = append(dst, summaryVersion, byte(s.Kind), byte(s.Status), bits)
	dst = append(append(dst, id[:]...), s.Message[:]...)
	if s.Supersedes != "" {
		replaced := parseID(s.Supersedes)
		dst = append(dst, replaced[:]...)
	}
	dst = binary.AppendVarint(dst, s.ReceivedAt.UnixMicro())
	for _, v := range [...]string{s.Operator, s.Account, s.Bind, s.MessageID, s.Recipient, s.Sender, s.Stat, s.Err} {
		dst = appendField(dst, v)
	}
	return dst
}

// DecodeSummary reads what Summary.AppendBinary wrote. The result shares
// nothing with b.
func DecodeSummary(b []byte) (Summary, error) {
	d := newDecoder(b, summaryVersion)
	s := Summary{Kind: Kind(d.octet()), Status: mapping.Status(d.octet())}
	bits := d.octet()
	s.Final, s.Intermediate = bits&bitFinal != 0, bits&bitIntermediate != 0
	s.Unmapped, s.Conflict = bits&bitUnmapped != 0, bits&bitConflict != 0
	s.Duplicate, s.Late, s.Standing = bits&bitDuplicate != 0, bits&bitLate != 0, bits&bitStanding != 0
	s.ID, s.Message = idString(d.key()), d.key()
	if bits&bitSupersedes != 0 {
		s.Supersedes = idString(d.key())
	}
	s.ReceivedAt = d.time()
	for _, v := range [...]*string{&s.Operator, &s.Account, &s.Bind, &s.MessageID, &s.Recipient, &s.Sender, &s.Stat, &s.Err} {
		*v = d.text()
	}
	if d.err != nil {
		return Summary{}, fmt.Errorf("stored summary: %w", d.err)
	}
	return s, nil
}

// decoder reads a binary form from its one string, so that all the texts of a
// result cost one allocation. After a fault every read gives zero.
type decoder struct {
	rest string
	err  error
}

func newDecoder(b []byte, version byte) *decoder {
	d := &decoder{rest: string(b)}
	if v := d.octet(); d.err == nil && v != version {
		d.fail(fmt.Errorf("version %d is not known to this program", v))
	}
	return d
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.rest = ""
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.rest)) {
		d.fail(errShort)
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) octet() byte {
	if s := d.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (d *decoder) key() (k Key) {
	copy(k[:], d.take(uint64(len(k))))
	return k
}

// uvarint is binary.Uvarint on a string.
func (d *decoder) uvarint() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		c := d.octet()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.fail(errors.New("a number is too long"))
	return 0
}

func (d *decoder) text() string { return d.take(d.uvarint()) }

// time reads what binary.AppendVarint wrote of a Unix time in microseconds.
func (d *decoder) time() time.Time {
	n := d.uvarint()
	return time.UnixMicro(int64(n>>1) ^ -int64(n&1)).UTC()
}
