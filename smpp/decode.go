package smpp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// The longest values that SMPP 3.4 §4.6.1 and §4.7.1 allow, NUL included. A
// longer one is read and reported: refusing it would lose the receipt.
const (
	maxServiceType    = 6
	maxDeliverAddress = 21
	maxDataAddress    = 65
	maxTime           = 17
)

// ParseDeliverSM reads a whole deliver_sm or data_sm, header included, as a
// capture shows it. Other octets are none: ok is false.
func ParseDeliverSM(octets []byte) (d *DeliverSM, ok bool) {
	if len(octets) > maxFrame {
		return nil, false
	}
	h, err := readHeader(bufio.NewReader(bytes.NewReader(octets)))
	if err != nil || int(h.length) != len(octets) || (h.command != pdu.DeliverSMID && h.command != pdu.DataSMID) {
		return nil, false
	}
	d = &DeliverSM{Sequence: h.sequence}
	d.decode(h.command, octets[pdu.HeaderLen:])
	return d, true
}

// decode fills d from the body of a deliver_sm or data_sm, which d keeps.
// Everything but Operator, Account, Bind, Sequence and ReceivedAt is set anew;
// the capacity of d's slices is reused.
func (d *DeliverSM) decode(command pdu.ID, body []byte) {
	d.Command, d.Raw = CommandDeliverSM, body
	d.Problems, d.Malformed = d.Problems[:0], ""
	c := cursor{rest: body, problems: d.Problems}
	if command == pdu.DataSMID {
		d.Command = CommandDataSM
		d.dataFields(&c)
	} else {
		d.deliverFields(&c)
	}
	if c.fault != "" {
		d.malformed(c.fault)
		return
	}
	d.TLVs = c.tlvs(d.TLVs[:0])
	d.Problems = c.problems
}

// malformed empties every field that was read from the body.
func (d *DeliverSM) malformed(why string) {
	*d = DeliverSM{
		Operator: d.Operator, Account: d.Account, Bind: d.Bind,
		Command: d.Command, Sequence: d.Sequence, Raw: d.Raw, ReceivedAt: d.ReceivedAt,
		Malformed: why,
	}
}

// deliverFields reads the mandatory fields of SMPP 3.4 §4.6.1.
func (d *DeliverSM) deliverFields(c *cursor) {
	d.ServiceType = c.cstring("service_type", maxServiceType)
	d.Source = c.address("source_addr", maxDeliverAddress)
	d.Dest = c.address("destination_addr", maxDeliverAddress)
	d.ESMClass = c.octet("esm_class")
	d.ProtocolID = c.octet("protocol_id")
	d.PriorityFlag = c.octet("priority_flag")
	c.cstring("schedule_delivery_time", maxTime)
	c.cstring("validity_period", maxTime)
	d.RegisteredDelivery = c.octet("registered_delivery")
	c.octet("replace_if_present_flag")
	d.DataCoding = c.octet("data_coding")
	c.octet("sm_default_msg_id")
	d.ShortMessage = c.message(int(c.octet("sm_length")))
}

// dataFields reads the mandatory fields of SMPP 3.4 §4.7.1.
func (d *DeliverSM) dataFields(c *cursor) {
	d.ServiceType = c.cstring("service_type", maxServiceType)
	d.Source = c.address("source_addr", maxDataAddress)
	d.Dest = c.address("destination_addr", maxDataAddress)
	d.ESMClass = c.octet("esm_class")
	d.RegisteredDelivery = c.octet("registered_delivery")
	d.DataCoding = c.octet("data_coding")
	d.ProtocolID, d.PriorityFlag, d.ShortMessage = 0, 0, nil
}

// cursor reads a body from its beginning. After the first fault it reads nothing.
type cursor struct {
	rest     []byte
	fault    string
	problems []string
}

func (c *cursor) octet(field string) byte {
	if len(c.rest) == 0 {
		c.fail("the PDU ends before ", field)
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

func (c *cursor) address(field string, limit int) Address {
	return Address{TON: c.octet(field), NPI: c.octet(field), Addr: c.cstring(field, limit)}
}

// cstring reads a C-octet string, of which limit octets are allowed.
func (c *cursor) cstring(field string, limit int) string {
	end := bytes.IndexByte(c.rest, 0)
	if end < 0 {
		c.fail("the PDU ends inside ", field)
		return ""
	}
	value := c.rest[:end]
	c.rest = c.rest[end+1:]
	if end >= limit {
		c.problem("%s of %d octets, SMPP allows %d", field, end, limit-1)
	}
	return view(value)
}

func (c *cursor) octets(field string, n int) []byte {
	if n > len(c.rest) {
		c.fail("the PDU ends inside ", field)
		return nil
	}
	value := c.rest[:n:n]
	c.rest = c.rest[n:]
	return value
}

// fail notes the first fault. It takes two strings so that a good PDU pays for
// no concatenation.
func (c *cursor) fail(what, field string) {
	if c.fault == "" {
		c.fault = what + field
	}
	c.rest = nil
}

// tlvs appends the optional parameters. Where a length is wrong, a TLV ends where
// a list that fits begins. One that runs past the end of the PDU ends the list and
// is reported: what stands before it is good.
func (c *cursor) tlvs(list []TLV) []TLV {
	if len(c.rest) >= tlvHeader {
		list = slices.Grow(list, 4) // a receipt usually has two or three
	}
	b, at := c.rest, 0
	var fits lists // nil: all do
	if !isList(b) {
		fits = findLists(b)
		if begin, ok := fits.nearest(0, 0, maxShift); ok && !fits[0] && isNULs(b[:begin]) {
			c.problem("octets before the TLVs: %d", begin)
			at = begin
		}
	}
	for len(b)-at >= tlvHeader && !isNULs(b[at:]) {
		tag, n := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		begin := at + tlvHeader
		end := begin + n
		if fits != nil && end != len(b) && (end > len(b) || !fits[end]) {
			end = c.tlvEnd(fits, tag, begin, end)
		}
		if end > len(b) {
			c.problem("TLV 0x%04x of %d octets runs past the end, %d are left; nothing after it was read", tag, n, len(b)-begin)
			return list
		}
		list = append(list, TLV{Tag: tag, Value: b[begin:end:end]})
		at = end
	}
	if at < len(b) {
		c.problem("octets left over at the end: %d", len(b)-at)
	}
	return list
}

// tlvEnd returns where a TLV ends whose length leaves no list behind it: where one
// begins nearby, or at the PDU's end when only one octet is missing, as of a
// string whose NUL was counted and not sent.
func (c *cursor) tlvEnd(fits lists, tag uint16, begin, end int) int {
	octets := len(fits) - 1
	found, ok := fits.nearest(end, max(begin, end-maxShift), end+maxShift)
	switch {
	case ok:
	case end == octets+1:
		found = octets
	default:
		return end
	}
	c.problem("TLV 0x%04x says %d octets and has %d", tag, end-begin, found-begin)
	return found
}

// tlvHeader is the length of tag and length (SMPP 3.4 §5.3.1).
const tlvHeader = 4

// view returns b as a string without copying it. Nobody writes to a body after
// it was read, see DeliverSM.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // G103: b is never written again
}
