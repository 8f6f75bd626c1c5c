package mapping

// StateSource says which state wins when the text and message_state disagree.
type StateSource uint8

// The values of receipts.state_source.
const (
	// StateAuto takes the TLV; delivered against failed is undefined.
	StateAuto StateSource = iota
	StateFromTLV
	StateFromText
)

// ErrBase is how err is compared with rules and tables.
type ErrBase uint8

// The values of receipts.err_base.
const (
	ErrText ErrBase = iota
	ErrDecimal
	ErrHex
)

// TLVMatch matches a vendor TLV: Tag and its value, as text or as 0x-prefixed hex.
type TLVMatch struct {
	Tag   uint16
	Value string
}

// ExtraMatch matches a value of Receipt.Extra.
type ExtraMatch struct {
	Key   string
	Value string
}

// Case is an example that a rule carries: Text must become Status.
type Case struct {
	Text   string
	Status string
}

// Rule is one line of an operator's rules (CONTRACT §2, Rules). Zero or nil
// means that the key is not given; all keys that are given must match.
type Rule struct {
	Stat             string
	Err              string
	MessageState     *int
	NetworkErrorType *int
	NetworkErrorCode *int
	TLV              *TLVMatch
	Extra            *ExtraMatch
	Intermediate     *bool
	Status           string
	Final            *bool
	Note             string
	Cases            []Case
}

// Options is everything that the decisions of one operator depend on.
type Options struct {
	// Profile names the table; empty is "smpp", states alone.
	Profile       string
	Rules         []Rule
	ErrBase       ErrBase
	StateSource   StateSource
	AcceptedFinal bool
	// NetworkErrorTable is "none" (or empty) or "gsm_map".
	NetworkErrorTable string
	// StatPrefixes: words that begin so count as the family's word.
	StatPrefixes []string
	// IgnoreIntermediate reads esm_class 0x20 as 0x04.
	IgnoreIntermediate bool
}

// By says what decided.
type By string

// What can decide.
const (
	ByRule    By = "rule"
	ByProfile By = "profile"
	ByDefault By = "default"
)

// Decision is a status and why. It holds no pointer into the receipt.
type Decision struct {
	Status Status
	// Final is the last word on the message, unless a better one follows
	// (CONTRACT §4, standing).
	Final bool
	By    By
	// Profile is the name of the profile in force; Config the first 8 hex
	// digits of the hash of the effective rules.
	Profile, Config string
	// Rule is the text of the rule when By is ByRule, of the table's row when
	// By is ByProfile, and of the default's cell when By is ByDefault.
	Rule string
	// RuleIndex is the rule's place in Options.Rules, or -1.
	RuleIndex int
	// Unmapped: a code or stat that no rule or table knows.
	Unmapped bool
	// Conflict: TLV and text are in different classes.
	Conflict bool
}
