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

// readHeader reads the next PDU's header. After a badLengthError the stream
// cannot be read on.
func readHeader(r *bufio.Reader) (header, error) {
	octets, err := r.Peek(pdu.HeaderLen)
	if err != nil {
		if len(octets) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return header{}, err
	}
	h := header{
		length:   binary.BigEndian.Uint32(octets),
		command:  pdu.ID(binary.BigEndian.Uint32(octets[4:])),
		status:   CommandStatus(binary.BigEndian.Uint32(octets[8:])),
		sequence: binary.BigEndian.Uint32(octets[12:]),
	}
	_, _ = r.Discard(pdu.HeaderLen) // they were peeked, so they are there
	if h.length < pdu.HeaderLen || h.length > maxFrame {
		return h, badLengthError(h.length)
	}
	return h, nil
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
