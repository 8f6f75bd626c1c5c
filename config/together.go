package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/smpp"
)

// checkTogether checks what depends on more than one key.
func (l *loader) checkTogether() {
	l.checkJournal()
	l.checkAdmin()
	names := map[string]bool{}
	for i := range l.config.Operators {
		o, path := &l.config.Operators[i], fmt.Sprintf("operators[%d]", i)
		l.checkUnique(names, path+".name", o.Name)
		l.checkOperator(path, o)
	}
	operators := slices.Sorted(maps.Keys(names))
	names = map[string]bool{}
	for i := range l.config.Endpoints {
		e, path := &l.config.Endpoints[i], fmt.Sprintf("endpoints[%d]", i)
		l.checkUnique(names, path+".name", e.Name)
		l.checkEndpoint(path, e)
		for j, name := range e.Filter.Operators {
			if _, ok := slices.BinarySearch(operators, name); !ok {
				l.fault(fmt.Sprintf("%s.filter.operators[%d]", path, j), "%s", oneOf(name, operators))
			}
		}
	}
}

func (l *loader) checkJournal() {
	switch j := &l.config.Journal; {
	case j.BackupDir != "" && filepath.Clean(string(j.BackupDir)) == filepath.Clean(string(j.Path)):
		l.fault("journal.backup_dir", "is journal.path itself: name another folder, such as \"backups\" beside it")
	case j.Driver != "postgres":
	case j.DSN.IsZero():
		l.fault("journal.driver", `"postgres" needs journal.dsn: "${DATABASE_URL}"`)
	case j.DSN.value != "" && !isDSN(j.DSN.value):
		l.fault("journal.dsn", `must have the form "postgres://USER:PASSWORD@HOST/DATABASE" or "host=… dbname=…"; percent-encode what an address would eat`)
	}
}

func (l *loader) checkUnique(seen map[string]bool, path, name string) {
	if name != "" && seen[name] {
		l.fault(path, "%q is taken by another one above", name)
	}
	seen[name] = true
}

func (l *loader) checkAdmin() {
	admin := &l.config.Admin
	names := map[string]bool{}
	for i, t := range admin.Tokens {
		path := fmt.Sprintf("admin.tokens[%d]", i)
		l.checkUnique(names, path+".name", t.Name)
		l.checkToken(path+".token", t.Token.Reveal())
	}
	if len(admin.Tokens) == 0 && !isLoopback(l.config.Listen) {
		l.fault("listen", "%q can be reached from other machines: set admin.tokens, or listen on 127.0.0.1", l.config.Listen)
	}
	l.checkPair("admin.tls", admin.TLS.CertFile, admin.TLS.KeyFile)
}

// leastToken is what takes too long to guess, in octets.
const leastToken = 16

// checkToken wants a token that cannot be guessed. Whoever only shows it to a
// gateway has it as it is.
func (l *loader) checkToken(path, token string) {
	switch {
	case l.options.Secrets != AllSecrets || token == "":
	case len(token) < leastToken:
		l.fault(path, "has %d octets and can be guessed, %d are the least: make one with openssl rand -hex 16", len(token), leastToken)
	case !isPlain(token):
		l.fault(path, oneLineOfText)
	}
}

func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return true // reported as such
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// checkPair loads a certificate with its key, for callers that use secrets: a
// key's file is as closed to the others.
func (l *loader) checkPair(path string, cert, key File) {
	switch {
	case cert == "" && key == "":
	case key == "":
		l.fault(path+".cert_file", "needs its key_file")
	case cert == "":
		l.fault(path+".key_file", "needs its cert_file")
	case l.options.Secrets == AllSecrets:
		if _, err := tls.LoadX509KeyPair(string(cert), string(key)); err != nil {
			l.fault(path+".cert_file", "cannot be used with its key_file: %s", err)
		}
	}
}

func (l *loader) checkCA(path string, ca File) {
	if ca == "" || l.options.Secrets != AllSecrets {
		return
	}
	if _, err := loadCA(ca); err != nil {
		l.fault(path+".ca_file", "%s", err)
	}
}

func loadCA(ca File) (*x509.CertPool, error) {
	pem, err := os.ReadFile(string(ca))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%q holds no PEM certificate", ca)
	}
	return pool, nil
}

func (l *loader) checkOperator(path string, o *Operator) {
	l.checkAccounts(path, o)
	if o.TLS.Enabled {
		l.checkCA(path+".tls", o.TLS.CAFile)
		l.checkPair(path+".tls", o.TLS.CertFile, o.TLS.KeyFile)
	}
	for i, pin := range o.TLS.PinSHA256 {
		if _, err := smpp.ParsePin(pin); err != nil {
			l.fault(fmt.Sprintf("%s.tls.pin_sha256[%d]", path, i), "%s", err)
		}
	}
	l.checkOrder(path+".reconnect", o.Reconnect.Initial, o.Reconnect.Max)
	for i, f := range o.Receipts.Fields {
		at := fmt.Sprintf("%s.receipts.fields[%d]", path, i)
		if (f.TLV == nil) == (f.Text == "") && !l.faulty(at+".tlv") && !l.faulty(at+".text") {
			l.fault(at, "needs either tlv or text: where %q is found", f.Name)
		}
	}
}

func (l *loader) checkAccounts(path string, o *Operator) {
	if !isPlain(o.Password.Reveal()) {
		l.fault(path+".password", "must not hold control characters")
	}
	if len(o.Accounts) == 0 {
		if o.SystemID == "" {
			if !l.faulty(path+".system_id") && !l.faulty(path+".accounts") {
				l.fault(path, "system_id (or accounts) is needed")
			}
		} else if !isName(o.SystemID) {
			l.fault(path+".system_id", "cannot be part of a bind's name: write it as accounts: [{name, system_id, …}] with a name without spaces and slashes")
		}
		return
	}
	for _, k := range []struct {
		name  string
		given bool
	}{{"system_id", o.SystemID != ""}, {"password", !o.Password.IsZero()}} {
		if k.given {
			l.fault(path+"."+k.name, "belongs into accounts, since those are given")
		}
	}
	names := map[string]bool{}
	for i, a := range o.Accounts {
		if at := fmt.Sprintf("%s.accounts[%d]", path, i); !isPlain(a.Password.Reveal()) {
			l.fault(at+".password", "must not hold control characters")
		}
	}
	for i, a := range o.accounts() {
		at := fmt.Sprintf("%s.accounts[%d]", path, i)
		l.checkUnique(names, at+".name", a.Name)
		if !isName(a.Name) {
			l.fault(at+".name", "its system_id cannot be part of a bind's name: give a name without spaces and slashes")
		}
	}
}

func (l *loader) checkOrder(path string, initial, longest time.Duration) {
	if longest < initial {
		l.fault(path+".max", "is shorter than initial (%s)", initial)
	}
}

// reservedHeaders are set by the gateway itself.
var reservedHeaders = []string{
	"content-type", "content-length", "content-encoding", "host", "idempotency-key", "transfer-encoding", "connection",
	"webhook-id", "webhook-timestamp", "webhook-signature",
}

func (l *loader) checkEndpoint(path string, e *Endpoint) {
	for i, s := range e.Secrets {
		if _, err := signingKey(s.value); err != nil { // whose own words hold a part of it
			l.fault(fmt.Sprintf("%s.secrets[%d]", path, i), `is no Standard Webhooks secret: it is "whsec_" and base64, as "echo whsec_$(openssl rand -base64 32)" prints`)
		}
	}
	for i, h := range e.Headers {
		at := fmt.Sprintf("%s.headers[%d]", path, i)
		if slices.Contains(reservedHeaders, strings.ToLower(h.Name)) {
			l.fault(at+".name", "%q is set by the gateway itself", h.Name)
		}
		if !isHeaderValue(h.Value.value) {
			l.fault(at+".value", oneLineOfText)
		}
	}
	l.checkOrder(path+".retry", e.Retry.Initial, e.Retry.Max)
	l.checkCA(path+".tls", e.TLS.CAFile)
	l.checkPair(path+".tls", e.TLS.CertFile, e.TLS.KeyFile)
	l.checkOAuth2(path+".oauth2", &e.OAuth2)
}

func (l *loader) checkOAuth2(path string, o *OAuth2) {
	if o.TokenURL.IsZero() {
		if o.ClientID != "" || !o.ClientSecret.IsZero() || len(o.Scopes) > 0 {
			l.fault(path, "needs token_url: where tokens are fetched")
		}
		return
	}
	if o.ClientID == "" {
		l.fault(path, "needs client_id")
	}
	if o.ClientSecret.IsZero() {
		l.fault(path, "needs client_secret")
	}
}
