package config

import (
	"fmt"
	"reflect"
)

// lint warns of what works and is likely not meant.
func (l *loader) lint() {
	l.lintEnvironment()
	for i := range l.config.Endpoints {
		if e := &l.config.Endpoints[i]; len(e.Secrets) == 0 {
			l.warn(fmt.Sprintf("endpoints[%d]", i), "requests are not signed: anybody could send receipts to the webhook; set secrets")
		}
	}
	for i := range l.config.Operators {
		o := &l.config.Operators[i]
		if t := o.TLS; !t.Enabled && (t.CAFile != "" || t.CertFile != "" || t.KeyFile != "" || t.ServerName != "") {
			l.warn(fmt.Sprintf("operators[%d].tls", i), "has no effect without enabled: true")
		}
	}
	visit(reflect.ValueOf(&l.config), "", func(path string, text *string) {
		if reference.MatchString(*text) {
			l.warn(path, `"${…}" is replaced in secrets only; here it is taken as it stands`)
		}
	})
}
