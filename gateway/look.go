package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
	"github.com/dlrgate/dlrgate/smpp"
)

// Operators lists the configured operators in the configuration's order.
func (d desk) Operators() []admin.Operator {
	cfg, operators, _ := d.running()
	all := make([]admin.Operator, len(cfg.Operators))
	for i := range cfg.Operators {
		o := &cfg.Operators[i]
		all[i] = admin.Operator{
			Name: o.Name, Enabled: o.Enabled, Addresses: o.Addresses, Mode: o.Mode,
			Profile: o.Profile, Rules: len(o.Rules), Binds: len(o.BindNames()),
		}
		if s, ok := d.g.journal.StreamOf(o.Name); ok {
			all[i].Sequence = d.g.journal.Head(s).Seq()
		}
		if op := operators[o.Name]; op != nil {
			for _, b := range op.binds.Load().Binds() {
				if b.State == smpp.Bound {
					all[i].Bound++
				}
				if b.LastReceipt.After(all[i].LastReceipt) {
					all[i].LastReceipt = b.LastReceipt.UTC()
				}
			}
		}
	}
	return all
}

// Binds lists the binds of all operators, by name.
func (d desk) Binds() []admin.Bind {
	_, operators, _ := d.running()
	var all []admin.Bind
	for _, name := range slices.Sorted(maps.Keys(operators)) {
		op := operators[name]
		for _, b := range op.binds.Load().Binds() {
			one := bindOf(&b, op.cfg.Load(), time.Now())
			if _, held := d.g.journal.StreamOf(name); !held && b.State == smpp.Idle {
				one.State = admin.Standby
			}
			all = append(all, one)
		}
	}
	return all
}

func bindOf(b *smpp.BindInfo, cfg *config.Operator, now time.Time) admin.Bind {
	out := admin.Bind{
		Name: b.Name, Operator: b.Operator, Account: b.Account, Address: b.Address,
		State: string(b.State), Since: utc(b.Since), LastReceipt: utc(b.LastReceipt), NextAttempt: utc(b.NextAttempt),
		UnboundSince: utc(b.UnboundSince), Attempts: b.Attempts,
		Window: cfg.Window, InWindow: b.InWindow, LastError: b.LastError, LastErrorAt: utc(b.LastErrorAt), Advice: b.Advice,
		Answered: map[string]uint64{},
	}
	for status, n := range b.Answered {
		out.Answered[statusLabel(status)] += n
	}
	if now.Sub(b.LostAt) < smpp.LossSpan {
		out.LostSessions, out.LostSince = b.Losses, utc(b.LostSince)
	}
	heard := b.Since
	if b.LastReceipt.After(heard) {
		heard = b.LastReceipt
	}
	out.Silent = cfg.SilenceAlarm > 0 && b.State == smpp.Bound && now.Sub(heard) > cfg.SilenceAlarm
	return out
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// Endpoints lists the endpoints that run, and those that are no longer
// configured but of which something is known: these need the journal, and are left
// out while it cannot be read, which Stats tells.
func (d desk) Endpoints(ctx context.Context) ([]admin.Endpoint, error) {
	cfg, _, endpoints := d.running()
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	standby := len(d.g.journal.Owned()) == 0 && len(cfg.Operators) > 0
	var all []admin.Endpoint
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		e := endpoints[name]
		one := endpointOf(e.forward.Status(), e.cfg)
		if standby {
			one = d.standbyEndpoint(ctx, name, one.URL)
		}
		all = append(all, one)
	}
	removed, err := d.g.journal.Detached(ctx)
	if errors.Is(err, journal.ErrClosed) {
		return nil, known(err)
	}
	elsewhere := d.g.journal.Elsewhere()
	for _, s := range removed {
		if elsewhere[s.Endpoint] != "" {
			all = append(all, d.standbyEndpoint(ctx, s.Endpoint, ""))
			continue
		}
		counts, err := d.g.journal.Counts(ctx, s.Endpoint)
		if err != nil {
			break
		}
		all = append(all, admin.Endpoint{
			Name: s.Endpoint, State: admin.EndpointRemoved, Lag: int(s.Lag), Oldest: utc(s.Oldest),
			Parked: classes(counts.Parked), Dead: classes(counts.Dead),
		})
	}
	return all, nil
}

// standbyEndpoint is an endpoint that another gateway delivers to. How that goes is
// known there; what is parked and dead is in the database.
func (d desk) standbyEndpoint(ctx context.Context, name, url string) admin.Endpoint {
	one := admin.Endpoint{Name: name, URL: url, State: admin.Standby, Parked: map[string]int{}, Dead: map[string]int{}}
	if counts, err := d.g.journal.Counts(ctx, name); err == nil {
		one.Parked, one.Dead = classes(counts.Parked), classes(counts.Dead)
	}
	return one
}

// removed names the endpoints that the journal knows and that are no longer
// configured.
func (d desk) removed(ctx context.Context) ([]string, error) {
	var names []string
	all, err := d.g.journal.Detached(ctx)
	for _, s := range all {
		names = append(names, s.Endpoint)
	}
	return names, known(err)
}

func endpointOf(s forward.Status, cfg *config.Endpoint) admin.Endpoint {
	return admin.Endpoint{
		Name: s.Name, URL: publicURL(cfg.URL.Reveal()), State: endpointState(&s),
		Lag: s.Lag, Oldest: utc(s.OldestWaiting), InFlight: s.InFlight,
		BreakerOpen: s.BreakerOpen, Paused: s.Paused, Disabled: s.Disabled, DisabledWhy: s.DisabledWhy,
		Failing: utc(s.FailingSince), LastFailure: s.LastFailure, Advice: s.Advice,
		Parked: classes(s.Parked), Dead: classes(s.Dead),
	}
}

// classes shows every class, also one of which there is none.
func classes(counts map[string]int) map[string]int {
	all := map[string]int{}
	for _, class := range forward.Classes() {
		all[class] = counts[class]
	}
	return all
}

func endpointState(s *forward.Status) string {
	switch {
	case s.Disabled:
		return admin.EndpointDisabled
	case s.Paused:
		return admin.EndpointPaused
	case s.BreakerOpen:
		return admin.EndpointDown
	case !s.FailingSince.IsZero():
		return admin.EndpointFailing
	}
	return admin.EndpointDelivering
}

// publicURL is a URL without what may be secret in it.
func publicURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// Stats returns the gateway at a glance, also while its journal cannot be read:
// that is when somebody looks.
func (d desk) Stats(ctx context.Context) (admin.Stats, error) {
	asking, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	stats, err := d.g.journal.Stats(asking)
	fault := ""
	switch {
	case errors.Is(err, journal.ErrClosed):
		return admin.Stats{}, known(err)
	case err != nil:
		fault = err.Error()
	}
	cfg, _, _ := d.running()
	unready := append([]string{}, d.g.unready()...)
	out := admin.Stats{
		Version: d.g.opts.Version, StartedAt: d.g.startedAt.UTC(), Ready: len(unready) == 0, Unready: unready,
		Journal: admin.Journal{
			Driver: cfg.Journal.Driver, Used: stats.Used, Free: stats.Free, MinFree: int64(cfg.Journal.MinFreeDisk),
			Receipts: stats.Rows, SearchLag: stats.SearchLag, Fault: fault, Full: errors.Is(d.g.journal.Storable(), journal.ErrFull),
		},
		Streams: []admin.Stream{}, Standby: d.g.standby(), Holders: d.g.holders(), Reload: d.g.lastReload.Load(),
		Certificates: d.g.observe.certificates(cfg.Listen),
	}
	for _, s := range stats.Streams {
		out.Streams = append(out.Streams, admin.Stream{Operator: s.Operator, First: s.First.Seq(), Last: s.Last.Seq()})
	}
	return out, nil
}

// operatorOf returns the configured operator of that name.
func operatorOf(cfg *config.Config, name string) (*config.Operator, error) {
	for i := range cfg.Operators {
		if cfg.Operators[i].Name == name {
			return &cfg.Operators[i], nil
		}
	}
	return nil, unknown("operator", name, operatorNames(cfg))
}

// mustBeOperator checks a name that narrows something down; "" is all.
func (d desk) mustBeOperator(name string) error {
	cfg, _, _ := d.running()
	there := append(operatorNames(cfg), slices.Collect(maps.Values(d.g.journal.Operators()))...)
	if name == "" || slices.Contains(there, name) {
		return nil
	}
	return fmt.Errorf("%w: operator: %q is not known: %s", admin.ErrInvalid, name, thereAre(there))
}
