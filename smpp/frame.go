package smpp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// maxFrame is the longest PDU that is believed: a message_payload of 64 KiB
// (SMPP 3.4 §5.3.2.32) and 8 KiB for everything beside it. What claims to be
// longer is not SMPP, and there is no way to find the next PDU behind it.
const maxFrame = 72 << 10

// responseBit tells responses from requests (SMPP 3.4 §5.1.2).
const responseBit = 0x80000000

// header is a PDU's header (SMPP 3.4 §3.2).
type header struct {
	length   uint32
	command  pdu.ID
	status   CommandStatus
	sequence uint32
}

func (h header) isResponse() bool { return h.command&responseBit != 0 }

// badLengthError is a command_length that cannot be believed.
type badLengthError uint32

func (e badLengthError) Error() string {
	return fmt.Sprintf("command_length %d, believed are %d to %d", uint32(e), pdu.HeaderLen, maxFrame)
}

// tlsRecord reports whether what stands in the length's place begins a TLS record:
// its type, and the version's first octet (RFC 8446 §5.1).
func (e badLengthError) tlsRecord() bool {
	kind := byte(e >> 24)
	return kind >= 0x14 && kind <= 0x17 && byte(e>>16) == 0x03
}

// lengthLen is the octets of command_length.
const lengthLen = 4

// readHeader reads the next PDU's header. A length that cannot be believed is told
// at once: what is not SMPP may be shorter than a header. After a badLengthError
// the stream cannot be read on.
func readHeader(r *bufio.Reader) (header, error) {
	octets, err := peek(r, lengthLen)
	if err != nil {
		return header{}, err
	}
	length := binary.BigEndian.Uint32(octets)
	if length < pdu.HeaderLen || length > maxFrame {
		return header{length: length}, badLengthError(length)
	}
	if octets, err = peek(r, pdu.HeaderLen); err != nil {
		return header{}, err
	}
	h := header{
		length:   length,
		command:  pdu.ID(binary.BigEndian.Uint32(octets[4:])),
		status:   CommandStatus(binary.BigEndian.Uint32(octets[8:])),
		sequence: binary.BigEndian.Uint32(octets[12:]),
	}
	_, _ = r.Discard(pdu.HeaderLen) // they were peeked, so they are there
	return h, nil
}

// peek returns the next n octets and leaves them; an end amid them is unexpected.
func peek(r *bufio.Reader, n int) ([]byte, error) {
	octets, err := r.Peek(n)
	if len(octets) > 0 && errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return octets, err
}

// bodyLen is the number of octets after the header.
func (h header) bodyLen() int { return int(h.length) - pdu.HeaderLen }

// appendHeader appends the header of a PDU with a body of that many octets.
func appendHeader(b []byte, h header, bodyLen int) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(pdu.HeaderLen+bodyLen))
	b = binary.BigEndian.AppendUint32(b, uint32(h.command))
	b = binary.BigEndian.AppendUint32(b, uint32(h.status))
	return binary.BigEndian.AppendUint32(b, h.sequence)
}
