package forward

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/dlrgate/dlrgate/faultpoint"
	"github.com/dlrgate/dlrgate/journal"
)

const (
	maxAnswer  = 64 << 10 // octets of an answer that are read
	keptAnswer = 512      // octets of an answer that are kept with a failed attempt
)

// target is where and how an endpoint's POSTs go; it is shared by its senders
// and not changed.
type target struct {
	o         *Options
	url       *url.URL
	host      string
	header    http.Header // the same in every request
	keys      [][]byte
	transport *transport
	tokens    *tokens
	wall      func() time.Time // the wall clock, for the signed timestamp alone
}

var errURL = errors.New("url: not an http or https URL with a host")

func newTarget(o *Options) (*target, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errURL // the parser's own error repeats the URL, and with it a password
	}
	keys, err := decodeSecrets(o.Secrets)
	if err != nil {
		return nil, err
	}
	t := &target{o: o, url: u, host: u.Host, keys: keys, transport: newTransport(o), wall: time.Now}
	t.tokens = newTokens(o, newTokenTransport(t.transport))
	t.header = http.Header{
		"Content-Type": {"application/json"},
		"User-Agent":   {o.UserAgent},
	}
	if u.User != nil {
		password, _ := u.User.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
		t.header.Set("Authorization", "Basic "+basic)
		u.User = nil
	}
	for name, values := range o.Headers {
		t.header[http.CanonicalHeaderKey(name)] = values
	}
	if host := t.header.Get("Host"); host != "" {
		t.host = host
		t.header.Del("Host")
	}
	return t, nil
}

// close drops the connections that are not in use.
func (t *target) close() {
	t.transport.CloseIdleConnections()
	if t.tokens != nil {
		t.tokens.client.CloseIdleConnections()
	}
}

// newTokenTransport gives the token server connections of its own: it is
// another host, with the system's trust and the endpoint's guard.
func newTokenTransport(t *transport) http.RoundTripper {
	o := *t.o
	o.TLS, o.Concurrency = nil, 1
	return &transport{o: &o, dial: t.dial}
}

// sender makes POSTs, one at a time; it belongs to one goroutine.
type sender struct {
	*target
	signer *signer
	holds  func(journal.Stream) (epoch uint64, holds bool) // nil: nothing of the log is sent
	gzip   *gzip.Writer
	kept   [keptAnswer]byte
}

func newSender(t *target) *sender { return &sender{target: t, signer: newSigner(t.keys)} }

// post sends one body and reads the answer. ctx ends it early; then answer.cut
// is set.
func (s *sender) post(ctx context.Context, id string, body []byte) (a answer) {
	a.at = time.Now()
	defer func() { a.took = time.Since(a.at) }()
	limited, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := s.request(limited, id, body)
	if err != nil {
		return s.unanswered(ctx, a, err)
	}
	faultpoint.Here(faultpoint.BeforePost)
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return s.unanswered(ctx, a, err)
	}
	faultpoint.Here(faultpoint.AfterPost)
	a.status, a.outcome, a.unseen = resp.StatusCode, byStatus(resp.StatusCode), unseenBy(resp.StatusCode)
	n, err := io.ReadFull(resp.Body, s.kept[:])
	if err == nil {
		_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer-keptAnswer)
	}
	resp.Body.Close()
	if a.outcome == taken {
		return a
	}
	a.reason = "answered " + strconv.Itoa(resp.StatusCode)
	a.body = bytes.Clone(s.kept[:n])
	a.retryAfter = retryAfter(resp.Header, s.wall())
	if resp.StatusCode == http.StatusUnauthorized && s.tokens != nil {
		s.tokens.reject(limited, req.Header.Get("Authorization"))
	}
	return a
}

func (s *sender) unanswered(ctx context.Context, a answer, err error) answer {
	a.outcome, a.reason, a.cut, a.unseen = down, reasonOf(err), ctx.Err() != nil, unreachedBy(err)
	return a
}

// request builds one attempt: its timestamp and signature are its own. What
// travels compressed is signed as JSON and as it travels, because the receiver may
// not know which of the two its proxy or framework hands it.
func (s *sender) request(ctx context.Context, id string, body []byte) (*http.Request, error) {
	h := make(http.Header, len(s.header)+7)
	for name, values := range s.header {
		h[name] = values
	}
	unix := s.wall().Unix()
	ids := []string{id}
	h["Webhook-Id"], h["Idempotency-Key"] = ids, ids
	h["Webhook-Timestamp"] = []string{strconv.FormatInt(unix, 10)}
	forms := [][]byte{body}
	if s.o.GzipAbove > 0 && len(body) > s.o.GzipAbove {
		body = s.compress(body)
		h["Content-Encoding"] = []string{"gzip"}
		forms = append(forms, body)
	}
	if len(s.keys) > 0 {
		h["Webhook-Signature"] = []string{s.signer.sign(id, unix, forms...)}
	}
	if s.tokens != nil {
		authorization, err := s.tokens.authorization(ctx)
		if err != nil {
			return nil, err
		}
		h["Authorization"] = []string{authorization}
	}
	req := &http.Request{
		Method: http.MethodPost, URL: s.url, Host: s.host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)),
		Body:          io.NopCloser(bytes.NewReader(body)),
		// With it, and the Idempotency-Key, the transport itself repeats a request
		// whose kept connection the endpoint had just closed.
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return req.WithContext(ctx), nil
}

func (s *sender) compress(body []byte) []byte {
	var out bytes.Buffer
	if s.gzip == nil {
		s.gzip = gzip.NewWriter(&out)
	} else {
		s.gzip.Reset(&out)
	}
	_, _ = s.gzip.Write(body) // a bytes.Buffer takes everything
	_ = s.gzip.Close()
	return out.Bytes()
}
