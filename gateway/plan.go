package gateway

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/dlrgate/dlrgate/config"
)

// Plan says what a reload does, in words, one line a change.
type Plan []string

// plan compares what runs with next.
func (g *Gateway) plan(next *parts) Plan {
	p := changes("operator", g.operators, next.operators)
	for _, name := range slices.Sorted(maps.Keys(next.operators)) {
		old, is := g.operators[name]
		if is && old == next.operators[name] && !reflect.DeepEqual(old.cfg.Load(), configOf(next.cfg, name)) {
			p = append(p, fmt.Sprintf("operator %q: new rules, its binds stay", name))
		}
	}
	p = append(p, changes("endpoint", g.endpoints, next.endpoints)...)
	return append(p, g.renamed(next)...)
}

// renamed says what is left undelivered at endpoints that go, and asks whether
// one that comes is the same under another name: a name is an identity.
func (g *Gateway) renamed(next *parts) Plan {
	var p Plan
	gone, left := "", 0
	for _, name := range slices.Sorted(maps.Keys(g.endpoints)) {
		if e := g.endpoints[name]; next.endpoints[name] == nil {
			gone, left = name, e.forward.Status().Lag
			p = append(p, fmt.Sprintf("endpoint %q: %d receipts undelivered; they are kept for journal.retention alone, and it goes on with them if it comes back", name, left))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(next.endpoints)) {
		if g.endpoints[name] == nil && gone != "" {
			p = append(p, fmt.Sprintf("endpoint %q: is it %q under another name? It begins with the newest receipt and gets none of the %d", name, gone, left))
		}
	}
	return p
}

func configOf(c *config.Config, operator string) *config.Operator {
	i := slices.IndexFunc(c.Operators, func(o config.Operator) bool { return o.Name == operator })
	return &c.Operators[i]
}

// changes names what of one kind is added, removed or started anew.
func changes[P comparable](kind string, running, next map[string]P) Plan {
	var p Plan
	for _, name := range slices.Sorted(maps.Keys(running)) {
		if _, stays := next[name]; !stays {
			p = append(p, fmt.Sprintf("%s %q: removed", kind, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(next)) {
		old, was := running[name]
		switch {
		case !was:
			p = append(p, fmt.Sprintf("%s %q: added", kind, name))
		case old != next[name]:
			p = append(p, fmt.Sprintf("%s %q: changed, starts anew", kind, name))
		}
	}
	return p
}
