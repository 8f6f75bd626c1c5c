package admin

import (
	"encoding/json"
	"time"

	"github.com/dlrgate/dlrgate/event"
)

// Receipt is all that is known of one stored receipt.
type Receipt struct {
	// Copies are all of that id, oldest first; the first one is what Facts and
	// Data are of.
	Copies []Copy
	Facts  *event.Facts
	// Data is the event's data as webhooks get it; nil for what is not
	// forwarded.
	Data       json.RawMessage
	History    []Decision
	Deliveries []Delivery
	Attempts   []Attempt
}

// Copy is one of the times that the operator sent the receipt.
type Copy struct {
	event.Summary
	Sequence uint64
}

// Decision is what a retranslation made of a stored receipt.
type Decision struct {
	At time.Time `json:"at"`
	// Endpoint is where the changed event was sent.
	Endpoint string          `json:"endpoint"`
	Status   json.RawMessage `json:"status"`
	Decision json.RawMessage `json:"decision"`
}

// Delivery is what happened to one copy at one endpoint.
type Delivery struct {
	Endpoint string `json:"endpoint"`
	Sequence uint64 `json:"sequence"`
	State    string `json:"state"` // waiting, taken, not_wanted, parked, dead, dropped
	// After and Until enclose the moment when it was taken, or passed because
	// the endpoint's filter did not want it; they are the same when it is known,
	// and Until is zero when only After is.
	After     time.Time `json:"after,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	Since     time.Time `json:"since,omitzero"`    // parked, dead or dropped since
	NextTry   time.Time `json:"next_try,omitzero"` // of a parked one
	Tries     int       `json:"tries,omitempty"`
	Class     string    `json:"class,omitempty"`
	LastError string    `json:"last_error,omitempty"`
	DeadID    int64     `json:"dead_id,omitempty"`
}

// Attempt is one POST that failed.
type Attempt struct {
	Endpoint string    `json:"endpoint"`
	At       time.Time `json:"at"`
	TookMS   int64     `json:"took_ms"`
	Status   int       `json:"http_status,omitempty"` // 0: no answer
	Error    string    `json:"error"`
	Answer   string    `json:"answer,omitempty"` // the beginning of the answer's body
}

// receiptJSON is a Receipt as the API shows it.
type receiptJSON struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`
	Masked     bool            `json:"masked"`
	Data       json.RawMessage `json:"data,omitempty"`
	Wire       *wireJSON       `json:"wire"`
	Answer     answerJSON      `json:"answer"`
	Copies     []copyJSON      `json:"copies"`
	History    []Decision      `json:"history"`
	Deliveries []Delivery      `json:"deliveries"`
	Attempts   []Attempt       `json:"attempts"`
}

// answerJSON is what the operator was told.
type answerJSON struct {
	CommandStatus string `json:"command_status"`
	Meaning       string `json:"meaning"`
}

type copyJSON struct {
	Sequence   uint64    `json:"sequence"`
	ReceivedAt time.Time `json:"received_at"`
	Account    string    `json:"account,omitempty"`
	Bind       string    `json:"bind,omitempty"`
	Duplicate  bool      `json:"duplicate"`
	Late       bool      `json:"late"`
	Standing   bool      `json:"standing"`
	Supersedes string    `json:"supersedes,omitempty"`
}

func (r *Receipt) json() receiptJSON {
	first := &r.Copies[0]
	out := receiptJSON{
		ID: first.ID, Kind: first.Kind.String(), Data: r.Data, Wire: wireOf(r.Facts),
		Answer: answerJSON{
			CommandStatus: "ESME_ROK",
			Meaning:       "0x00000000: the receipt was stored before this answer left",
		},
		History: r.History, Deliveries: r.Deliveries, Attempts: r.Attempts,
	}
	for i := range r.Copies {
		c := &r.Copies[i]
		out.Copies = append(out.Copies, copyJSON{
			Sequence: c.Sequence, ReceivedAt: c.ReceivedAt, Account: c.Account, Bind: c.Bind,
			Duplicate: c.Duplicate, Late: c.Late, Standing: c.Standing, Supersedes: c.Supersedes,
		})
	}
	return out
}
