package gateway

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/config"
)

// Plan says what a reload does, in words, one line a change.
type Plan []string

// plan compares what runs with next.
func (g *Gateway) plan(next *parts) Plan {
	p := g.planOperators(next)
	p = append(p, g.planEndpoints(next)...)
	return append(p, settings(g.cfg, next.cfg)...)
}

func (g *Gateway) planOperators(next *parts) (p Plan) {
	add := func(name, what string) { p = append(p, fmt.Sprintf("operator %q: %s", name, what)) }
	rest := "what it sent is still delivered"
	if g.cfg.Journal.Driver != "sqlite" { // see streamsOf
		rest = "what it sent is delivered by whoever has it configured"
	}
	for _, name := range slices.Sorted(maps.Keys(g.operators)) {
		switch {
		case next.operators[name] != nil:
		case slices.Contains(operatorNames(next.cfg), name):
			add(name, "disabled: unbinds; what it sent is still delivered")
		default:
			add(name, "removed: unbinds; "+rest)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(next.operators)) {
		old := g.operators[name]
		if old == nil {
			add(name, "added: binds")
			continue
		}
		keys := changedKeys(old.cfg.Load(), configOf(next.cfg, name))
		switch {
		case old != next.operators[name]:
			add(name, "changed ("+keys+"): unbinds and binds anew")
		case keys != "":
			add(name, "changed ("+keys+"): its binds stay")
		}
	}
	return p
}

// planEndpoints says, too, what is left undelivered at endpoints that go, and
// asks whether one that comes is the same under another name: a name is an
// identity.
func (g *Gateway) planEndpoints(next *parts) (p Plan) {
	add := func(name, format string, args ...any) {
		p = append(p, fmt.Sprintf("endpoint %q: ", name)+fmt.Sprintf(format, args...))
	}
	var left []string
	for _, name := range slices.Sorted(maps.Keys(g.endpoints)) {
		if next.endpoints[name] != nil {
			continue
		}
		n := g.endpoints[name].undelivered()
		kept := ""
		if n > 0 {
			kept = "; they are kept for journal.retention alone, and it goes on with them if it comes back"
		}
		add(name, "removed with %d undelivered%s", n, kept)
		left = append(left, fmt.Sprintf("%q", name))
	}
	for _, name := range slices.Sorted(maps.Keys(next.endpoints)) {
		old, cfg := g.endpoints[name], next.endpoints[name].cfg
		switch {
		case old == nil && len(left) > 0:
			add(name, "added: a rename of %s? It begins with the %s receipt; keep the old name if it should go on with what waits there",
				strings.Join(left, " or "), cfg.Start)
		case old == nil:
			add(name, "added: begins with the %s receipt, unless the journal knows it", cfg.Start)
		case old != next.endpoints[name]:
			add(name, "changed (%s): starts anew and goes on where it is", cmp.Or(changedKeys(old.cfg, cfg), "certificates"))
		}
	}
	return p
}

// undelivered is how many receipts wait at the endpoint, parked ones included.
func (e *endpoint) undelivered() int {
	s := e.forward.Status()
	n := s.Lag
	for _, parked := range s.Parked {
		n += parked
	}
	return n
}

// settings names what changes besides operators and endpoints.
func settings(old, next *config.Config) (p Plan) {
	for _, c := range []struct {
		key      string
		old, new any
	}{
		{"shutdown_timeout", old.ShutdownTimeout, next.ShutdownTimeout},
		{"log.level", old.Log.Level, next.Log.Level},
		{"privacy.text", old.Privacy.Text, next.Privacy.Text},
	} {
		if c.old != c.new {
			p = append(p, fmt.Sprintf("%s: %v instead of %v", c.key, c.new, c.old))
		}
	}
	if !reflect.DeepEqual(old.Admin.Tokens, next.Admin.Tokens) {
		p = append(p, "admin.tokens: changed; whoever is logged in to the console logs in again")
	}
	return p
}

// changedKeys names the keys that two operators, or endpoints, differ in.
func changedKeys[T any](old, next *T) string {
	a, b := reflect.ValueOf(old).Elem(), reflect.ValueOf(next).Elem()
	var keys []string
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if f.IsExported() && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			keys = append(keys, f.Tag.Get("yaml"))
		}
	}
	return strings.Join(keys, ", ")
}

// configOf returns what c says of the operator, nil when that is nothing.
func configOf(c *config.Config, operator string) *config.Operator {
	i := slices.IndexFunc(c.Operators, func(o config.Operator) bool { return o.Name == operator })
	if i < 0 {
		return nil
	}
	return &c.Operators[i]
}

// unchangeable refuses what only a restart can change, by its keys.
func unchangeable(old, cfg *config.Config) error {
	var keys []string
	if inJournal := changedKeys(&old.Journal, &cfg.Journal); inJournal != "" {
		keys = append(keys, "journal ("+inJournal+")")
	}
	for _, c := range []struct {
		key      string
		old, new any
	}{
		{"listen", old.Listen, cfg.Listen},
		{"admin.hosts", old.Admin.Hosts, cfg.Admin.Hosts},
		{"admin.tls", old.Admin.TLS, cfg.Admin.TLS},
		{"gateway.name", old.Gateway.Name, cfg.Gateway.Name},
		{"log.format", old.Log.Format, cfg.Log.Format},
		{"privacy.mask_numbers", old.Privacy.MaskNumbers, cfg.Privacy.MaskNumbers},
		{"watch", old.Watch, cfg.Watch},
	} {
		if !reflect.DeepEqual(c.old, c.new) {
			keys = append(keys, c.key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return fmt.Errorf("%s changed, which a running gateway cannot put in force: nothing of the file is; restart the gateway", strings.Join(keys, ", "))
}
