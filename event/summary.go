package event

import (
	"time"

	"github.com/dlrgate/dlrgate/mapping"
)

// Kind says what a stored frame is.
type Kind uint8

// The kinds of stored frames. Only a receipt has an event and is forwarded.
const (
	KindReceipt Kind = iota + 1
	// KindNonReceipt is a mobile-originated message or another deliver_sm that
	// reports nothing, kept because the operator's non_receipt says so.
	KindNonReceipt
	// KindMalformed is a frame whose mandatory fields could not be read.
	KindMalformed
)

// String returns the kind as users see it: receipt, non_receipt or malformed.
func (k Kind) String() string {
	switch k {
	case KindReceipt:
		return "receipt"
	case KindNonReceipt:
		return "non_receipt"
	case KindMalformed:
		return "malformed"
	}
	return "unknown"
}

// Summary is what searching, filtering and judging need to know of an event.
type Summary struct {
	Kind                    Kind
	Operator, Account, Bind string
	// ID is the event's id; Message the hash of the message's key. What has no
	// message id is a message of its own.
	ID      string
	Message Key
	// MessageID is canonical (receipt.CanonicalID), empty when there is none.
	MessageID, Recipient, Sender string
	// Stat and Err are the operator's raw words.
	Stat, Err string
	// Status is zero unless Kind is KindReceipt.
	Status       mapping.Status
	Final        bool
	Intermediate bool // an intermediate notification (esm_class 0x20)
	Unmapped     bool
	Conflict     bool
	ReceivedAt   time.Time
	// Verdict is Recent's, set by whoever asked for it.
	Verdict
}

// Verdict is where a receipt stands among those of its message
// (docs/webhook.md: duplicate, late, standing, supersedes).
type Verdict struct {
	// Duplicate: the same id came before, within recent_messages.
	Duplicate bool
	// Late: not final, after a final one.
	Late bool
	// Standing: the receiver should store this one. A duplicate has the first
	// one's.
	Standing bool
	// Supersedes is the id that a standing one replaces, or empty.
	Supersedes string
}
