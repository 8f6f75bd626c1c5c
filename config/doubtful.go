package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// plausible is the least and the longest that is likely meant, by path without
// the operator or endpoint. A unit was probably mistaken for another.
var plausible = map[string][2]time.Duration{
	"shutdown_timeout":       {time.Second, time.Hour},
	"journal.retention":      {time.Hour, 10 * 365 * 24 * time.Hour},
	"enquire_link":           {time.Second, time.Hour},
	"response_timeout":       {100 * time.Millisecond, 10 * time.Minute},
	"connect_timeout":        {100 * time.Millisecond, 10 * time.Minute},
	"reconnect.initial":      {10 * time.Millisecond, time.Hour},
	"reconnect.max":          {100 * time.Millisecond, 24 * time.Hour},
	"reconnect.after_unbind": {100 * time.Millisecond, 24 * time.Hour},
	"refuse_for":             {time.Second, 24 * time.Hour},
	"silence_alarm":          {time.Second, 30 * 24 * time.Hour},
	"batch.max_wait":         {time.Millisecond, time.Hour},
	"timeout":                {100 * time.Millisecond, 10 * time.Minute},
	"retry.initial":          {10 * time.Millisecond, 24 * time.Hour},
	"retry.max":              {100 * time.Millisecond, 7 * 24 * time.Hour},
	"retry.give_up_after":    {time.Minute, 365 * 24 * time.Hour},
	"max_connection_age":     {time.Second, 7 * 24 * time.Hour},
}

// lintSpans warns of durations that nobody wants. What 0 switches off is no
// duration.
func (l *loader) lintSpans() {
	visit(reflect.ValueOf(&l.config), "", func(path string, d *time.Duration) {
		name := path
		if _, below, inside := strings.Cut(path, "]."); inside {
			name = below
		}
		likely, ok := plausible[name]
		switch {
		case !ok || *d == 0:
		case *d < likely[0]:
			l.warn(path, "%s is very short: is another unit meant?", *d)
		case *d > likely[1]:
			l.warn(path, "%s is very long: is another unit meant?", *d)
		}
	})
}

// shellStyle is a variable as shells, Windows, templates and Kubernetes write it.
var shellStyle = regexp.MustCompile(`(^|[ =:&?/@])(\$[A-Za-z_][A-Za-z0-9_]*|\$\([A-Za-z_][A-Za-z0-9_]*\)|%[A-Z_][A-Z0-9_]*%|\{\{.*\}\}|env:[A-Za-z_][A-Za-z0-9_]*)($|[ &@:/])`)

// filePath is the path of a file.
var filePath = regexp.MustCompile(`^\.{0,2}/[^/ ]+(/[^/ ]+)+$`)

// lintUnresolved warns of secrets that are sent as they stand and look like the
// name of something else. The warning does not show them: they may be meant.
func (l *loader) lintUnresolved() {
	root := reflect.ValueOf(&l.config)
	look := func(path, raw string) {
		switch {
		case shellStyle.MatchString(reference.ReplaceAllString(raw, "")):
			l.warn(path, `looks like a variable and is taken as it stands: write "${NAME}" for the value of an environment variable`)
		case filePath.MatchString(raw):
			l.warn(path, `looks like a file and is taken as it stands: write "file:/path" for what is in it`)
		}
	}
	visit(root, "", func(path string, s *Secret) { look(path, s.raw) })
	visit(root, "", func(path string, u *URL) {
		_, userinfo, _, query := splitURL(u.raw)
		look(path, userinfo+query)
	})
}

// lintSharing warns of an account that binds to one address twice over: of two
// binds of one account each gets a part of the receipts.
func (l *loader) lintSharing() {
	type place struct{ address, systemID string }
	first := map[place]string{}
	for i := range l.config.Operators {
		o := &l.config.Operators[i]
		if !o.Enabled {
			continue
		}
		for j, a := range o.accounts() {
			path, name := fmt.Sprintf("operators[%d].system_id", i), o.Name
			if len(o.Accounts) > 0 {
				path, name = fmt.Sprintf("operators[%d].accounts[%d]", i, j), o.Name+"/"+a.Name
			}
			var other, at string
			for _, address := range o.Addresses {
				p := place{strings.ToLower(address), a.SystemID}
				if before, ok := first[p]; ok && other == "" {
					other, at = before, address
				}
				first[p] = name
			}
			if other != "" {
				l.warn(path, "%q at %s is also bound by %q: each gets a part of the receipts", a.SystemID, at, other)
			}
		}
	}
}
