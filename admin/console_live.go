package admin

import (
	"bytes"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// A stream is a page that stays open: it sends the page's live part again
// whenever that has changed.
const (
	maxStreams = 32
	// streamEvery is how often a stream looks.
	streamEvery = 2 * time.Second
	// streamWrite is how long a reader may take to read what is sent.
	streamWrite = 10 * time.Second
	// streamLife ends a stream; the browser opens the next one, and is asked
	// again who it is.
	streamLife = 15 * time.Minute
	// streamQuiet is after how much silence a stream says that it is there, so
	// that a reader who is gone is noticed, and a proxy does not end it.
	streamQuiet = 15 * time.Second
	streamHere  = ": here\n\n"
	// streamRetry is when the browser comes again after a broken stream.
	streamRetry = "retry: 2000\n\n"
)

// stream serves the live part of a page as server-sent events.
func (c *console) stream(p *page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case c.streams <- struct{}{}:
			defer func() { <-c.streams }()
		default:
			w.Header().Set("Retry-After", "30")
			fail(w, fault{http.StatusServiceUnavailable, "too many pages are open: this one is not renewed by itself"})
			return
		}
		v, err := c.look(p, r)
		if err != nil {
			fail(w, c.veilOf(callerOf(r.Context())).fault(err))
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // nginx passes events on at once
		if err := c.follow(w, r, v); err != nil {
			c.log.Debug("a stream ended", zap.String("page", p.name), zap.Error(err))
		}
	})
}

// follow sends the live part until the reader leaves, is not let in any more
// as who he was, or the gateway stops.
func (c *console) follow(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil { // or it ends the request
		return err
	}
	send := sender(w)
	end := time.NewTimer(streamLife)
	defer end.Stop()
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	if err := send([]byte(streamRetry)); err != nil {
		return err
	}
	var sent []byte
	var at time.Time
	for {
		now, err := c.live(v)
		if err != nil {
			return err
		}
		if out := next(now, sent, time.Since(at)); out != nil {
			if err := send(out); err != nil {
				return err
			}
			sent, at = now, time.Now()
		}
		select {
		case <-tick.C:
		case <-end.C:
			return nil
		case <-c.stopping:
			return nil
		case <-r.Context().Done():
			return nil
		}
		if now, known := c.guard.who(r); !known || now != callerOf(r.Context()) {
			return nil // what v shows is for who asked then
		}
		if err := c.renew(r, v); err != nil {
			return err
		}
	}
}

// sender returns what sends to a reader, who has streamWrite to read it.
func sender(w http.ResponseWriter) func([]byte) error {
	out := http.NewResponseController(w)
	return func(b []byte) error {
		if err := out.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		return out.Flush()
	}
}

// next is what a stream sends now, nil: nothing.
func next(now, sent []byte, quiet time.Duration) []byte {
	switch {
	case !bytes.Equal(now, sent):
		return asEvent(now)
	case quiet > streamQuiet:
		return []byte(streamHere)
	}
	return nil
}

// renew looks again at what v shows.
func (c *console) renew(r *http.Request, v *view) (err error) {
	v.Now = time.Now()
	all, err := c.glance(r.Context())
	if err != nil {
		return err
	}
	v.Glance = v.sees.veil.glance(all)
	v.sees.now = v.Glance
	v.Data, err = c.pages[v.Page].look(c, r, v.sees)
	return err
}

// asEvent makes a server-sent event: a field for each line, whatever ends it.
func asEvent(html []byte) []byte {
	html = bytes.ReplaceAll(html, []byte("\r"), []byte("&#13;"))
	var b bytes.Buffer
	for line := range bytes.SplitSeq(html, []byte("\n")) {
		b.WriteString("data: ")
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}
