package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/dlrgate/dlrgate/simulator"
)

// The tokens of the API's tests.
const (
	adminToken  = "admin-0123456789abcdef"
	viewerToken = "viewer-0123456789abcdef"
)

// tokensYAML is added to the stage's configuration.
const tokensYAML = `
admin:
  tokens:
    - {name: ops, token: ` + adminToken + `, role: admin}
    - {name: eye, token: ` + viewerToken + `, role: viewer}
`

// apiStage is a stage whose API is asked as the OpenAPI document says, and whose
// every answer is held against it.
type apiStage struct {
	*stage
	t   *testing.T
	ctx context.Context
	doc *openapi3.T
	// answered are the operations that were answered with 2xx.
	answered map[string]bool
}

func newAPIStage(ctx context.Context, t *testing.T, v values) *apiStage {
	t.Helper()
	v.More += tokensYAML
	s := &apiStage{stage: newStage(ctx, t, simulator.Options{}, v), t: t, ctx: ctx, answered: map[string]bool{}}
	raw, err := os.ReadFile("../admin/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if s.doc, err = openapi3.NewLoader().LoadFromData(raw); err != nil {
		t.Fatal(err)
	}
	if err := s.doc.Validate(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// call is one request of the API.
type call struct {
	method, path string            // the path as the document has it
	at           map[string]string // its parameters
	query        url.Values
	body         any
	token        string // the admin's by default
}

// ask sends the call, holds the answer against the document and returns it; the
// status must be the one that is wanted.
func (s *apiStage) ask(c call, want int) map[string]any {
	s.t.Helper()
	path := c.path
	for name, value := range c.at {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	target := "http://" + s.Addr() + "/api/v1" + path
	if len(c.query) > 0 {
		target += "?" + c.query.Encode()
	}
	if c.token == "" {
		c.token = adminToken
	}
	status, header, body := s.send(c, target)
	if status != want {
		s.t.Fatalf("%s %s: %d, want %d: %s\n%s", c.method, target, status, want, body, s.log)
	}
	s.validate(c, status, header, body)
	var out map[string]any
	if err := json.Unmarshal(body, &out); err != nil {
		s.t.Fatalf("%s %s: %v: %s", c.method, target, err, body)
	}
	return out
}

func (s *apiStage) send(c call, target string) (int, http.Header, []byte) {
	s.t.Helper()
	var content io.Reader
	if c.body != nil {
		raw, err := json.Marshal(c.body)
		must(s.t, err, s.stage)
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.ctx, c.method, target, content)
	must(s.t, err, s.stage)
	req.Header.Set("Authorization", "Bearer "+c.token)
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	must(s.t, err, s.stage)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(s.t, err, s.stage)
	return resp.StatusCode, resp.Header, body
}

// validate holds an answer against the document.
func (s *apiStage) validate(c call, status int, header http.Header, body []byte) {
	s.t.Helper()
	item := s.doc.Paths.Value(c.path)
	if item == nil || item.GetOperation(c.method) == nil {
		s.t.Fatalf("the document has no %s %s", c.method, c.path)
	}
	op := item.GetOperation(c.method)
	req, err := http.NewRequestWithContext(s.ctx, c.method, "http://gateway/api/v1"+c.path, nil)
	must(s.t, err, s.stage)
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: req, Route: &routers.Route{Spec: s.doc, Path: c.path, PathItem: item, Method: c.method, Operation: op},
		},
		Status: status, Header: header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	in.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(s.ctx, in); err != nil {
		s.t.Errorf("%s %s answers %d with what the document does not have: %v\n%s", c.method, c.path, status, err, body)
	}
	if status/100 == 2 {
		s.answered[c.method+" "+c.path] = true
	}
}

// get asks for a path without parameters in it.
func (s *apiStage) get(path string, pairs ...string) map[string]any {
	s.t.Helper()
	return s.ask(call{method: http.MethodGet, path: path, query: query(pairs...)}, http.StatusOK)
}

// act posts to a path with one parameter in it.
func (s *apiStage) act(path, param, value string) map[string]any {
	s.t.Helper()
	return s.ask(call{method: http.MethodPost, path: path, at: map[string]string{param: value}}, http.StatusOK)
}

// post sends a body.
func (s *apiStage) post(path string, body any, want int) map[string]any {
	s.t.Helper()
	return s.ask(call{method: http.MethodPost, path: path, body: body}, want)
}

func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

// itemsOf returns a list's rows.
func itemsOf(list map[string]any) []map[string]any {
	var rows []map[string]any
	all, _ := list["items"].([]any)
	for _, x := range all {
		rows = append(rows, x.(map[string]any))
	}
	return rows
}

// until asks again until the answer is as wanted: what the API shows is up to
// 100 ms old, and there is nothing else to wait for.
func (s *apiStage) until(what string, ok func() bool) {
	s.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-s.ctx.Done():
			s.t.Fatalf("%s: %v\n%s", what, s.ctx.Err(), s.log)
		}
	}
}

// deliver sends one receipt and waits until it is answered.
func (s *apiStage) deliver(recipient, text string) {
	s.t.Helper()
	answered := s.smsc.Ledger().Counts().OK
	s.smsc.Send(&simulator.Receipt{
		ESMClass: 4, Source: simulator.Address{TON: 1, NPI: 1, Number: recipient},
		Destination: simulator.Address{TON: 5, Number: "ACME"}, Body: []byte(text), Text: text,
	})
	must(s.t, s.smsc.WaitOK(s.ctx, answered+1), s.stage)
}
