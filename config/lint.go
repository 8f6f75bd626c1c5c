package config

import (
	"fmt"
	"reflect"
	"strings"
)

// lint warns of what works and is likely not meant.
func (l *loader) lint() {
	l.lintEnvironment()
	l.lintSizes()
	l.lintTokens()
	for i := range l.config.Endpoints {
		e, path := &l.config.Endpoints[i], fmt.Sprintf("endpoints[%d]", i)
		l.lintSecrets(path, e.Secrets)
		if e.Batch.MaxWait > 0 && e.Batch.MaxEvents == 1 {
			l.warn(path+".batch.max_wait", "has no effect without max_events above 1")
		}
	}
	for i := range l.config.Operators {
		o := &l.config.Operators[i]
		l.lintAccounts(fmt.Sprintf("operators[%d]", i), o)
		l.lintTLS(fmt.Sprintf("operators[%d].tls", i), &o.TLS)
	}
	l.lintSpans()
	l.lintUnresolved()
	l.lintSharing()
	visit(reflect.ValueOf(&l.config), "", func(path string, text *string) {
		if reference.MatchString(*text) {
			l.warn(path, `"${…}" is replaced in secrets only; here it is taken as it stands`)
		}
	})
}

func (l *loader) lintTLS(path string, t *ClientTLS) {
	given := t.CAFile != "" || t.CertFile != "" || t.KeyFile != "" || t.ServerName != "" || len(t.PinSHA256) > 0
	switch {
	case given && !t.Enabled:
		l.warn(path, "has no effect without enabled: true")
	case t.CAFile != "" && len(t.PinSHA256) > 0:
		l.warn(path+".ca_file", "has no effect beside pin_sha256: no certificate but the pinned ones is trusted")
	}
}

// minSigningSecret is the least that Standard Webhooks allows, in octets.
const minSigningSecret = 24

// lintSecrets warns of secrets that protect little. A short one is no fault: an
// app may have it already, and verifies with it.
func (l *loader) lintSecrets(path string, secrets []Secret) {
	if len(secrets) == 0 {
		l.warn(path, "requests are not signed: anybody could send receipts to the webhook; set secrets")
	}
	for i, s := range secrets {
		if key, err := signingKey(s.value); err == nil && s.value != "" && len(key) < minSigningSecret {
			l.warn(fmt.Sprintf("%s.secrets[%d]", path, i), "has %d octets, Standard Webhooks wants %d: make one with echo whsec_$(openssl rand -base64 32)", len(key), minSigningSecret)
		}
	}
}

// lintTokens warns of tokens that say not who acts.
func (l *loader) lintTokens() {
	if l.options.Secrets != AllSecrets {
		return // whoever only uses one has it as it is
	}
	first := map[string]string{}
	for i, t := range l.config.Admin.Tokens {
		path, secret := fmt.Sprintf("admin.tokens[%d].token", i), t.Token.Reveal()
		switch other := first[secret]; {
		case secret == "":
		case other != "":
			l.warn(path, "is the same as that of %q: its bearer has the role and the name of the last one", other)
		}
		first[secret] = t.Name
	}
}

// lintSizes warns of a unit that was probably forgotten.
func (l *loader) lintSizes() {
	const leastSize, leastFree = 16 << 20, 1 << 20
	j := &l.config.Journal
	if j.MaxSize > 0 && j.MaxSize < leastSize {
		l.warn("journal.max_size", "%s is soon full, and receipts are refused then: is MiB or GiB meant?", j.MaxSize.octets())
	}
	if j.MinFreeDisk > 0 && j.MinFreeDisk < leastFree {
		l.warn("journal.min_free_disk", "%s is no reserve for a disk: is MiB or GiB meant?", j.MinFreeDisk.octets())
	}
}

// octets is the size with its unit.
func (s Size) octets() string {
	if text := s.String(); strings.HasSuffix(text, "iB") {
		return text
	}
	return s.String() + " octets"
}

// The longest that SMPP 3.4 allows, without the NUL.
const (
	maxSystemID   = 15 // §5.2.1
	maxSystemType = 12 // §5.2.3
)

// lintAccounts warns of what a bind has no room for. It is no fault: some SMSCs
// take more, and what they gave out must be used. Passwords are left alone:
// longer ones than the 8 octets of §5.2.2 are given out everywhere.
func (l *loader) lintAccounts(path string, o *Operator) {
	warn := func(at, text string, longest int, section string) {
		if len(text) > longest {
			l.warn(at, "is longer than the %d octets of SMPP 3.4 %s: some SMSCs refuse such a bind", longest, section)
		}
	}
	for i, a := range o.accounts() {
		at := path
		if len(o.Accounts) > 0 {
			at = fmt.Sprintf("%s.accounts[%d]", path, i)
		}
		if a.Password.IsZero() && o.Enabled {
			l.warn(at, "%q has no password: nearly every operator gives one", a.SystemID)
		}
		warn(at+".system_id", a.SystemID, maxSystemID, "§5.2.1")
		warn(at+".system_type", a.SystemType, maxSystemType, "§5.2.3")
	}
}
