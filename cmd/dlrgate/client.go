package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/config"
)

const (
	defaultServer = "http://127.0.0.1:8275" // CONTRACT §2, listen
	tokenVariable = "DLRGATE_ADMIN_TOKEN"   //nolint:gosec // a variable's name
	// patience is for answers that go through stored receipts too.
	patience = 15 * time.Minute
	// dialPatience is how long a gateway may take to accept a connection.
	dialPatience = 5 * time.Second
)

// remote is the running gateway that a command talks to.
type remote struct {
	file, server string // the flags
	url, token   string
	http         *http.Client
}

// remoteCommand gives cmd the flags -c and --server, and a remote to its work.
func remoteCommand(cmd *cobra.Command, work func(cmd *cobra.Command, r *remote, args []string) error) *cobra.Command {
	r := &remote{}
	configFlag(cmd, &r.file)
	cmd.Flags().StringVar(&r.server, "server", "", "the gateway's address (default: from -c, else "+defaultServer+")")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := r.connect(cmd); err != nil {
			return err
		}
		return work(cmd, r, args)
	}
	return cmd
}

// connect finds out where the gateway is and with which token to ask; nothing is
// sent yet.
func (r *remote) connect(cmd *cobra.Command) error {
	r.url, r.token = defaultServer, os.Getenv(tokenVariable)
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: dialPatience}).DialContext,
	}
	if r.file != "" {
		cfg, err := load(cmd, r.file, config.TokensOnly)
		if err != nil {
			return err
		}
		r.url = addressOf(cfg)
		if token := tokenOf(cfg); token != "" {
			r.token = token
		}
		if transport.TLSClientConfig, err = trust(string(cfg.Admin.TLS.CertFile)); err != nil {
			return err
		}
	}
	if r.server != "" {
		r.url = r.server
	}
	u, err := url.Parse(r.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return usageError("--server %q is no address as %s", r.url, defaultServer)
	}
	r.url = strings.TrimSuffix(r.url, "/")
	r.http = &http.Client{Transport: transport, Timeout: patience}
	return nil
}

// addressOf is where the gateway of a configuration can be reached from its own
// machine.
func addressOf(c *config.Config) string {
	scheme := "http://"
	if c.Admin.TLS.CertFile != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return scheme + net.JoinHostPort("127.0.0.1", port)
	}
	return scheme + c.Listen
}

// tokenOf returns a token of the configuration that can be resolved, rather one
// that may act.
func tokenOf(c *config.Config) string {
	found := ""
	for _, t := range c.Admin.Tokens {
		switch secret := t.Token.Reveal(); {
		case secret == "":
		case t.Role == "admin":
			return secret
		case found == "":
			found = secret
		}
	}
	return found
}

// trust has the gateway's own certificate accepted besides the system's.
func trust(certFile string) (*tls.Config, error) {
	if certFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("read the gateway's certificate: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

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
		return fmt.Errorf("no gateway answers at %s: is it running? dlrgate run -c FILE (%w)", r.url, op.Err)
	}
	return fmt.Errorf("the gateway at %s does not answer: %w", r.url, err)
}

// refused turns a problem into an error with the exit code that it has here.
func (r *remote) refused(resp *http.Response) error {
	var problem struct {
		Detail string `json:"detail"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&problem); err != nil || problem.Detail == "" {
		return fmt.Errorf("%s answers %q and is perhaps no gateway: check --server", r.url, resp.Status)
	}
	err := errors.New(problem.Detail)
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		return fmt.Errorf("the gateway at %s did not accept the token: set %s, or name its configuration with -c FILE", r.url, tokenVariable)
	case http.StatusBadRequest:
		return exitError{exitUsage, err}
	case http.StatusNotFound:
		return exitError{exitNotFound, err}
	}
	return err
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
}

// listing is a list of the API that is asked for, at most limit rows of it.
type listing struct {
	path  string
	query url.Values
	limit int
}

// pages asks for pages until there are enough rows, or no more.
func pages[T any](ctx context.Context, r *remote, l listing) (items[T], error) {
	const page = 1000 // the most that the gateway gives at once
	all := items[T]{Items: []T{}}
	for len(all.Items) < l.limit {
		l.query.Set("limit", strconv.Itoa(min(page, l.limit-len(all.Items))))
		var one items[T]
		if err := r.get(ctx, l.path, l.query, &one); err != nil {
			return all, err
		}
		all.Items, all.Next = append(all.Items, one.Items...), one.Next
		if one.Next == "" {
			break
		}
		l.query.Set("cursor", one.Next)
	}
	return all, nil
}
