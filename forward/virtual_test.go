package forward

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dlrgate/dlrgate/journal"
)

// pipes is a listener whose connections are net.Pipe's, so that virtual time
// passes while they wait.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// world is a journal, a webhook and an endpoint in virtual time.
type world struct {
	*testing.T
	dir  string
	log  *journal.Journal
	hook *receiver
	pipe *pipes
	o    Options
	e    *Endpoint
	stop func()
	told sync.Mutex
	dead map[string]int // told by the observer
	off  atomic.Int64   // how wrong the wall clock is, as a time.Duration
}

// inVirtualTime runs a test whose hours pass at once: retry 1s to 1h, given up
// after 75h unless it changes that.
func inVirtualTime(t *testing.T, answer func(int, hit, http.ResponseWriter), test func(*world)) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, dir: dir, pipe: &pipes{make(chan net.Conn), make(chan struct{})}, dead: map[string]int{}}
		w.hook = &receiver{changed: make(chan struct{}), answer: answer}
		server := &http.Server{Handler: w.hook}
		served := make(chan error, 1)
		go func() { served <- server.Serve(w.pipe) }()
		w.o = options("http://app.example/dlr")
		w.o.Retry = Retry{Initial: time.Second, Max: time.Hour, GiveUpAfter: 75 * time.Hour}
		defer func() {
			w.off.Store(0)
			w.end()
			server.Close()
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		}()
		test(w)
	})
}

// begin opens the journal and starts the endpoint.
func (w *world) begin() {
	w.log = openLog(w, w.dir, "acme")
	count := func(class string, n int) {
		w.told.Lock()
		defer w.told.Unlock()
		w.dead[class] += n
	}
	e, err := New(w.o, w.log, Observer{DeadLettered: count}, nil)
	if err != nil {
		w.Fatal(err)
	}
	e.target.transport.dial = w.pipe.dial
	e.target.wall = func() time.Time { return time.Now().Add(time.Duration(w.off.Load())) }
	w.e, w.stop = e, runEndpoint(w, e)
	synctest.Wait()
}

// beginBehind starts the endpoint with a backlog.
func (w *world) beginBehind(rs []receipt) {
	w.o.Paused = true
	w.begin()
	store(w, w.log, "acme", rs...)
	w.end()
	w.o.Paused = false
	w.begin()
}

func (w *world) end() {
	if w.log == nil {
		return
	}
	w.stop()
	closeLog(w, w.log)
	w.log = nil
}

// pass lets virtual time pass.
func (w *world) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// nothingGivenUp checks that no receipt is dead.
func (w *world) nothingGivenUp() {
	w.Helper()
	w.told.Lock()
	defer w.told.Unlock()
	if dead, err := w.log.ListDead(w.Context(), "", 0, 10); err != nil || len(dead) != 0 || len(w.dead) != 0 {
		w.Errorf("given up: %+v, %v", dead, err)
	}
}
