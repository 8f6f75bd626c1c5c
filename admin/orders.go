package admin

import (
	"encoding/json"
	"time"
)

// DeadQuery chooses dead letters; an empty Endpoint is all.
type DeadQuery struct {
	Endpoint string
	After    int64 // ids above it
	Limit    int
}

// DeadPage is one page of dead letters, oldest first; Next is the After of the
// page behind it, 0 when there is none.
type DeadPage struct {
	Letters []DeadLetter
	Next    int64
}

// DeadLetter is a delivery, or a range of them in one stream, that was given up.
type DeadLetter struct {
	ID       int64     `json:"id"`
	Endpoint string    `json:"endpoint"`
	Class    string    `json:"class"` // refused or unreachable
	Operator string    `json:"operator"`
	From     uint64    `json:"from_sequence"`
	To       uint64    `json:"to_sequence"`
	Count    int       `json:"deliveries"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
	// ReceiptID is the receipt's id, when it is a single one.
	ReceiptID string `json:"receipt_id,omitempty"`
}

// DeadChoice names dead letters: those of an endpoint, some by their ids or by
// those of their receipts, or all.
type DeadChoice struct {
	Endpoint string
	IDs      []int64
	Receipts []string
	All      bool
}

// DeadCount is how many dead letters, and deliveries in them, are touched.
type DeadCount struct {
	Letters    int `json:"letters"`
	Deliveries int `json:"deliveries"`
	// Replays are the jobs that send them again.
	Replays []string `json:"replays,omitempty"`
}

// ReplayOrder says what to send again: IDs, or all that the other fields choose.
type ReplayOrder struct {
	Endpoint string    `json:"endpoint"`
	IDs      []string  `json:"ids,omitempty"`
	All      bool      `json:"all,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	Operator string    `json:"operator,omitempty"`
	Status   string    `json:"status,omitempty"`
	Rate     float64   `json:"rate,omitempty"` // events per second; 0: none of its own
	DryRun   bool      `json:"dry_run,omitempty"`
}

// Replay is a job that sends stored receipts again.
type Replay struct {
	ID        string    `json:"id,omitempty"` // empty for a dry run
	Endpoint  string    `json:"endpoint"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	Since     time.Time `json:"since,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	Operator  string    `json:"operator,omitempty"`
	Status    string    `json:"status,omitempty"`
	Rate      float64   `json:"rate,omitempty"`
	// Chosen is how many receipts are to be sent, where that is known.
	Chosen int `json:"chosen,omitempty"`
	Sent   int `json:"sent"`
	Failed int `json:"failed"`
}

// RetranslateOrder has stored receipts translated anew by the rules of another
// configuration.
type RetranslateOrder struct {
	// Config is the text of that configuration; its secrets are not needed.
	Config   string    `json:"config"`
	Since    time.Time `json:"since"`
	Operator string    `json:"operator,omitempty"`
	// Send has the changed ones sent to Endpoint, as replays.
	Send     bool   `json:"send,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
}

// Retranslation is what other rules make of stored receipts.
type Retranslation struct {
	Receipts int `json:"receipts"` // looked at
	Changed  int `json:"changed"`
	// Totals count the changes; Changes are the first of them.
	Totals  []ChangeCount `json:"totals"`
	Changes []Change      `json:"changes"`
	Replays []string      `json:"replays"`
}

// ChangeCount is how many receipts of an operator change from one status to
// another.
type ChangeCount struct {
	Operator string `json:"operator"`
	From     string `json:"from"`
	To       string `json:"to"`
	Receipts int    `json:"receipts"`
}

// Change is one receipt whose status changes.
type Change struct {
	ID         string    `json:"id"`
	Operator   string    `json:"operator"`
	MessageID  string    `json:"message_id,omitempty"`
	ReceivedAt time.Time `json:"received_at"`
	Stat       string    `json:"stat,omitempty"`
	Err        string    `json:"err,omitempty"`
	From       string    `json:"from"`
	To         string    `json:"to"`
	// Decision is the new one, as the event's data has it.
	Decision json.RawMessage `json:"decision"`
}

// Erasure is what became of a recipient's receipts.
type Erasure struct {
	Erased int `json:"erased"`
	// Waiting are those that an endpoint still needs; they are erased when they
	// are taken, given up or dropped.
	Waiting int `json:"waiting"`
	// Standby are the operators that another gateway holds: what they sent is to
	// be erased there.
	Standby []string `json:"standby,omitempty"`
}

// Stats is the gateway at a glance.
type Stats struct {
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	Ready     bool      `json:"ready"`
	Unready   []string  `json:"unready_reasons"`
	Journal   Journal   `json:"journal"`
	Streams   []Stream  `json:"streams"`
	// Standby are the operators whose binds another gateway holds.
	Standby []string `json:"standby,omitempty"`
	// Holders are the names of the gateways that hold these, by operator, as far as
	// they are known.
	Holders map[string]string `json:"holders,omitempty"`
	// Certificates are those that connections showed, by peer.
	Certificates []Certificate `json:"certificates,omitempty"`
	// Reload is the last one, nil: none since the start.
	Reload      *Reload     `json:"last_reload,omitempty"`
	NeedsAction []Attention `json:"attention"`
}

// Certificate is the TLS certificate of an SMSC, a webhook or our own listener.
type Certificate struct {
	Peer string    `json:"peer"`
	Ends time.Time `json:"ends"`
	Own  bool      `json:"own"` // the listener's
}

// Reload is how a reload ended.
type Reload struct {
	At         time.Time `json:"at"`
	Successful bool      `json:"successful"`
	// Fault says why it failed; the configuration before it is in force.
	Fault string `json:"fault,omitempty"`
}

// Journal is the log at a glance.
type Journal struct {
	Driver    string `json:"driver"`
	Used      int64  `json:"size_bytes"`
	Free      int64  `json:"free_bytes"`
	MinFree   int64  `json:"min_free_bytes"`
	Receipts  int64  `json:"receipts"`
	SearchLag int    `json:"search_lag_receipts"`
	// Fault says why the journal cannot be read now; the figures are 0 then.
	Fault string `json:"fault,omitempty"`
	// Full: receipts are refused because there is no room for them.
	Full bool `json:"-"`
}

// RefusingReceipts begins the reason for a gateway that is not ready because
// receipts cannot be stored.
const RefusingReceipts = "refusing receipts: "

// Stream is the stored receipts of one operator.
type Stream struct {
	Operator string `json:"operator"`
	First    uint64 `json:"first_sequence"`
	Last     uint64 `json:"last_sequence"`
}

// Backup is what a backup came to.
type Backup struct {
	// Copied: the journal is copied into the folder. Else Command copies it, and
	// Tool says which program that needs.
	Copied        bool   `json:"copied"`
	SchemaVersion int    `json:"schema_version"`
	Command       string `json:"command,omitempty"`
	Tool          string `json:"tool,omitempty"`
}
