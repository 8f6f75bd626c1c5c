package admin

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"
)

//go:embed openapi.json
var openAPI []byte

// api answers /api/v1 for one gateway.
type api struct {
	gateway Gateway
	privacy
}

// answer is what a route's work returns: the status and what to write as JSON.
type answer struct {
	status int
	body   any
	// on is what an act acted on, for the log, where its address does not say it.
	on string
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }

// did answers an act that its log line tells more of.
func did(on string, body any) (answer, error) {
	return answer{status: http.StatusOK, body: body, on: on}, nil
}

// work is a route's work; an error becomes a problem.
type work func(r *http.Request) (answer, error)

// route is one line of the API.
type route struct {
	pattern string
	role    Role
	work    work
	// within is how long the work may take; 0: as any request.
	within time.Duration
	// takes names the query's parameters; any other is refused.
	takes []string
}

// long is for work that goes through stored receipts, or waits for binds and
// POSTs to end.
const long = 15 * time.Minute

// routes are all there are; openapi.json describes the same, and a test holds
// one against the other.
func (a *api) routes() []route {
	return []route{
		{"GET /api/v1/stats", Viewer, a.stats, 0, nil},
		{"GET /api/v1/statuses", Viewer, a.statuses, 0, nil},
		{"GET /api/v1/operators", Viewer, a.operators, 0, nil},
		{"GET /api/v1/binds", Viewer, a.binds, 0, nil},
		{"POST /api/v1/binds/{act...}", Admin, a.holdBind, 0, nil},
		{"GET /api/v1/endpoints", Viewer, a.endpoints, 0, nil},
		{"POST /api/v1/endpoints/{name}/test", Admin, a.testEndpoint, 0, nil},
		{"POST /api/v1/endpoints/{name}/pause", Admin, a.pauseEndpoint, 0, nil},
		{"POST /api/v1/endpoints/{name}/resume", Admin, a.resumeEndpoint, 0, nil},
		{"POST /api/v1/endpoints/{name}/enable", Admin, a.enableEndpoint, 0, nil},
		{"POST /api/v1/endpoints/{name}/forget", Admin, a.forgetEndpoint, long, nil},
		{"GET /api/v1/receipts", Viewer, a.search, 0, searchTakes},
		{"GET /api/v1/receipts/{id}", Viewer, a.receipt, 0, []string{"reveal"}},
		{"POST /api/v1/explain", Viewer, a.explain, 0, nil},
		{"GET /api/v1/dead", Viewer, a.dead, 0, []string{"endpoint", "limit", "cursor"}},
		{"POST /api/v1/dead/retry", Admin, a.retryDead, long, nil},
		{"POST /api/v1/dead/drop", Admin, a.dropDead, long, nil},
		{"GET /api/v1/parked", Viewer, a.parked, 0, []string{"endpoint", "limit"}},
		{"POST /api/v1/parked/retry", Admin, a.retryParked, long, nil},
		{"POST /api/v1/parked/give-up", Admin, a.buryParked, long, nil},
		{"GET /api/v1/mapping", Viewer, a.mapping, 0, []string{"operator"}},
		{"GET /api/v1/replays", Viewer, a.replays, 0, nil},
		{"POST /api/v1/replays", Admin, a.startReplay, long, nil},
		{"POST /api/v1/replays/{id}/cancel", Admin, a.cancelReplay, 0, nil},
		{"POST /api/v1/retranslate", Admin, a.retranslate, long, nil},
		{"POST /api/v1/reload", Admin, a.reload, long, []string{"dry_run"}},
		{"POST /api/v1/backup", Admin, a.backup, long, nil},
		{"POST /api/v1/erase", Admin, a.erase, long, nil},
		{"GET /api/v1/log-level", Viewer, a.logLevel, 0, nil},
		{"PUT /api/v1/log-level", Admin, a.setLogLevel, 0, nil},
	}
}

// answerTime is kept of a request's time to say that the work took too long.
const answerTime = 5 * time.Second

// handler serves the API to those whom the guard has let in.
func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		if p := readParams(r); p.err != nil {
			fail(w, p.err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(openAPI) // an error means that the client is gone
	})
	for _, r := range a.routes() {
		mux.Handle(r.pattern, a.serve(r))
	}
	return problems(mux)
}

// serve runs a route's work for callers of its role, and logs who acted.
func (a *api) serve(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := callerOf(r.Context())
		if route.role == Admin && who.role != Admin {
			problem(w, http.StatusForbidden, fmt.Sprintf("token %q is a viewer's: this needs one of role admin", who.name))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if route.within > 0 {
			extend(w, route.within)
		}
		ctx, cancel := context.WithTimeout(r.Context(), cmp.Or(route.within, requestTimeout)-answerTime)
		defer cancel()
		done, err := answer{}, readParams(r, route.takes...).err
		if err == nil {
			done, err = route.work(r.WithContext(ctx))
		}
		if route.role == Admin {
			acted(a.audit, err, zap.String("token", who.name), zap.String("method", r.Method), zap.String("path", r.URL.Path), onWhat(done.on))
		}
		if err != nil {
			fail(w, a.veilOf(who).fault(err))
			return
		}
		writeJSON(w, done.status, done.body)
	})
}

// onWhat is what an act acted on, where its path does not say it.
func onWhat(on string) zap.Field {
	if on == "" {
		return zap.Skip()
	}
	return zap.String("on", on)
}

// extend gives a request more time than the server gives to any. The read
// deadline counts too: when it passes, the request's context ends.
func extend(w http.ResponseWriter, within time.Duration) {
	c := http.NewResponseController(w)
	until := time.Now().Add(within)
	_ = c.SetReadDeadline(until) // a writer that knows no deadlines has none to extend
	_ = c.SetWriteDeadline(until)
}

// looks are what the caller sees, without anything that he would have to ask for.
func (a *api) looks(r *http.Request) *looks {
	l, _ := a.of(r, a.gateway, false) // it is what he asks for that can be refused
	return l
}

// problems answers what the mux has no route for with problem details; the mux
// alone would do it in plain text.
func problems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refused := &headerOnly{header: http.Header{}}
		mux.ServeHTTP(refused, r)
		if refused.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", refused.header.Get("Allow"))
			problem(w, refused.status, fmt.Sprintf("%s is not possible here: use %s", r.Method, refused.header.Get("Allow")))
			return
		}
		problem(w, http.StatusNotFound, fmt.Sprintf("there is nothing at %q: /api/v1/openapi.json lists what there is", r.URL.Path))
	})
}

// headerOnly keeps the status and the header of an answer and drops its body.
type headerOnly struct {
	header http.Header
	status int
}

func (h *headerOnly) Header() http.Header         { return h.header }
func (h *headerOnly) WriteHeader(status int)      { h.status = status }
func (h *headerOnly) Write(b []byte) (int, error) { return len(b), nil }
