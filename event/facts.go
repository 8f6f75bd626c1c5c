package event

import (
	"time"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// Address is an SMPP address with its type of number and numbering plan
// (SMPP 3.4 §5.2.5, §5.2.6).
type Address struct {
	TON, NPI byte
	Addr     string
}

// Facts is what came over the wire, from whom, and when; nothing parsed.
type Facts struct {
	Operator, Account, Bind string
	Command                 string // deliver_sm | data_sm
	Sequence                uint32 // the PDU's sequence_number
	ServiceType             string
	Source, Dest            Address
	ESMClass, DataCoding    byte
	// Body is short_message or, when that is empty, message_payload.
	Body []byte
	// TLVs are all TLVs in wire order.
	TLVs       []receipt.TLV
	ReceivedAt time.Time
	// Malformed says why the mandatory fields could not be read; Body then
	// holds the whole PDU body.
	Malformed string
	// Problems says what was wrong with the frame but could be read past.
	Problems []string
	// CutID is the id as it was before Cut cut the octets; empty when they are
	// whole.
	CutID string
}
