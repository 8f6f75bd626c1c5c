package journal

import "time"

// KindID is the kind of the term that finds every copy of one receipt by its
// event id. The journal adds it itself.
const KindID = "id"

// Query says which receipts to find. Newest come first.
type Query struct {
	// Terms: those of one kind are alternatives (a message id in several
	// forms), those of different kinds must all match. The kind that finds
	// fewest stands first. None: all receipts.
	Terms []Term
	// Operators: none is all.
	Operators []string
	// Since is included, Until is not; zero is open.
	Since, Until time.Time
	// Limit is the size of a page: 1 to 1000, 0 is 50.
	Limit int
	// Cursor is the Next of the page before, "" for the first.
	Cursor string
}

// Page is one page of what a Query found.
type Page struct {
	Entries []*Entry // shared: read only
	// Next is the Cursor of the page after this one, "" when there is none. A
	// page with few entries and a Next means: looking took long, go on.
	Next string
	// Unsearched receipts are newer than the search projection and too many to
	// be looked through one by one; they are missing until it has caught up.
	Unsearched int
}

// Delivery is what happened to a receipt at one endpoint.
type Delivery struct {
	Endpoint string
	State    DeliveryState
	// After and Until enclose the moment when the endpoint took the receipt,
	// or passed it because it was not wanted; only with StateTaken. They are the
	// same when it is known, as for one that was parked before.
	After, Until time.Time
	Parked       *Parked // with StateParked
	Dead         *Dead   // with StateDead
}

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	StateWaiting DeliveryState = "waiting"
	StateTaken   DeliveryState = "taken" // or not wanted by the endpoint's filter
	StateParked  DeliveryState = "parked"
	StateDead    DeliveryState = "dead"
)

// Counts is how many deliveries of an endpoint are parked and dead, by class.
type Counts struct {
	Parked map[string]int
	Dead   map[string]int // counted as Dead.Count says
	// LastTry is the latest NextTry of what is parked; zero: nothing is.
	LastTry time.Time
}

// Counted is a part of an endpoint's Counts.
type Counted struct {
	Endpoint, Class string
	Parked          bool // else dead
	N               int
	LastTry         time.Time
}

// AddTo adds it to the counts by endpoint.
func (c *Counted) AddTo(all map[string]Counts) {
	sum, known := all[c.Endpoint]
	if !known {
		sum = Counts{Parked: map[string]int{}, Dead: map[string]int{}}
	}
	if c.Parked {
		sum.Parked[c.Class] += c.N
	} else {
		sum.Dead[c.Class] += c.N
	}
	if c.LastTry.After(sum.LastTry) {
		sum.LastTry = c.LastTry
	}
	all[c.Endpoint] = sum
}

// Stats is the journal at a glance.
type Stats struct {
	Used, Free int64 // octets
	Rows       int64 // receipts in the log, about
	SearchLag  int   // receipts not yet in the search projection
	Streams    []StreamStats
}

// StreamStats is one operator's stream.
type StreamStats struct {
	Operator string
	First    Position // the oldest receipt that is kept, 0 when there is none
	Last     Position // the newest one ever stored
	Came     Position // the newest one when the stream came to this process
}

// EndpointStats is one endpoint.
type EndpointStats struct {
	Endpoint string
	Cursors  []Cursor
	Lag      int64     // receipts behind its cursors, wanted or not
	Oldest   time.Time // when the oldest of them was received, zero when there is none
}
