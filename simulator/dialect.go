package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outcome is one thing that a dialect's receipts say.
type Outcome struct {
	// Stat and Err are the operator's words.
	Stat, Err string
	// Status is the documented status that dlrgate's profile makes of it.
	Status string
	// Weight is its share among the dialect's outcomes.
	Weight float64
	// Meaning is the operator's explanation in plain words.
	Meaning string
}

// Dialect is how an operator words its receipts. [DialectNamed] gives one by
// name; fields may then be changed.
type Dialect struct {
	// Name is what DialectNamed was asked for.
	Name string
	// Profile is dlrgate's profile that knows the dialect's codes.
	Profile string
	Summary string
	// Outcomes are the final words, Pending is the intermediate one.
	Outcomes []Outcome
	Pending  Outcome

	// RespID, TextID and TLVID are the forms of the id in submit_sm_resp, in the
	// text and in receipted_message_id; IDNone leaves it out.
	RespID, TextID, TLVID IDForm

	Body    BodyForm
	Charset Charset
	Keys    KeyStyle
	// Dates is a Go layout, or one of the words epoch and none.
	Dates string
	// Omit names fields of the text that are left out: sub dlvrd dates err text.
	Omit []string
	// Separator stands between the fields; empty: a blank.
	Separator string
	// Extras are further fields of the text, such as "mccmnc:20801".
	Extras []string
	// LongErr writes err with four digits at least; OddErr gives DELIVRD an err.
	LongErr, OddErr bool
	// ZeroCounts writes sub:000 dlvrd:000 whatever happened.
	ZeroCounts bool
	// Snippet stands in text in place of the message's beginning.
	Snippet string
	// DoneAhead is how far done dates are ahead of submit dates: another zone.
	DoneAhead time.Duration
	// LeadingNUL and TrailingNUL put a NUL at the ends of the body.
	LeadingNUL, TrailingNUL bool

	// DataSM, Payload: the receipt comes as data_sm, or in message_payload.
	DataSM, Payload bool
	// ESMClass of a receipt; PendingESMClass of an intermediate one.
	ESMClass, PendingESMClass byte
	// UDH puts a user data header before the text.
	UDH        bool
	DataCoding byte
	// StateTLV adds message_state; StateConflict gives it the wrong value.
	StateTLV, StateConflict bool
	// NetworkError adds network_error_code; empty: none.
	NetworkError NetworkErrorForm
	// VendorTLVs are added to each receipt.
	VendorTLVs []TLV
	// SwapAddresses puts the handset's number into destination_addr.
	SwapAddresses bool

	// Shares of messages, 0 to 1: told as ENROUTE first; ENROUTE after the
	// final word; final word sent twice.
	Intermediates, LateIntermediates, Duplicates float64
	// Reorder shuffles the receipts of that many messages among each other.
	Reorder int
}

// IDForm is a way to write a message id.
type IDForm string

// The forms of an id. All forms of one message are the same number, but for
// IDUUID, which stands by itself.
const (
	IDNone     IDForm = ""
	IDDecimal  IDForm = "decimal"   // as it is
	IDPadded   IDForm = "decimal10" // ten digits at least, with leading zeros
	IDLong     IDForm = "decimal20" // beyond 64 bits
	IDHex      IDForm = "hex"
	IDUpperHex IDForm = "HEX"
	IDUUID     IDForm = "uuid"
	IDSuffixed IDForm = "suffixed" // decimal, and @ with a part that no other form has
)

// BodyForm is what stands in the body.
type BodyForm string

// The forms of a body.
const (
	BodyText       BodyForm = ""           // appendix B of SMPP 3.4
	BodyNone       BodyForm = "none"       // nothing: all is in TLVs
	BodyCSV        BodyForm = "csv"        // values with commas, no keys
	BodyIDState    BodyForm = "id_state"   // "362d9701 2"
	BodyUnreadable BodyForm = "unreadable" // no rule can read it
)

// Charset of the body, whatever data_coding says.
type Charset string

// The character sets of bodies.
const (
	Latin1  Charset = ""
	UTF16BE Charset = "utf16be"
	UTF16LE Charset = "utf16le"
)

// KeyStyle is how the keys of the text are written.
type KeyStyle string

// The key styles seen.
const (
	KeysLower  KeyStyle = ""       // submit date:
	KeysUpper  KeyStyle = "upper"  // SUBMIT DATE:
	KeysJoined KeyStyle = "joined" // submitdate:
	KeysTitle  KeyStyle = "title"  // Submit_Date:
)

// NetworkErrorForm is how network_error_code is written.
type NetworkErrorForm string

// The forms of network_error_code.
const (
	NetworkErrorNone  NetworkErrorForm = ""
	NetworkErrorGSM   NetworkErrorForm = "gsm"   // type 3 and a binary code
	NetworkErrorASCII NetworkErrorForm = "ascii" // three ASCII digits
	NetworkErrorShort NetworkErrorForm = "short" // one octet
	NetworkErrorZero  NetworkErrorForm = "zero"  // type 3 and code 0, on success too
	NetworkErrorOnly  NetworkErrorForm = "only"  // type 3 and a binary code, while err says 000
)

// Dialects returns every named dialect.
func Dialects() []Dialect {
	list := slices.Clone(catalogue())
	for i := range list {
		list[i].Outcomes = slices.Clone(list[i].Outcomes)
	}
	return list
}

// DefaultDialect is appendix B of SMPP 3.4 as it stands.
func DefaultDialect() Dialect { return Dialects()[0] }

// DialectNamed returns the dialect of that name, with quirks after a plus sign
// ("vonage+utf16be+data_sm"). The error names the nearest valid word.
func DialectNamed(spec string) (Dialect, error) {
	name, quirks, _ := strings.Cut(spec, "+")
	list := Dialects()
	i := slices.IndexFunc(list, func(d Dialect) bool { return d.Name == name })
	if i < 0 {
		names := make([]string, len(list))
		for j, d := range list {
			names[j] = d.Name
		}
		return Dialect{}, fmt.Errorf("no dialect %q; the nearest is %q", name, nearest(name, names))
	}
	d := list[i]
	d.Name = spec
	if quirks == "" {
		return d, nil
	}
	return d, d.apply(strings.Split(quirks, "+"))
}

func (d *Dialect) apply(quirks []string) error {
	known := Quirks()
	for _, name := range quirks {
		i := slices.IndexFunc(known, func(q Quirk) bool { return q.Name == name })
		if i < 0 {
			names := make([]string, len(known))
			for j, q := range known {
				names[j] = q.Name
			}
			return fmt.Errorf("no quirk %q; the nearest is %q", name, nearest(name, names))
		}
		known[i].apply(d)
	}
	return nil
}
