package admin

import (
	"context"
	"errors"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/explain"
)

// What a Gateway's methods answer with, so that the API knows which status to
// give; the error around it says in words what is wrong and what would be right.
var (
	ErrNotFound    = errors.New("not found")         // 404
	ErrInvalid     = errors.New("invalid")           // 400
	ErrConflict    = errors.New("not possible now")  // 409
	ErrUnavailable = errors.New("not available now") // 503
	ErrUnsupported = errors.New("not supported")     // 501
)

// Gateway is the running gateway as the API looks at it and acts on it.
type Gateway interface {
	Binder
	Endpoints
	Receipts
	DeadLetters
	Replays
	Upkeep
	Insight
}

// Binder keeps the operators' binds.
type Binder interface {
	Operators() []Operator
	Binds() []Bind
	// HoldBind unbinds, or lets bind again; it is kept across restarts.
	HoldBind(ctx context.Context, name string, held bool) error
}

// Endpoints are the webhooks.
type Endpoints interface {
	Endpoints(ctx context.Context) ([]Endpoint, error)
	TestEndpoint(ctx context.Context, name string) (TestResult, error)
	PauseEndpoint(ctx context.Context, name string, paused bool) error
	EnableEndpoint(ctx context.Context, name string) error
	// Parked returns deliveries that wait for a later try, oldest first;
	// RetryParked tries all of them now, BuryParked makes dead letters of them.
	Parked(ctx context.Context, name string, limit int) ([]Parked, error)
	RetryParked(ctx context.Context, name string) (int, error)
	BuryParked(ctx context.Context, name string) (int, error)
	// ForgetEndpoint removes all that is known of an endpoint that is no longer
	// configured.
	ForgetEndpoint(ctx context.Context, name string) error
}

// Receipts are what is stored.
type Receipts interface {
	Search(ctx context.Context, q Query) (Page, error)
	Receipt(ctx context.Context, id string) (Receipt, error)
	// Explain reads what was pasted as the operator's rules, or a profile alone,
	// say.
	Explain(p *explain.Pasted, operator, profile string) (*explain.Answer, error)
}

// DeadLetters are deliveries that were given up.
type DeadLetters interface {
	DeadLetters(ctx context.Context, q DeadQuery) (DeadPage, error)
	// CountDead says what RetryDead and DropDead would touch.
	CountDead(ctx context.Context, c DeadChoice) (DeadCount, error)
	RetryDead(ctx context.Context, c DeadChoice) (DeadCount, error)
	DropDead(ctx context.Context, c DeadChoice) (DeadCount, error)
}

// Replays send stored receipts again.
type Replays interface {
	Replays(ctx context.Context) ([]Replay, error)
	StartReplay(ctx context.Context, o ReplayOrder) (Replay, error)
	CancelReplay(ctx context.Context, id string) error
	Retranslate(ctx context.Context, o RetranslateOrder) (Retranslation, error)
}

// Upkeep is the rest of a day's work.
type Upkeep interface {
	Stats(ctx context.Context) (Stats, error)
	// Reload reads the configuration again and says what changes, one line each.
	Reload(ctx context.Context, dryRun bool) ([]string, error)
	Backup(ctx context.Context, dir string) (Backup, error)
	Erase(ctx context.Context, recipient string, now bool) (Erasure, error)
	LogLevel() string
	SetLogLevel(level string) error
}

// Operator is one operator at a glance.
type Operator struct {
	Name      string   `json:"name"`
	Enabled   bool     `json:"enabled"`
	Addresses []string `json:"addresses"`
	Mode      string   `json:"mode"`
	Profile   string   `json:"profile"`
	Rules     int      `json:"rules"`
	Binds     int      `json:"binds"`
	Bound     int      `json:"bound"`
	// Sequence is that of the last stored receipt; 0: none yet.
	Sequence    uint64    `json:"sequence"`
	LastReceipt time.Time `json:"last_receipt,omitzero"`
}

// Bind is one bind at a glance.
type Bind struct {
	Name        string    `json:"name"` // operator/account/N
	Operator    string    `json:"operator"`
	Account     string    `json:"account"`
	Address     string    `json:"address"`
	State       string    `json:"state"`
	Since       time.Time `json:"since,omitzero"` // when State began
	LastReceipt time.Time `json:"last_receipt,omitzero"`
	// UnboundSince is when it was last bound, or began to try; zero while bound.
	// Attempts counts those made since then, NextAttempt is when a waiting bind
	// makes the next one.
	UnboundSince time.Time `json:"unbound_since,omitzero"`
	Attempts     int       `json:"attempts,omitempty"`
	NextAttempt  time.Time `json:"next_attempt,omitzero"`
	// Silent: bound, but no receipt for the operator's silence_alarm.
	Silent   bool `json:"silent"`
	Window   int  `json:"window"`
	InWindow int  `json:"in_window"`
	// LostSessions is how many sessions ended one soon after another, the first at
	// LostSince; 0 when none did for a while.
	LostSessions int       `json:"lost_sessions,omitempty"`
	LostSince    time.Time `json:"lost_since,omitzero"`
	// LastError stays when the bind is bound again; LastErrorAt tells how old it is.
	LastError   string            `json:"last_error,omitempty"`
	LastErrorAt time.Time         `json:"last_error_at,omitzero"`
	Advice      string            `json:"advice,omitempty"`
	Answered    map[string]uint64 `json:"answered"` // by command_status
}

// The states of a bind that the API tells apart (smpp.BindState has all).
const (
	bindBound    = "bound"
	bindHeld     = "held"
	bindRefusing = "refusing"
)

// Endpoint is one webhook at a glance.
type Endpoint struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"` // without userinfo and query
	// State is one of the constants below: the first that is true.
	State       string         `json:"state"`
	Lag         int            `json:"lag"`
	Oldest      time.Time      `json:"oldest_waiting,omitzero"`
	InFlight    int            `json:"in_flight"`
	BreakerOpen bool           `json:"breaker_open"`
	Paused      bool           `json:"paused"`
	Disabled    bool           `json:"disabled"`
	DisabledWhy string         `json:"disabled_reason,omitempty"`
	Failing     time.Time      `json:"failing_since,omitzero"`
	LastFailure string         `json:"last_failure,omitempty"`
	Advice      string         `json:"advice,omitempty"` // what to do about it
	Parked      map[string]int `json:"parked"`           // by class
	Dead        map[string]int `json:"dead"`             // by class
}

// The states of an endpoint.
const (
	EndpointRemoved    = "removed"  // no longer configured, but known
	EndpointDisabled   = "disabled" // it answered 410 for a while
	EndpointPaused     = "paused"
	EndpointDown       = "down"    // only probed
	EndpointFailing    = "failing" // its last POST was not taken
	EndpointDelivering = "delivering"
)

// Standby is the state of a bind whose operator another gateway holds, and of an
// endpoint that another one delivers to.
const Standby = "standby"

// Parked is a delivery that waits for a later try.
type Parked struct {
	ReceiptID string
	Class     string // refused or unreachable
	Since     time.Time
	NextTry   time.Time
	Tries     int
	LastError string
}

// TestResult is what an endpoint answered to a test event.
type TestResult struct {
	Taken  bool   `json:"taken"`
	Status int    `json:"http_status,omitempty"` // 0: no answer
	Reason string `json:"reason,omitempty"`
	Advice string `json:"advice,omitempty"` // what to do about Reason
	Answer string `json:"answer,omitempty"` // the beginning of what it answered
	TookMS int64  `json:"took_ms"`
}

// Query chooses receipts.
type Query struct {
	MessageID, Recipient, Operator, Status string
	Since, Until                           time.Time
	Limit                                  int
	Cursor                                 string
}

// Page is one page of what a Query found, newest first.
type Page struct {
	Receipts []event.Summary
	Next     string
	// Unsearched receipts are too new for the search, and missing for now.
	Unsearched int
	// Standby are the operators that another gateway holds: what they sent is
	// found there.
	Standby []string
}
