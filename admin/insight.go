package admin

import (
	"context"
	"time"
)

// Insight is what only the console asks for.
type Insight interface {
	// Mappings tells, for each operator in the configuration's order, what its
	// rules decided and which codes none of them knows.
	Mappings() []Mapping
	// Failures returns the newest failed attempts of an endpoint, newest first.
	Failures(ctx context.Context, endpoint string, limit int) ([]Failure, error)
}

// Mapping is how one operator's receipts were judged since its rules were
// loaded.
type Mapping struct {
	Operator string
	Profile  string
	// Config is the hash of the effective rules, as in an event's decision.
	Config string
	// Since is when these rules were loaded, and the counts were 0.
	Since time.Time
	// By counts decisions by what decided: rule, profile, default.
	By       map[string]uint64
	Rules    []RuleHits
	Unmapped []UnmappedCode
	// Beyond counts unmapped receipts whose code is not listed, as there are too
	// many different ones.
	Beyond uint64
}

// RuleHits is one rule of a configuration and how often it decided.
type RuleHits struct {
	Rule string
	Note string
	Hits uint64
	// Since is when it was first loaded, and Hits was 0: before Mapping.Since
	// when a reload left it as it was.
	Since time.Time
}

// UnmappedCode is what an operator reports and no rule or table knows.
type UnmappedCode struct {
	Stat, Err string
	// NetworkErrorType and NetworkErrorCode are -1 when there was none.
	NetworkErrorType, NetworkErrorCode int
	// Status is what such receipts become for want of a rule.
	Status string
	Count  uint64
	Last   time.Time
}

// Failure is one POST that failed, and the receipt that it was about.
type Failure struct {
	Attempt
	ReceiptID string
}
