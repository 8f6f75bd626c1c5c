package simulator

import "encoding/binary"

// Address is an SMPP address with its type of number and numbering plan.
type Address struct {
	TON, NPI byte
	Number   string
}

// TLV is one optional parameter.
type TLV struct {
	Tag   uint16
	Value []byte
}

// Kind is what a receipt says of its message.
type Kind string

// The kinds of outcome.
const (
	Delivered Kind = "delivered" // on the handset
	Failed    Kind = "failed"    // given up
	Pending   Kind = "pending"   // on its way: not the last word
	Unclear   Kind = "unclear"   // the operator does not know, or cannot say it
)

// Truth is what a receipt means, whatever its dialect makes of it.
type Truth struct {
	// Message counts the messages of a [Source] from 1; receipts of one message
	// share it. 0: not from a Source.
	Message uint64
	// MessageID is the id that submit_sm_resp carried; TextID and TLVID are the
	// forms of it in the receipt, empty where the receipt carries none.
	MessageID, TextID, TLVID string
	// Recipient is the handset's number.
	Recipient string
	// Stat is the operator's word in the text, empty when the text has none.
	Stat string
	// State is the message_state of the TLV, 0 when there is none.
	State byte
	// Err is the operator's code in the text, empty when the text has none.
	Err  string
	Kind Kind
	// Status is the name of the documented status that dlrgate gives under the
	// dialect's profile; empty where that depends on the operator's rules.
	Status string
	// Duplicate tells that the same octets were sent before as another receipt.
	Duplicate bool
}

// Receipt is one receipt on the wire and what it means.
type Receipt struct {
	Truth
	// Account is the system_id whose sessions get it; empty: any session's.
	Account string
	// DataSM sends it as data_sm in place of deliver_sm.
	DataSM      bool
	ServiceType string
	Source      Address
	Destination Address
	ESMClass    byte
	DataCoding  byte
	// Body are the octets of short_message, or of message_payload when Payload
	// is set, when DataSM is set, or when they are more than 254.
	Body    []byte
	Payload bool
	TLVs    []TLV
	// Text is the body as text, before UTF-16 and UDH.
	Text string
	// Raw, when set, is the whole PDU; only its sequence_number is replaced.
	Raw []byte
}

// frame returns the PDU with sequence_number 0.
func (r *Receipt) frame() []byte {
	if r.Raw != nil {
		return append([]byte(nil), r.Raw...)
	}
	payload := r.Payload || r.DataSM || len(r.Body) > maxShortMessage
	b := make([]byte, headerLength, headerLength+96+len(r.Body)+16*len(r.TLVs))
	command := uint32(cmdDeliverSM)
	b = appendCString(b, r.ServiceType)
	b = appendAddress(b, r.Source)
	b = appendAddress(b, r.Destination)
	if r.DataSM {
		command = cmdDataSM
		b = append(b, r.ESMClass, 0, r.DataCoding) // registered_delivery
	} else {
		// protocol_id, priority_flag, two empty times, registered_delivery,
		// replace_if_present_flag: all unused in deliver_sm (SMPP 3.4 §4.6.1)
		b = append(b, r.ESMClass, 0, 0, 0, 0, 0, 0, r.DataCoding, 0)
		if payload {
			b = append(b, 0)
		} else {
			b = append(append(b, byte(len(r.Body))), r.Body...)
		}
	}
	if payload && len(r.Body) > 0 {
		b = appendTLV(b, TagMessagePayload, r.Body)
	}
	for _, t := range r.TLVs {
		b = appendTLV(b, t.Tag, t.Value)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	binary.BigEndian.PutUint32(b[4:], command)
	return b
}

func appendAddress(dst []byte, a Address) []byte {
	return appendCString(append(dst, a.TON, a.NPI), a.Number)
}
