package gateway_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dlrgate/dlrgate/simulator"
)

// picky is a webhook that takes no batch of more than most events, and not one
// recipient's; as long as it is down it refuses everything.
type picky struct {
	*simulator.Sink
	most                   int
	poison                 string
	down                   atomic.Bool
	tooLarge, refused, all atomic.Int64
}

func (p *picky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.all.Add(1)
	packed, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	body, _ := io.ReadAll(unpacked)
	switch {
	case p.down.Load():
		w.WriteHeader(http.StatusBadRequest)
	case bytes.Count(body, []byte(`"message_id"`)) > p.most:
		p.tooLarge.Add(1)
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case bytes.Contains(body, []byte(p.poison)):
		p.refused.Add(1)
		w.WriteHeader(http.StatusUnprocessableEntity)
	default:
		r.Body = io.NopCloser(bytes.NewReader(packed))
		p.Sink.ServeHTTP(w, r)
	}
}

// TestBatches sends batches over real sockets: too large ones are split, a
// refused event is found and set aside while the others pass, and a webhook that
// refuses everything counts as down.
func TestBatches(t *testing.T) {
	t.Parallel()
	const receipts = 400
	ctx := within(t, patience)
	s := newStage(ctx, t, simulator.Options{}, values{})
	src := simulator.NewSource(simulator.SourceOptions{Seed: 9})
	var sent []*simulator.Receipt
	for range receipts {
		sent = append(sent, src.Next())
	}
	behind, err := simulator.NewSink(simulator.SinkOptions{})
	must(t, err, s)
	hook := &picky{Sink: behind, most: 20, poison: sent[receipts/4].Recipient}
	hook.down.Store(true)
	server := httptest.NewServer(hook)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	v := s.values()
	v.More = fmt.Sprintf(`  - {name: crm, url: "%s/crm", batch: {max_events: 100, max_wait: 20ms}, gzip_above: 10, retry: {initial: 20ms, max: 100ms}}`, server.URL)
	s.reload(t, v)
	crm := behind.At("/crm")

	s.smsc.Send(sent[:receipts/2]...)
	must(t, s.smsc.WaitOK(ctx, receipts/2), s)
	says := func(series string) bool { _, body := s.get(t, "/metrics"); return strings.Contains(body, series) }
	until := func(series string) {
		again := time.NewTicker(20 * time.Millisecond)
		defer again.Stop()
		for !says(series) {
			<-again.C
			must(t, ctx.Err(), s)
		}
	}
	until(`dlrgate_endpoint_breaker_open{endpoint="crm"} 1`)
	if !says(`dlrgate_parked_receipts{endpoint="crm"} 0`) {
		t.Error("receipts are parked though the webhook takes none at all")
	}
	hook.down.Store(false)
	s.smsc.Send(sent[receipts/2:]...)
	must(t, crm.WaitFor(ctx, receipts-1), s)
	until(`dlrgate_parked_receipts{endpoint="crm"} 1`)
	if hook.tooLarge.Load() == 0 || hook.refused.Load() < 2 {
		t.Errorf("%d batches were too large, %d refused", hook.tooLarge.Load(), hook.refused.Load())
	}
	if n := crm.Counts(); n.Repeated != 0 || n.Requests > receipts/4 {
		t.Errorf("%d events in %d requests, %d repeated", n.Distinct, n.Requests, n.Repeated)
	}
}
