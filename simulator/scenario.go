package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Scenario is a script for one operator: its sites, accounts, receipts and
// misfortunes. [LoadScenario] reads one from YAML.
type Scenario struct {
	Seed        uint64
	Window      int
	EnquireLink time.Duration
	// Binds is how many sessions the clock of the script waits for.
	Binds    int
	Resend   Resend
	CertFile string // TLS when both are set
	KeyFile  string
	// ReceiptDelay is from submit_sm to its receipt.
	ReceiptDelay time.Duration
	Sites        []Site
	Accounts     []ScenarioAccount
	Events       []Event
}

// Faster returns the script played speed times as fast: its rates and its times,
// with those of the operator's patience. speed is above 0; 1 changes nothing.
func (s Scenario) Faster(speed float64) *Scenario {
	sooner := func(d time.Duration) time.Duration { return time.Duration(float64(d) / speed) }
	s.Resend = s.Resend.withDefaults()
	s.Resend.After, s.Resend.AnswerTimeout = sooner(s.Resend.After), sooner(s.Resend.AnswerTimeout)
	s.EnquireLink, s.ReceiptDelay = sooner(s.EnquireLink), sooner(s.ReceiptDelay)
	s.Accounts, s.Events = slices.Clone(s.Accounts), slices.Clone(s.Events)
	for i := range s.Accounts {
		s.Accounts[i].Rate *= speed
		s.Accounts[i].Linger = sooner(s.Accounts[i].Linger)
	}
	for i := range s.Events {
		e := &s.Events[i]
		e.At, e.For, e.Delay = sooner(e.At), sooner(e.For), sooner(e.Delay)
	}
	return &s
}

// Site is one address of the operator. Each site holds its own share of the
// receipts and never gives it to another.
type Site struct {
	Name   string
	Listen string
}

// ScenarioAccount is an account and the receipts that are sent to it.
type ScenarioAccount struct {
	Account
	// Count receipts at Rate a second, over all sites. Rate 0: as fast as the
	// windows allow; Count 0: none but those for submit_sm.
	Count uint64
	Rate  float64
}

// Event is something that happens at a time after the first bind.
type Event struct {
	At time.Duration
	// For is how long it lasts, for what lasts.
	For time.Duration
	Do  Action
	// Site and Account narrow it; empty: all of them.
	Site, Account string
	// Status of refuse_binds and throttle.
	Status CommandStatus
	// Count of burst and redeliver.
	Count int
	// Delay of slow_answers and receipt_first.
	Delay time.Duration
}

// Action is what an [Event] does.
type Action string

// The actions of a scenario.
const (
	DoDrop         Action = "drop"          // sessions end without an unbind
	DoUnbind       Action = "unbind"        // sessions are unbound, as for maintenance
	DoRefuseBinds  Action = "refuse_binds"  // binds are answered with Status
	DoSilenceBinds Action = "silence_binds" // binds are not answered
	DoSilence      Action = "silence"       // sessions stay and say nothing
	DoStopReading  Action = "stop_reading"  // sessions read nothing
	DoPause        Action = "pause"         // no receipts
	DoThrottle     Action = "throttle"      // submit_sm is answered with Status
	DoSlowAnswers  Action = "slow_answers"  // submit_sm is answered after Delay
	DoReceiptFirst Action = "receipt_first" // the same, and the receipt comes before
	DoBurst        Action = "burst"         // Count receipts at once
	DoRedeliver    Action = "redeliver"     // the newest Count receipts come again
)

// actions tells of each action which keys it needs besides at.
func actions() map[Action][]string {
	return map[Action][]string{
		DoDrop: nil, DoUnbind: nil, DoRefuseBinds: {"for", "status"}, DoSilenceBinds: {"for"},
		DoSilence: {"for"}, DoStopReading: {"for"}, DoPause: {"for"}, DoThrottle: {"for", "status"},
		DoSlowAnswers: {"for", "delay"}, DoReceiptFirst: {"for", "delay"},
		DoBurst: {"count"}, DoRedeliver: {"count"},
	}
}

// Fault is one thing that is wrong with a scenario file.
type Fault struct {
	File      string
	Line, Col int
	Path      string
	Message   string
}

// String is file:line:col: path: message.
func (f Fault) String() string {
	if f.Path == "" {
		return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Col, f.Path, f.Message)
}

// ScenarioError holds every fault of a scenario file, in the order of the file.
type ScenarioError struct{ Faults []Fault }

// Error is one line a fault.
func (e *ScenarioError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
