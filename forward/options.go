package forward

import (
	"context"
	"crypto/tls"
	"net/http"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// Filter chooses the events that an endpoint gets; an empty list chooses all.
type Filter struct {
	Operators  []string
	Statuses   []string
	Categories []string
	// Recipients and Senders are prefixes.
	Recipients []string
	Senders    []string
	FinalOnly  bool
}

// Retry is how an endpoint's failures are tried again.
type Retry struct {
	Initial time.Duration
	Max     time.Duration
	// GiveUpAfter counts only time in which the endpoint was seen failing
	// while the gateway ran.
	GiveUpAfter time.Duration
}

// OAuth2 is a client-credentials grant; TokenURL empty: none.
type OAuth2 struct {
	TokenURL, ClientID, ClientSecret string
	Scopes                           []string
}

// Options is one endpoint, as configured (CONTRACT §2, endpoints).
type Options struct {
	Name string
	URL  string
	// UserAgent is dlrgate/VERSION.
	UserAgent string
	// StartOldest: an endpoint that the journal has not seen begins with the
	// oldest stored receipt instead of the next one.
	StartOldest bool
	Paused      bool
	// Secrets are Standard Webhooks secrets, newest first; each signs.
	Secrets []string
	Headers http.Header
	Filter  Filter
	// Concurrency is the number of requests in flight.
	Concurrency int
	// BatchEvents above 1 sends batches; BatchWait is the longest wait to fill one.
	BatchEvents int
	BatchWait   time.Duration
	Timeout     time.Duration
	// RateLimit is in events per second; 0 is none.
	RateLimit float64
	Retry     Retry
	// GzipAbove is in octets; 0 is never.
	GzipAbove        int
	MaxConnectionAge time.Duration
	HTTP2            bool
	TLS              *tls.Config // nil: the system's
	OAuth2           OAuth2
	// AllowPrivateAddresses false refuses loopback, private and link-local
	// targets at dial time, after DNS.
	AllowPrivateAddresses bool
	// Translate returns those of the receipts that the rules of a Replay change,
	// with the same positions and ids, and Event and Meta as they are then. It is
	// called from the endpoint's own goroutine, after a restart once more for
	// the same receipts. Its error wraps ErrRules when the rules are at fault.
	// nil: there are no replays with rules.
	Translate func(ctx context.Context, r Replay, found []*journal.Entry) ([]*journal.Entry, error)
}
