package simulator

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds what the sink reads of one request.
const maxBody = 64 << 20

// ServeHTTP takes one webhook; to a GET it answers with its page.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		s.Page(w, r)
		return
	}
	e := s.At(r.URL.Path)
	e.count(func(c *SinkCounts) { c.Requests++ })
	if r.Method != http.MethodPost {
		e.reject(fmt.Errorf("method %s: a webhook is a POST", r.Method))
		http.Error(w, "a webhook is a POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := readBody(r)
	if err != nil {
		e.reject(err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if len(s.verifier.keys) > 0 {
		if err := s.verifier.verify(r.Header, body, time.Now()); err != nil {
			e.reject(err)
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
	}
	status, b := e.verdict()
	if !s.hold(r, b) {
		panic(http.ErrAbortHandler) // to return would answer 200
	}
	for name, values := range b.Header {
		w.Header()[name] = values
	}
	if status != 0 {
		e.count(func(c *SinkCounts) { c.Failed++ })
		w.WriteHeader(status)
		return
	}
	s.accept(w, r, e, body)
}

// accept decodes the body, records its events and answers.
func (s *Sink) accept(w http.ResponseWriter, r *http.Request, e *Endpoint, body []byte) {
	parsed, err := scanEvent(body)
	if err == nil {
		err = checkIDs(r, parsed)
	}
	if err != nil {
		e.reject(err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if strings.HasSuffix(parsed.kind, ".test") {
		e.count(func(c *SinkCounts) { c.Tests++ })
		return
	}
	e.take(parsed.events, time.Now())
	if s.opts.OnEvent != nil {
		for i := range parsed.events {
			s.opts.OnEvent(e.Path, parsed.events[i], parsed.raw[i])
		}
	}
}

// checkIDs holds the webhook-id header against the event inside.
func checkIDs(r *http.Request, e envelope) error {
	id := r.Header.Get("webhook-id")
	if id == "" || e.kind != "sms.receipt" || len(e.events) != 1 {
		return nil
	}
	if key := e.events[0].Key(); key != id {
		return fmt.Errorf("webhook-id %q is not the event's %q", id, key)
	}
	return nil
}

func readBody(r *http.Request) ([]byte, error) {
	var in io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fmt.Errorf("unpack the body: %w", err)
		}
		in = unpacked
	} else if n := r.ContentLength; n > 0 && n <= maxBody {
		body := make([]byte, n)
		_, err := io.ReadFull(in, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return body, nil
}

// hold waits as the behaviour says. It returns false when the client or the sink
// went away meanwhile.
func (s *Sink) hold(r *http.Request, b Behaviour) bool {
	if b.Hang != nil {
		select {
		case <-b.Hang:
		case <-r.Context().Done():
			return false
		case <-s.stop:
			return false
		}
	}
	if b.Delay > 0 {
		timer := time.NewTimer(b.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return false
		case <-s.stop:
			return false
		}
	}
	return true
}
