package smpp

import (
	"fmt"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// CommandStatus is the command_status of a response (SMPP 3.4 §5.1.3).
type CommandStatus uint32

// The statuses that this package reads with a meaning of its own, and those that
// receipts are answered with.
const (
	StatusOK             CommandStatus = 0x00 // ESME_ROK
	StatusInvalidCommand CommandStatus = 0x03 // ESME_RINVCMDID
	StatusAlreadyBound   CommandStatus = 0x05 // ESME_RALYBND
	StatusBindFailed     CommandStatus = 0x0D // ESME_RBINDFAIL
	StatusBadPassword    CommandStatus = 0x0E // ESME_RINVPASWD
	StatusBadSystemID    CommandStatus = 0x0F // ESME_RINVSYSID
	StatusQueueFull      CommandStatus = 0x14 // ESME_RMSGQFUL
	StatusThrottled      CommandStatus = 0x58 // ESME_RTHROTTLED
	StatusReject         CommandStatus = 0x66 // ESME_RX_R_APPN
)

// String returns the name and the number, as in "ESME_RMSGQFUL (0x00000014)".
func (s CommandStatus) String() string {
	name, ok := statusNames[s]
	if !ok {
		name = "unknown"
	}
	return fmt.Sprintf("%s (0x%08x)", name, uint32(s))
}

// meaning returns what the status says in words, "" for one that SMPP 3.4 does
// not define.
func (s CommandStatus) meaning() string {
	if s > 0xFF || statusNames[s] == "" {
		return ""
	}
	return pdu.Status(s).Error()
}

// statusNames holds the names of SMPP 3.4 §5.1.3 and of SMPP 5.0 §4.7.6.
var statusNames = map[CommandStatus]string{
	0x00: "ESME_ROK", 0x01: "ESME_RINVMSGLEN", 0x02: "ESME_RINVCMDLEN", 0x03: "ESME_RINVCMDID",
	0x04: "ESME_RINVBNDSTS", 0x05: "ESME_RALYBND", 0x06: "ESME_RINVPRTFLG", 0x07: "ESME_RINVREGDLVFLG",
	0x08: "ESME_RSYSERR", 0x0A: "ESME_RINVSRCADR", 0x0B: "ESME_RINVDSTADR", 0x0C: "ESME_RINVMSGID",
	0x0D: "ESME_RBINDFAIL", 0x0E: "ESME_RINVPASWD", 0x0F: "ESME_RINVSYSID", 0x11: "ESME_RCANCELFAIL",
	0x13: "ESME_RREPLACEFAIL", 0x14: "ESME_RMSGQFUL", 0x15: "ESME_RINVSERTYP", 0x33: "ESME_RINVNUMDESTS",
	0x34: "ESME_RINVDLNAME", 0x40: "ESME_RINVDESTFLAG", 0x42: "ESME_RINVSUBREP", 0x43: "ESME_RINVESMCLASS",
	0x44: "ESME_RCNTSUBDL", 0x45: "ESME_RSUBMITFAIL", 0x48: "ESME_RINVSRCTON", 0x49: "ESME_RINVSRCNPI",
	0x50: "ESME_RINVDSTTON", 0x51: "ESME_RINVDSTNPI", 0x53: "ESME_RINVSYSTYP", 0x54: "ESME_RINVREPFLAG",
	0x55: "ESME_RINVNUMMSGS", 0x58: "ESME_RTHROTTLED", 0x61: "ESME_RINVSCHED", 0x62: "ESME_RINVEXPIRY",
	0x63: "ESME_RINVDFTMSGID", 0x64: "ESME_RX_T_APPN", 0x65: "ESME_RX_P_APPN", 0x66: "ESME_RX_R_APPN",
	0x67: "ESME_RQUERYFAIL", 0xC0: "ESME_RINVTLVSTREAM", 0xC1: "ESME_RTLVNOTALLWD", 0xC2: "ESME_RINVTLVLEN",
	0xC3: "ESME_RMISSINGTLV", 0xC4: "ESME_RINVTLVVAL", 0xFE: "ESME_RDELIVERYFAILURE", 0xFF: "ESME_RUNKNOWNERR",
	0x100: "ESME_RSERTYPUNAUTH", 0x101: "ESME_RPROHIBITED", 0x102: "ESME_RSERTYPUNAVAIL", 0x103: "ESME_RSERTYPDENIED",
}
