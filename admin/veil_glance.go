package admin

import (
	"context"
	"slices"
	"time"
)

// glance is what every page shows or builds upon.
type glance struct {
	At        time.Time
	Stats     Stats
	Operators []Operator
	Binds     []Bind
	Endpoints []Endpoint
	mappings  []Mapping
}

// glanceAt looks at the gateway as a whole; a veil says what of it is seen, and
// what needs attention.
func glanceAt(ctx context.Context, g Gateway) (*glance, error) {
	stats, err := g.Stats(ctx)
	if err != nil {
		return nil, err
	}
	endpoints, err := g.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	return &glance{At: time.Now(), Stats: stats, Operators: g.Operators(), Binds: g.Binds(), Endpoints: endpoints, mappings: g.Mappings()}, nil
}

// glance is what is seen of all: attention is called to what this reader sees.
func (v veil) glance(all *glance) *glance {
	g := *all
	g.Binds, g.Endpoints, g.mappings = v.binds(g.Binds), v.endpoints(g.Endpoints), v.mappings(g.mappings)
	g.Stats.Unready, g.Stats.Journal.Fault = v.allSaid(g.Stats.Unready), v.said(g.Stats.Journal.Fault)
	if g.Stats.Reload != nil {
		last := *g.Stats.Reload
		last.Fault = v.said(last.Fault)
		g.Stats.Reload = &last
	}
	g.Stats.NeedsAction = append(attention(&g.Stats, g.Binds, g.Endpoints, g.At), later(&g.Stats, g.mappings, g.At)...)
	return &g
}

func (v veil) binds(all []Bind) []Bind {
	all = slices.Clone(all)
	for i := range all {
		all[i].LastError = v.said(all[i].LastError)
	}
	return all
}

func (v veil) endpoints(all []Endpoint) []Endpoint {
	all = slices.Clone(all)
	for i := range all {
		all[i].LastFailure, all[i].DisabledWhy = v.said(all[i].LastFailure), v.said(all[i].DisabledWhy)
	}
	return all
}

// mappings hides unknown codes that may be none from viewers; an admin makes
// rules of them.
func (v veil) mappings(all []Mapping) []Mapping {
	if v != veilClosed {
		return all
	}
	all = slices.Clone(all)
	for i := range all {
		all[i].Unmapped = slices.Clone(all[i].Unmapped)
		for j := range all[i].Unmapped {
			u := &all[i].Unmapped[j]
			u.Stat, u.Err = v.word(u.Stat), v.word(u.Err)
		}
	}
	return all
}
