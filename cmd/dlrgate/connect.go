package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
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
	tokenFrom    string // the file or the variable
	http         *http.Client
	faults       []config.Fault // of file
	// warn says once, before the first request, that the gateway does not
	// run with what is in file now.
	warn func()
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
	r.url, r.token, r.tokenFrom, r.warn = defaultServer, os.Getenv(tokenVariable), tokenVariable, func() {}
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: dialPatience}).DialContext,
	}
	if r.file != "" {
		access, err := r.readFile(cmd)
		if err != nil {
			return err
		}
		r.url = addressOf(access)
		if token := tokenOf(access); token != "" {
			r.token, r.tokenFrom = token, r.file
		}
		if transport.TLSClientConfig, err = trust(string(access.CertFile)); err != nil {
			return err
		}
	}
	if r.server != "" {
		scheme, _, _ := strings.Cut(r.url, "://")
		r.url = completed(r.server, scheme)
	}
	u, err := url.Parse(r.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return usageError("--server %q is no address as %s", r.server, defaultServer)
	}
	r.url = strings.TrimSuffix(r.url, "/")
	r.http = &http.Client{
		Transport: transport, Timeout: patience,
		// Where an answer leads to is not where the token belongs.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// readFile reads of the file what is needed to reach the gateway. Only when that
// is not to be had do its faults keep the command from its work.
func (r *remote) readFile(cmd *cobra.Command) (*config.Access, error) {
	access, faults := config.LoadAccess(cmd.Context(), r.file, config.Options{Environ: os.Environ()})
	if access == nil || access.Listen == "" && r.server == "" {
		printFaults(cmd.ErrOrStderr(), "", faults)
		return nil, exitError{code: exitUsage}
	}
	r.faults = faults
	if len(faults) > 0 {
		r.warn = sync.OnceFunc(func() {
			fmt.Fprintf(cmd.ErrOrStderr(), "dlrgate: %s has %s (dlrgate check -c %s): the gateway goes on with the configuration that it has\n",
				r.file, count(len(faults), "fault"), r.file)
		})
	}
	return access, nil
}

// completed makes an address of host:port alone.
func completed(server, scheme string) string {
	if _, port, err := net.SplitHostPort(server); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			return scheme + "://" + server
		}
	}
	return server
}

// addressOf is where the gateway of a configuration can be reached from its own
// machine.
func addressOf(a *config.Access) string {
	scheme := "http://"
	if a.CertFile != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(a.Listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return scheme + net.JoinHostPort("127.0.0.1", port)
	}
	return scheme + a.Listen
}

// tokenOf returns a token of the configuration that can be resolved, rather one
// that may act.
func tokenOf(a *config.Access) string {
	found := ""
	for _, t := range a.Tokens {
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
