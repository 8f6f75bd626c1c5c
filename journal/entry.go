package journal

import "time"

// Entry is one stored receipt: bytes in, bytes out. What the bytes mean is
// known to those who rendered them.
type Entry struct {
	Position   Position
	ReceivedAt time.Time // UTC, microseconds
	// ID is the event's id: the same for every copy of the same receipt.
	ID string
	// Message is the hash of the message's key: deliveries of one message are
	// kept in order at each endpoint.
	Message [16]byte
	// Forward is false for what is stored and searchable but goes to no
	// webhook: non-receipts that are kept, frames that could not be read.
	Forward bool
	// Raw is the PDU's facts and octets, Meta the parse and decision in a
	// versioned encoding, Event the JSON as it is sent.
	Raw, Meta, Event []byte
}

// Draft is a receipt that waits for the commit. Exactly one call of Done
// follows an Append, from any goroutine; it must not block.
type Draft struct {
	// Operator and Bind sent it: each has its turn, whatever others send.
	Operator, Bind string
	ReceivedAt     time.Time
	// Size estimates the octets that the entry will take, for the bounds.
	Size int
	// Plain is set by the journal when the entry as it was rendered was refused
	// for its data: render it again with nothing but its raw octets.
	Plain bool
	// Payload is the renderer's own; the journal hands it back to Render.
	Payload any
	// Done gets nil when the entry is durable; then the receipt may be answered.
	Done func(error)
}

// Renderer judges and renders drafts; it is called by the committer alone, one
// group at a time. Render fills ID, Message, Forward, Raw, Meta and Event of an
// entry whose Position and ReceivedAt are set, in the order of the log. After
// the calls for one group comes exactly one Committed or RolledBack; after
// RolledBack the same drafts may come again.
type Renderer interface {
	Render(d *Draft, e *Entry)
	Committed()
	RolledBack()
}

// Term is one key that finds an entry: Kind is a short fixed word
// (message_id, recipient, operator, status), Key its canonical value.
type Term struct {
	Kind string
	Key  string
}

// Parked is a delivery that waits for a later try because the endpoint refused
// it or did not answer its probes. It holds nobody back.
type Parked struct {
	Endpoint  string
	Position  Position
	ID        string
	Since     time.Time
	NextTry   time.Time
	Tries     int
	Class     string // refused | unreachable
	LastError string
}

// Dead is a delivery, or a range of them in one stream, that was given up.
// From == To for a single one. It ends by retry or drop.
type Dead struct {
	ID       int64 // given by the journal
	Endpoint string
	Class    string // refused | unreachable
	From, To Position
	Count    int // deliveries in the range that the endpoint wanted
	At       time.Time
	Reason   string
}

// Attempt is one POST that failed. The last KeptAttempts of an endpoint are kept;
// those of what is parked or dead as long as it is, the first KeptFirst and the
// last KeptLast of each.
type Attempt struct {
	// Held: of a delivery that is parked or dead, or becomes so in the same
	// transaction or the next.
	Held     bool
	Endpoint string
	Position Position
	ID       string
	At       time.Time
	Took     time.Duration
	// Status is the HTTP status, 0 when there was no answer; Error in words;
	// Answer the first 512 octets of the answer's body.
	Status int
	Error  string
	Answer []byte
}

// How many failed attempts are kept: of an endpoint, and of each delivery that is
// parked or dead.
const (
	KeptAttempts = 100
	KeptFirst    = 5
	KeptLast     = 15
)

// Cursor is how far an endpoint has come in one stream: everything up to
// Position is taken, parked, dead or not wanted.
type Cursor struct {
	Endpoint string
	Position Position
	SavedAt  time.Time // given by the journal
}

// Start says where an endpoint begins that the journal has not seen.
type Start uint8

// The values of an endpoint's start key.
const (
	StartNewest Start = iota
	StartOldest
)

// entryOverhead is what an entry takes besides its octets, about.
const entryOverhead = 160

// Size is the octets that the entry takes, about.
func (e *Entry) Size() int {
	return len(e.Raw) + len(e.Meta) + len(e.Event) + len(e.ID) + entryOverhead
}
