package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// get asks for a path below /api/v1 and decodes the answer.
func (r *remote) get(ctx context.Context, path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return r.do(ctx, request{http.MethodGet, path, nil}, into)
}

// post has the gateway act; body may be nil.
func (r *remote) post(ctx context.Context, path string, body, into any) error {
	return r.do(ctx, request{http.MethodPost, path, body}, into)
}

// request is what is asked: a path below /api/v1, and a body or nil.
type request struct {
	method, path string
	body         any
}

func (r *remote) do(ctx context.Context, q request, into any) error {
	r.warn()
	var content io.Reader
	if q.body != nil {
		raw, err := json.Marshal(q.body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, r.url+"/api/v1/"+q.path, content)
	if err != nil {
		return err
	}
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return r.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return r.refused(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("%s does not answer as a gateway: %w", r.url, err)
	}
	return nil
}

// ready is an error unless the gateway is ready.
func (r *remote) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return r.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 == 3 {
		return r.refused(resp)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the gateway at %s is not ready: GET /readyz says why", r.url)
	}
	return nil
}

func (r *remote) unreachable(err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		advice := "dlrgate run -c FILE"
		if r.server == "" {
			advice += ", or --server with the address that it was started with"
		}
		return fmt.Errorf("no gateway answers at %s: is it running? %s (%w)", r.url, advice, op.Err)
	}
	return fmt.Errorf("the gateway at %s does not answer: %w", r.url, err)
}

// refused turns a problem into an error with the exit code that it has here.
func (r *remote) refused(resp *http.Response) error {
	if to := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && to != "" {
		return fmt.Errorf("%s leads to %q, where the token is not sent to: name the gateway's own address with --server", r.url, to)
	}
	var problem struct {
		Detail string `json:"detail"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&problem); err != nil || problem.Detail == "" {
		return fmt.Errorf("%s answers %q and is perhaps no gateway: check --server", r.url, resp.Status)
	}
	err := errors.New(problem.Detail)
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		return r.unauthorized()
	case http.StatusBadRequest:
		return exitError{exitUsage, err}
	case http.StatusNotFound:
		if u, _ := url.Parse(r.url); u.Path != "" {
			err = fmt.Errorf("%w: the address of a gateway has no path, only http://%s", err, u.Host)
		}
		return exitError{exitNotFound, err}
	}
	return err
}

// unauthorized tells a token that is missing from one that is wrong.
func (r *remote) unauthorized() error {
	switch {
	case r.token == "" && r.file != "":
		return fmt.Errorf("the gateway at %s asks for a token, and none of %s can be read here: set %s", r.url, r.file, tokenVariable)
	case r.token == "":
		return fmt.Errorf("the gateway at %s asks for a token: set %s, or name its configuration with -c FILE", r.url, tokenVariable)
	}
	return fmt.Errorf("the gateway at %s did not accept the token of %s: it must be one of its admin.tokens", r.url, r.tokenFrom)
}

// failed makes a thing that is not there an ordinary failure: of all commands
// only those that look one thing up tell it by an exit code of its own.
func failed(err error) error {
	if e := (exitError{}); errors.As(err, &e) && e.code == exitNotFound {
		return e.err
	}
	return err
}

// items is a list of the API.
type items[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
	// Of receipts: whether numbers are masked, how many were too new to be looked
	// at, and which operators another gateway holds.
	Masked     *bool    `json:"masked,omitempty"`
	Unsearched int      `json:"unsearched,omitempty"`
	Standby    []string `json:"standby,omitempty"`
}

// listing is a list of the API that is asked for, at most limit rows of it.
type listing struct {
	path  string
	query url.Values
	limit int
}

// pages asks for pages until there are enough rows, or no more.
func pages[T any](ctx context.Context, r *remote, l listing) (items[T], error) {
	all := items[T]{Items: []T{}}
	err := eachPage(ctx, r, l, func(one items[T]) {
		one.Items = append(all.Items, one.Items...)
		all = one
	})
	return all, err
}

// eachPage calls fn with each page until there were enough rows, or no more.
func eachPage[T any](ctx context.Context, r *remote, l listing, fn func(items[T])) error {
	const page = 1000 // the most that the gateway gives at once
	for left := l.limit; left > 0; {
		l.query.Set("limit", strconv.Itoa(min(page, left)))
		var one items[T]
		if err := r.get(ctx, l.path, l.query, &one); err != nil {
			return err
		}
		left -= len(one.Items)
		fn(one)
		if one.Next == "" {
			break
		}
		l.query.Set("cursor", one.Next)
	}
	return nil
}
