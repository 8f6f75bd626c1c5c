package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
)

// desk is the gateway as admin looks at it and acts on it: it joins admin's
// interfaces to journal, forward and smpp.
type desk struct{ g *Gateway }

var _ admin.Gateway = desk{}

// running returns the operator and endpoint parts of this moment, and the
// configuration that they run by.
func (d desk) running() (*config.Config, map[string]*operator, map[string]*endpoint) {
	d.g.mu.Lock()
	defer d.g.mu.Unlock()
	operators, endpoints := map[string]*operator{}, map[string]*endpoint{}
	for name, o := range d.g.operators {
		operators[name] = o
	}
	for name, e := range d.g.endpoints {
		endpoints[name] = e
	}
	return d.g.cfg, operators, endpoints
}

// endpoint returns the running endpoint of that name.
func (d desk) endpoint(name string) (*forward.Endpoint, error) {
	_, _, endpoints := d.running()
	if e := endpoints[name]; e != nil {
		return e.forward, nil
	}
	names := make([]string, 0, len(endpoints))
	for n := range endpoints {
		names = append(names, n)
	}
	return nil, unknown("endpoint", name, names)
}

// unknown is the error for a name that is not there, with those that are.
func unknown(kind, name string, there []string) error {
	return fmt.Errorf("%s %q: %w: %s", kind, name, admin.ErrNotFound, thereAre(there))
}

// thereAre is a hint for whoever named what is not there.
func thereAre(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) == 0 {
		return "there are none"
	}
	return "there are " + strings.Join(names, ", ")
}

// known turns what the rooms answer with into what admin understands.
func known(err error) error {
	for of, as := range map[error]error{
		journal.ErrQuery: admin.ErrInvalid, journal.ErrNotFound: admin.ErrNotFound, forward.ErrNoReplay: admin.ErrNotFound,
		journal.ErrClosed: admin.ErrUnavailable, journal.ErrRefused: admin.ErrUnavailable, journal.ErrFull: admin.ErrUnavailable,
		forward.ErrStopped: admin.ErrUnavailable, forward.ErrStandby: admin.ErrConflict, context.DeadlineExceeded: admin.ErrUnavailable,
		errStopping: admin.ErrUnavailable, journal.ErrConfigured: admin.ErrConflict, journal.ErrFenced: admin.ErrConflict,
	} {
		if errors.Is(err, of) {
			return fmt.Errorf("%w: %w", as, err)
		}
	}
	return err
}
