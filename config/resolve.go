package config

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// reference is "${NAME}"; what only begins like one is a typing mistake.
var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// maxSecretFile bounds what is read of a secret's file, in octets.
const maxSecretFile = 64 << 10

// resolveSecrets puts the value in the place of each "${NAME}" and "file:/path".
func (l *loader) resolveSecrets() {
	l.used, l.disabled = map[string]bool{}, map[string]bool{}
	for i := range l.config.Operators {
		l.disabled[fmt.Sprintf("operators[%d]", i)] = !l.config.Operators[i].Enabled
	}
	root := reflect.ValueOf(&l.config)
	visit(root, "", func(path string, s *Secret) {
		if value, ok := l.resolve(path, s.raw); ok {
			s.value = value
		}
	})
	visit(root, "", func(path string, u *URL) { l.resolveURL(path, u) })
}

func (l *loader) resolveURL(path string, u *URL) {
	before, userinfo, after, query := splitURL(u.raw)
	userinfo, ok1 := l.substitute(path, userinfo)
	query, ok2 := l.substitute(path, query)
	if !ok1 || !ok2 {
		return
	}
	u.value = before + userinfo + after + query
	whole, err := url.Parse(u.value)
	public, errPublic := url.Parse(before + after)
	if errPublic == nil && (err != nil || whole.Host != public.Host || whole.Path != public.Path) {
		l.fault(path, "its userinfo or query cannot be part of an address: percent-encode what it holds")
	}
}

// resolve returns what the secret stands for; ok is false when it is not needed
// or not to be had.
func (l *loader) resolve(path, raw string) (value string, ok bool) {
	file, isFile := strings.CutPrefix(raw, "file:")
	if !isFile {
		return l.substitute(path, raw)
	}
	if !l.needed(path) {
		return "", false
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(l.folder, file)
	}
	info, err := os.Stat(file)
	if err == nil && info.Size() > maxSecretFile {
		l.missing(path, "file %q is too long for a secret", file)
		return "", false
	}
	data, err := os.ReadFile(file)
	if err != nil {
		l.missing(path, "file %q: %s", file, unreadable(err))
		return "", false
	}
	value = strings.TrimRight(string(data), "\r\n")
	if value == "" {
		l.missing(path, "file %q is empty", file)
	}
	return value, value != ""
}

// substitute replaces each "${NAME}" in raw.
func (l *loader) substitute(path, raw string) (value string, ok bool) {
	for _, m := range reference.FindAllStringSubmatch(raw, -1) {
		l.used[m[1]] = true
	}
	if !l.needed(path) {
		return "", false
	}
	ok = true
	value = reference.ReplaceAllStringFunc(raw, func(ref string) string {
		name := ref[2 : len(ref)-1]
		text := l.environ[name]
		if text == "" {
			l.missing(path, "the environment variable %s is unset or empty: set it, or write \"file:/path\"", name)
			ok = false
		}
		return text
	})
	if strings.Contains(reference.ReplaceAllString(raw, ""), "${") {
		l.fault(path, `"${" begins a variable's name: write "${NAME}" with letters, digits and underscores`)
		ok = false
	}
	return value, ok
}

// missing reports a secret that is needed and not there.
func (l *loader) missing(path, format string, args ...any) {
	if l.options.Secrets == AllSecrets {
		l.add(path, format, args...)
	}
}

// needed reports whether the secret at path is in use here: not that of the
// other journal driver, nor of an operator that is switched off.
func (l *loader) needed(path string) bool {
	switch l.options.Secrets {
	case NoSecrets:
		return false
	case TokensOnly:
		return within(path, "admin.tokens")
	case AllSecrets:
	}
	if path == "journal.dsn" {
		return l.config.Journal.Driver == "postgres"
	}
	operator, _, _ := strings.Cut(path, "]")
	return !l.disabled[operator+"]"]
}

// signingKey is what a Standard Webhooks secret stands for.
func signingKey(secret string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
}
