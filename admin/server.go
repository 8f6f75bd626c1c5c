package admin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Bounds of one request; a route that streams lifts its own write deadline.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeader      = 16 << 10 // octets
	maxBody        = 1 << 20  // octets
)

// Options are what the server needs to know and to ask.
type Options struct {
	// Listen is host:port.
	Listen string
	Tokens []Token
	// Hosts are the Host names that are accepted besides localhost and Listen's own.
	Hosts []string
	// TLS is nil for plain HTTP.
	TLS *tls.Config
	// Metrics serves /metrics.
	Metrics http.Handler
	// Counters is what Metrics serves, for the console's rates; nil: it shows none.
	Counters prometheus.Gatherer
	// Unready returns the reasons why the gateway is not ready; none: it is.
	Unready func() []string
	// Standby returns the operators that another gateway holds; nil: there is
	// no other.
	Standby func() []string
	// MaskNumbers hides phone numbers unless they are revealed.
	MaskNumbers bool
	Log         *zap.Logger
}

// Server is the admin listener.
type Server struct {
	opts     Options
	listener net.Listener
	http     *http.Server
	guard    *guard
	console  *console
	api      atomic.Pointer[http.Handler] // nil until Serve
}

// Listen opens the listener; Run serves it and closes it.
func Listen(o Options) (*Server, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; is another gateway running, or is the address taken?", o.Listen, err)
	}
	crowd := newCrowd(l, crowdOf(openFiles()), o.Log.Named("admin"))
	l = crowd
	if o.TLS != nil {
		l = tls.NewListener(l, o.TLS)
	}
	guard := newGuard(o.Tokens, o.Log)
	s := &Server{opts: o, listener: l, guard: guard, console: newConsole(&o, guard)}
	quiet, err := zap.NewStdLogAt(o.Log.Named("admin"), zap.DebugLevel)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.http = &http.Server{
		Handler:           s.routes(guard),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         crowd.state,
		ErrorLog:          quiet, // it tells of whoever knocks and leaves; panics are told by survive
	}
	s.http.RegisterOnShutdown(s.console.stop) // or streams would hold the shutdown up
	return s, nil
}

// Serve answers the API and the console for g from now on; until then they ask
// to come again.
func (s *Server) Serve(g Gateway) {
	a := &api{gateway: g, privacy: privacy{s.opts.MaskNumbers, auditOf(s.opts.Log)}}
	h := a.handler()
	s.api.Store(&h)
	s.console.gateway.Store(&g)
}

// SetTokens replaces the tokens that are let in.
func (s *Server) SetTokens(tokens []Token) { s.guard.accept(tokens) }

// Addr is where the server listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until Close.
func (s *Server) Run() error {
	var sampling sync.WaitGroup
	sampling.Go(s.console.run)
	defer sampling.Wait()
	defer s.console.stop()
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %q: %w", s.opts.Listen, err)
	}
	return nil
}

// Close lets running requests end within ctx, then ends them.
func (s *Server) Close(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// routes joins what is open to all with what needs a token.
func (s *Server) routes(guard *guard) http.Handler {
	open := http.NewServeMux()
	open.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	open.HandleFunc("GET /readyz", s.ready)
	open.Handle("GET /metrics", s.opts.Metrics)
	api := guard.require(Viewer, http.HandlerFunc(s.serveAPI))
	open.Handle("/api/v1", api) // or the mux would lead to /api/v1/ whoever asks
	open.Handle("/api/v1/", api)
	open.Handle("/", s.console.handler())
	return s.survive(s.checkHost(http.MaxBytesHandler(sameOrigin(guard.brief(open)), maxBody)))
}

// survive answers a request on which the program fails, and logs why.
func (s *Server) survive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff") // of whatever is answered
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler: // as net/http does it
				panic(p)
			default:
				s.opts.Log.Named("admin").Error("a request failed: this is a fault of the program",
					zap.String("path", r.URL.Path), zap.Any("panic", p), zap.Stack("stack"))
				problem(w, http.StatusInternalServerError, "this is a fault of the program; the log says more")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what a page of another site has a browser send.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	refused := func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "this request comes from a page of another site; through a proxy, let it pass Host and Origin on")
	}
	protection.SetDenyHandler(http.HandlerFunc(refused))
	return protection.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fromElsewhere(r) && (r.Header.Get("Sec-Fetch-Mode") != "navigate" || strings.HasPrefix(r.URL.Path, "/live/")) {
			refused(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// fromElsewhere reports whether a page of another site asks. It may lead here;
// what it embeds, or holds open, it may not have: nobody needs a token on
// loopback.
func fromElsewhere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return true
	case "":
		origin, err := url.Parse(r.Header.Get("Origin"))
		return err != nil || origin.Host != "" && !strings.EqualFold(origin.Host, r.Host)
	}
	return false
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	if h := s.api.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "1")
	problem(w, http.StatusServiceUnavailable, "the gateway is starting: try again in a moment")
}

// ready tells everybody whether receipts are taken, and those who have a token
// why not: a database's error names its host and user.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if reasons := s.opts.Unready(); len(reasons) > 0 {
		if _, known := s.guard.who(r); !known {
			for i := range reasons {
				if strings.HasPrefix(reasons[i], RefusingReceipts) {
					reasons[i] = RefusingReceipts + "dlrgate status, or a token here, tells why"
				}
			}
		}
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "reasons": reasons})
		return
	}
	body := map[string]any{"ready": true, "reasons": []string{}}
	if s.opts.Standby != nil {
		if names := s.opts.Standby(); len(names) > 0 {
			body["standby"] = names
		}
	}
	writeJSON(w, http.StatusOK, body)
}

// checkHost refuses names that are not ours, so that a page of somebody else
// cannot reach the listener through a name that resolves to it (DNS rebinding).
// A request by IP address carries no such name.
func (s *Server) checkHost(next http.Handler) http.Handler {
	own := map[string]bool{"localhost": true}
	for _, h := range append(s.opts.Hosts, hostOnly(s.opts.Listen)) {
		own[strings.ToLower(h)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.ToLower(hostOnly(r.Host))
		if !own[host] && net.ParseIP(host) == nil {
			problem(w, http.StatusMisdirectedRequest, fmt.Sprintf("host %q is not ours: add it to admin.hosts", host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostOnly(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.Trim(host, "[]")
}
