package simulator

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// SinkOptions configure a [Sink].
type SinkOptions struct {
	// Listen is host:port. Empty: 127.0.0.1:0.
	Listen string
	// Secrets that may have signed; none: signatures are not checked.
	Secrets []string
	// Tolerance is how far webhook-timestamp may be from now. 0: 5 min.
	Tolerance time.Duration
	// Behaviour of every endpoint until it is given its own.
	Behaviour Behaviour
	// OnEvent, when set, is called for each event taken, with its path and the
	// JSON of its data, which is valid during the call. It is called from
	// several goroutines.
	OnEvent func(path string, a Arrival, data []byte)
}

// Behaviour is how an endpoint treats requests. The zero value takes all.
type Behaviour struct {
	// FailRate is the share of requests, 0 to 1, answered with FailStatus.
	FailRate float64
	// FailStatus is the HTTP status of failures. 0: 503.
	FailStatus int
	// FailNext fails that many requests from now on, before any other rule.
	FailNext int
	// Statuses answers the next requests with these, one each.
	Statuses []int
	// Delay comes before every answer.
	Delay time.Duration
	// Hang, when set, holds every request until it is closed.
	Hang <-chan struct{}
	// Header is added to every answer, such as Retry-After.
	Header http.Header
}

// Arrival is one event that an endpoint took, once for all its repetitions.
type Arrival struct {
	ID         string // data.id
	Replay     int
	Sequence   uint64
	Operator   string
	MessageID  string
	MessageIDs []string
	Recipient  string
	Stat       string
	State      byte
	Status     string
	Final      bool
	Duplicate  bool
	Late       bool
	Standing   bool
	ReceivedAt time.Time
	// First is when it came first, Times how often, Order its place among all
	// first arrivals at the endpoint, from 1.
	First time.Time
	Times int
	Order int
}

// Key is the webhook-id that the event has, or would have outside a batch.
func (a *Arrival) Key() string {
	if a.Replay == 0 {
		return a.ID
	}
	return fmt.Sprintf("%s_r%d", a.ID, a.Replay)
}

// Sink takes webhooks on any path; each path is an endpoint of its own. Whoever
// starts it closes it.
type Sink struct {
	opts     SinkOptions
	verifier verifier
	listener net.Listener
	server   *http.Server
	served   chan struct{}
	stop     chan struct{}

	mu        sync.Mutex
	endpoints map[string]*Endpoint
}

// StartSink listens and serves until Close. The error is a [ListenError]
// or tells what is wrong with a secret.
func StartSink(opts SinkOptions) (*Sink, error) {
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:0"
	}
	s, err := NewSink(opts)
	if err != nil {
		return nil, err
	}
	if s.listener, err = listen(opts.Listen); err != nil {
		return nil, err
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() {
		defer close(s.served)
		_ = s.server.Serve(s.listener) // always ErrServerClosed after Close
	}()
	return s, nil
}

// NewSink returns a sink to be served by the caller, as an [http.Handler]. The
// error tells what is wrong with a secret.
func NewSink(opts SinkOptions) (*Sink, error) {
	if opts.Tolerance == 0 {
		opts.Tolerance = 5 * time.Minute
	}
	s := &Sink{opts: opts, verifier: verifier{tolerance: opts.Tolerance}, served: make(chan struct{}), stop: make(chan struct{}), endpoints: map[string]*Endpoint{}}
	for _, secret := range opts.Secrets {
		key, err := secretKey(secret)
		if err != nil {
			return nil, err
		}
		s.verifier.keys = append(s.verifier.keys, key)
	}
	return s, nil
}

// Addr is host:port where the sink listens.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// URL is the address of an endpoint, for the gateway's configuration.
func (s *Sink) URL(path string) string { return "http://" + s.Addr() + path }

// Close ends every request, unanswered if it was still held, and returns when the
// server has ended. It may be called once.
func (s *Sink) Close() {
	close(s.stop)
	if s.server != nil {
		_ = s.server.Close()
		<-s.served
	}
}

// At returns the endpoint of a path, which begins to exist now if it did not.
func (s *Sink) At(path string) *Endpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.endpoints[path]
	if e == nil {
		e = &Endpoint{Path: path, behaviour: s.opts.Behaviour, index: map[string]int32{}, rng: rand.New(rand.NewPCG(1, 2))}
		s.endpoints[path] = e
	}
	return e
}

// Paths returns the endpoints' paths in order.
func (s *Sink) Paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for path := range s.endpoints {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}
