package smpp

import (
	"bytes"
	"context"
	"time"
)

// The two commands that carry receipts, as DeliverSM.Command names them.
const (
	CommandDeliverSM = "deliver_sm"
	CommandDataSM    = "data_sm"
)

// Address is a type of number, a numbering plan and the address itself
// (SMPP 3.4 §5.2.5 to §5.2.9).
type Address struct {
	TON, NPI byte
	Addr     string
}

// TLV is one optional parameter as it came, its value without tag and length
// (SMPP 3.4 §5.3).
type TLV struct {
	Tag   uint16
	Value []byte
}

// DeliverSM is one deliver_sm or data_sm of an SMSC.
//
// Its strings and octets share Raw: whoever holds one may keep it for as long as
// he likes, and nobody may write to it.
type DeliverSM struct {
	// Operator, Account and Bind (operator/account/N) say where it came in.
	Operator, Account, Bind string
	// Command is CommandDeliverSM or CommandDataSM.
	Command string
	// Sequence is the SMSC's sequence_number; 0 and repeats occur.
	Sequence uint32

	ServiceType                                                        string
	Source, Dest                                                       Address
	ESMClass, ProtocolID, PriorityFlag, RegisteredDelivery, DataCoding byte

	// ShortMessage is as it came, a user data header included.
	ShortMessage []byte
	// TLVs are in wire order, duplicates and message_payload included.
	TLVs []TLV
	// Raw is the whole PDU after its header.
	Raw []byte
	// Problems says in words what was wrong but could be read past, such as a
	// TLV that runs past the end and so ended the list.
	Problems []string
	// Malformed says why the mandatory fields could not be read. When it is not
	// empty, only Operator, Account, Bind, Command, Sequence, Raw and ReceivedAt
	// are set.
	Malformed string
	// ReceivedAt is when the PDU's last octet was read.
	ReceivedAt time.Time
}

// tagMessagePayload holds the text when short_message is empty (SMPP 3.4 §5.3.2.32).
const tagMessagePayload = 0x0424

// Body returns short_message, or message_payload when that is blank and
// message_payload is not.
func (d *DeliverSM) Body() []byte {
	if !isBlank(d.ShortMessage) {
		return d.ShortMessage
	}
	body := d.ShortMessage
	for _, t := range d.TLVs {
		if t.Tag == tagMessagePayload && (!isBlank(t.Value) || len(body) == 0) {
			if body = t.Value; !isBlank(body) {
				break
			}
		}
	}
	return body
}

func isBlank(b []byte) bool { return len(bytes.Trim(b, "\x00 \t\r\n")) == 0 }

// Handler takes what the SMSCs deliver. One Handler serves all binds of an
// operator at once.
type Handler interface {
	// Deliver takes d and sees to it that answer is called exactly once, with
	// what the SMSC shall be told; later calls change nothing. answer may be
	// called from any goroutine and never blocks.
	//
	// Each session calls Deliver from one goroutine, in the order in which the
	// receipts came. While Deliver waits, the session reads and answers on, until
	// the window is full.
	//
	// ctx ends with the session; Deliver must return then. An answer given after
	// that is lost, and the SMSC delivers d again.
	//
	// When Deliver panics, the same frame comes once more with Malformed set.
	Deliver(ctx context.Context, d *DeliverSM, answer func(CommandStatus))
}
