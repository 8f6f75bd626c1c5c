package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// masked is what is shown in place of a secret.
const masked = "***"

// Secret is a value that is never shown: however it is formatted or encoded,
// it is ***. In the file it is the value itself, "${NAME}" for an environment
// variable's (also within other text), or "file:/path" for a file's.
type Secret struct {
	raw   string // as configured
	value string // what it stands for; empty until resolved
}

// Reveal returns the secret itself. It is empty when Load was not told to
// resolve it.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether the secret is not configured.
func (s Secret) IsZero() bool { return s.raw == "" }

// String masks the secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return masked
}

// Format masks the secret under every verb, %d and %x too.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText masks the secret, in JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// URL is an http or https address. Its userinfo and query are secret: "${NAME}"
// is replaced there, and however it is formatted they are ***.
type URL struct{ Secret }

// String masks userinfo and query.
func (u URL) String() string {
	before, userinfo, after, query := splitURL(u.raw)
	if userinfo != "" {
		userinfo = masked + "@"
	}
	if query != "" {
		query = "?" + masked
	}
	return before + userinfo + after + query
}

// Format masks userinfo and query under every verb.
func (u URL) Format(f fmt.State, _ rune) { fmt.Fprint(f, u.String()) }

// MarshalText masks userinfo and query, in JSON and YAML.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// checkURL says what is wrong with an address; its secret parts are not looked
// at.
func checkURL(raw string) string {
	before, _, after, _ := splitURL(raw)
	public := before + after
	if strings.Contains(public, "${") {
		return `"${…}" is replaced in an address's userinfo and query only`
	}
	parsed, err := url.Parse(public)
	switch {
	case err != nil, parsed.Scheme != "http" && parsed.Scheme != "https", parsed.Hostname() == "":
		return `must have the form "https://host/path"`
	case parsed.Port() != "" && !isPort(parsed.Port()):
		return "its port must be from 1 to 65535"
	case strings.Contains(raw, "#"):
		return `a fragment ("#…") is never sent: leave it out`
	}
	return ""
}

// keyword begins a connection string of the form "host=… dbname=…".
var keyword = regexp.MustCompile(`^\s*[A-Za-z_]+\s*=`)

// isDSN reports whether PostgreSQL's connection has one of its two forms. What
// it leads to is not looked at.
func isDSN(dsn string) bool {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		_, err := url.Parse(dsn)
		return err == nil
	}
	return keyword.MatchString(dsn)
}

// splitURL cuts raw into what is public and what is secret: the userinfo with
// its @, and the query with its question mark. It is textual, because net/url
// refuses "${NAME}".
func splitURL(raw string) (before, userinfo, after, query string) {
	rest, fragment, cut := strings.Cut(raw, "#")
	if cut {
		fragment = "#" + fragment
	}
	if at := strings.IndexByte(rest, '?'); at >= 0 {
		rest, query = rest[:at], rest[at:]
	}
	scheme, authority, found := strings.Cut(rest, "://")
	if !found {
		return "", "", rest + fragment, query
	}
	path := ""
	if at := strings.IndexByte(authority, '/'); at >= 0 {
		authority, path = authority[:at], authority[at:]
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		userinfo, authority = authority[:at+1], authority[at+1:]
	}
	return scheme + "://", userinfo, authority + path + fragment, query
}
