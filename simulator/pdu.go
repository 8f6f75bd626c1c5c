package simulator

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// CommandStatus is the command_status field of a PDU (SMPP 3.4 §5.1.3).
type CommandStatus uint32

// The values of command_status that an SMSC or its scripts use most.
const (
	StatusOK             CommandStatus = 0x00 // ESME_ROK
	StatusInvalidCommand CommandStatus = 0x03 // ESME_RINVCMDID
	StatusInvalidBind    CommandStatus = 0x04 // ESME_RINVBNDSTS
	StatusAlreadyBound   CommandStatus = 0x05 // ESME_RALYBND
	StatusSystemError    CommandStatus = 0x08 // ESME_RSYSERR
	StatusBindFailed     CommandStatus = 0x0D // ESME_RBINDFAIL
	StatusWrongPassword  CommandStatus = 0x0E // ESME_RINVPASWD
	StatusWrongSystemID  CommandStatus = 0x0F // ESME_RINVSYSID
	StatusQueueFull      CommandStatus = 0x14 // ESME_RMSGQFUL
	StatusThrottled      CommandStatus = 0x58 // ESME_RTHROTTLED
)

// String returns the value in hexadecimal, as operators' documents print it.
func (s CommandStatus) String() string { return fmt.Sprintf("0x%02X", uint32(s)) }

// command_id values (SMPP 3.4 §5.1.2.1); a response has bit 31 set.
const (
	cmdBindReceiver    = 0x00000001
	cmdBindTransmitter = 0x00000002
	cmdSubmitSM        = 0x00000004
	cmdDeliverSM       = 0x00000005
	cmdUnbind          = 0x00000006
	cmdBindTransceiver = 0x00000009
	cmdEnquireLink     = 0x00000015
	cmdDataSM          = 0x00000103
	cmdGenericNack     = 0x80000000
	responseBit        = 0x80000000
)

// Tags of optional parameters (SMPP 3.4 §5.3.2) that receipts carry.
const (
	TagReceiptedMessageID = 0x001E
	TagNetworkErrorCode   = 0x0423
	TagMessagePayload     = 0x0424
	TagMessageState       = 0x0427
	tagInterfaceVersion   = 0x0210
)

const (
	headerLength = 16
	// maxPDU is more than any ESME sends to an SMSC: a submit_sm with a full
	// message_payload.
	maxPDU = 70_000
	// maxShortMessage is the limit of short_message (SMPP 3.4 §5.2.22).
	maxShortMessage = 254
)

var errPDULength = errors.New("command_length out of range")

// header is the 16-octet header of a PDU without its length.
type header struct {
	command  uint32
	status   CommandStatus
	sequence uint32
}

// readPDU reads one PDU into buf, which grows as needed; body is valid until
// the next call with the same buf.
func readPDU(r io.Reader, buf []byte) (h header, body, grown []byte, err error) {
	if cap(buf) < headerLength {
		buf = make([]byte, 512)
	}
	buf = buf[:cap(buf)]
	if _, err = io.ReadFull(r, buf[:headerLength]); err != nil {
		return h, nil, buf, err
	}
	length := binary.BigEndian.Uint32(buf)
	if length < headerLength || length > maxPDU {
		return h, nil, buf, fmt.Errorf("%w: %d", errPDULength, length)
	}
	h = header{
		command:  binary.BigEndian.Uint32(buf[4:]),
		status:   CommandStatus(binary.BigEndian.Uint32(buf[8:])),
		sequence: binary.BigEndian.Uint32(buf[12:]),
	}
	n := int(length) - headerLength
	if n > len(buf) {
		buf = make([]byte, n)
	}
	_, err = io.ReadFull(r, buf[:n])
	return h, buf[:n], buf, err
}

// appendPDU appends a PDU with the given body.
func appendPDU(dst []byte, h header, body []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(headerLength+len(body)))
	dst = binary.BigEndian.AppendUint32(dst, h.command)
	dst = binary.BigEndian.AppendUint32(dst, uint32(h.status))
	dst = binary.BigEndian.AppendUint32(dst, h.sequence)
	return append(dst, body...)
}

func appendCString(dst []byte, s string) []byte { return append(append(dst, s...), 0) }

func appendTLV(dst []byte, tag uint16, value []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, tag)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(value)))
	return append(dst, value...)
}

// fields reads the mandatory fields of a request from its body; after the first
// field that is not there every further one is empty and bad is true.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) octet() byte {
	if len(f.rest) == 0 {
		f.bad = true
		return 0
	}
	b := f.rest[0]
	f.rest = f.rest[1:]
	return b
}

func (f *fields) cString() string {
	for i, b := range f.rest {
		if b == 0 {
			s := string(f.rest[:i])
			f.rest = f.rest[i+1:]
			return s
		}
	}
	f.rest, f.bad = nil, true
	return ""
}

func (f *fields) octets(n int) []byte {
	if n > len(f.rest) {
		f.rest, f.bad = nil, true
		return nil
	}
	b := f.rest[:n]
	f.rest = f.rest[n:]
	return b
}

// bindRequest is what a bind PDU says (SMPP 3.4 §4.1).
type bindRequest struct {
	systemID, password, systemType string
	interfaceVersion               byte
}

func parseBind(body []byte) (bindRequest, error) {
	f := fields{rest: body}
	b := bindRequest{systemID: f.cString(), password: f.cString(), systemType: f.cString(), interfaceVersion: f.octet()}
	if f.bad {
		return b, errors.New("bind PDU ends inside its mandatory fields")
	}
	return b, nil
}

// submitRequest is what the simulator needs of a submit_sm (SMPP 3.4 §4.4.1).
type submitRequest struct {
	source, destination Address
	registeredDelivery  byte
	text                []byte
}

func parseSubmit(body []byte) (submitRequest, error) {
	f := fields{rest: body}
	f.cString() // service_type
	s := submitRequest{
		source:      Address{TON: f.octet(), NPI: f.octet(), Number: f.cString()},
		destination: Address{TON: f.octet(), NPI: f.octet(), Number: f.cString()},
	}
	f.octets(3) // esm_class, protocol_id, priority_flag
	f.cString() // schedule_delivery_time
	f.cString() // validity_period
	s.registeredDelivery = f.octet()
	f.octets(3) // replace_if_present_flag, data_coding, sm_default_msg_id
	s.text = f.octets(int(f.octet()))
	if f.bad {
		return s, errors.New("submit_sm ends inside its mandatory fields")
	}
	return s, nil
}
