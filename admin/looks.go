package admin

import (
	"context"
	"net/http"
	"slices"

	"go.uber.org/zap"

	"github.com/dlrgate/dlrgate/event"
)

// privacy says who sees what of phone numbers and messages' own text.
type privacy struct {
	// mask hides numbers from admins, too, until they want to see them.
	mask  bool
	audit *zap.Logger
}

// looks are what one reader sees of a gateway: every answer that holds what came
// from outside passes his veil here, for the API and the console alike.
type looks struct {
	Gateway Gateway
	veil    veil
	by      caller
	audit   *zap.Logger
	// now is how things stand, for the console's pages.
	now *glance
	// told: a search by number was logged; a page that renews itself searches
	// again.
	told bool
}

// of returns what the caller sees; reveal is what he asked for, and is logged.
func (p *privacy) of(r *http.Request, g Gateway, reveal bool) (*looks, error) {
	l := &looks{Gateway: g, by: callerOf(r.Context()), audit: p.audit}
	l.veil = p.veilOf(l.by)
	switch {
	case !reveal || l.veil == veilOpen:
	case l.veil == veilClosed:
		return nil, fault{http.StatusForbidden, "reveal: numbers are shown to tokens of role admin only"}
	default:
		l.veil = veilOpen
		p.audit.Info("numbers revealed", zap.String("token", l.by.name), zap.String("path", r.URL.Path))
	}
	return l, nil
}

// veilOf is what a caller has before him who asks for nothing to be revealed.
func (p *privacy) veilOf(c caller) veil {
	switch {
	case c.role != Admin:
		return veilClosed
	case p.mask:
		return veilNumbers
	}
	return veilOpen
}

// Search finds receipts. A search by number tells whose number it is, so it is an
// admin's act and logged. So does one by an id that holds a number: what a viewer
// finds in this way is left out.
func (l *looks) Search(ctx context.Context, q Query) (Page, error) {
	if q.Recipient != "" && l.by.role != Admin {
		return Page{}, fault{http.StatusForbidden, "recipient: a search by number needs a token of role admin"}
	}
	if q.Recipient != "" && !l.told {
		l.audit.Info("searched by number", zap.String("token", l.by.name), zap.String("on", MaskNumber(plainNumber(q.Recipient))))
		l.told = true
	}
	page, err := l.Gateway.Search(ctx, q)
	l.page(&page)
	if q.MessageID != "" {
		page.Receipts = slices.DeleteFunc(page.Receipts, func(s event.Summary) bool { return l.by.role != Admin && s.MessageID == hidden })
	}
	return page, err
}

// page hides what is to be hidden of receipts that were found.
func (l *looks) page(p *Page) {
	p.Receipts = slices.Clone(p.Receipts)
	for i := range p.Receipts {
		l.veil.summary(&p.Receipts[i])
	}
}

// Binds are all binds.
func (l *looks) Binds() []Bind { return l.veil.binds(l.Gateway.Binds()) }

// Endpoints are all endpoints.
func (l *looks) Endpoints(ctx context.Context) ([]Endpoint, error) {
	all, err := l.Gateway.Endpoints(ctx)
	return l.veil.endpoints(all), err
}

// Parked are deliveries of an endpoint that are tried again.
func (l *looks) Parked(ctx context.Context, name string, limit int) ([]Parked, error) {
	all, err := l.Gateway.Parked(ctx, name, limit)
	for i := range all {
		all[i].LastError = l.veil.said(all[i].LastError)
	}
	return all, err
}

// Failures are failed attempts of an endpoint.
func (l *looks) Failures(ctx context.Context, endpoint string, limit int) ([]Failure, error) {
	all, err := l.Gateway.Failures(ctx, endpoint, limit)
	for i := range all {
		l.veil.attempt(&all[i].Attempt)
	}
	return all, err
}

// DeadLetters are deliveries that were given up.
func (l *looks) DeadLetters(ctx context.Context, q DeadQuery) (DeadPage, error) {
	page, err := l.Gateway.DeadLetters(ctx, q)
	for i := range page.Letters {
		page.Letters[i].Reason = l.veil.said(page.Letters[i].Reason)
	}
	return page, err
}

// Mappings are how receipts were judged.
func (l *looks) Mappings() []Mapping { return l.veil.mappings(l.Gateway.Mappings()) }
