package admin

import (
	"fmt"
	"net/http"
	"slices"
)

// endpointRow is one endpoint with its rates.
type endpointRow struct {
	Endpoint
	Taken, Failed float64 // POSTs per second, of the last minute
}

func (c *console) endpointRows(g *glance) []endpointRow {
	then, now := c.rates.span(recently)
	rows := make([]endpointRow, len(g.Endpoints))
	for i, e := range g.Endpoints {
		rows[i].Endpoint = e
		if now != nil {
			rows[i].Taken = perSecond(then, now, func(s *sample) uint64 { return s.endpoints[e.Name].Taken })
			rows[i].Failed = perSecond(then, now, func(s *sample) uint64 { return s.endpoints[e.Name].Failed })
		}
	}
	slices.SortStableFunc(rows, func(a, b endpointRow) int { return worse(tone(a.State)) - worse(tone(b.State)) })
	return rows
}

// endpointsData are all endpoints, and what is being sent again.
type endpointsData struct {
	Rows    []endpointRow
	Replays []Replay
}

func (c *console) endpoints(r *http.Request, sees *looks) (any, error) {
	replays, err := sees.Gateway.Replays(r.Context())
	if sees.now.Stats.Journal.Fault != "" {
		err = nil // the attention tells, and the endpoints are there to be seen
	}
	return endpointsData{c.endpointRows(sees.now), replays}, err
}

// endpointData is one endpoint with what went wrong at it.
type endpointData struct {
	endpointRow
	Failures []Failure
	// Waiting are the first of the parked deliveries, MoreParked is how many
	// there are besides.
	Waiting    []Parked
	MoreParked int
	Letters    []DeadLetter
	// Older is the address of the next page of dead letters.
	Older string
}

// failuresShown is how many failed attempts, or parked deliveries, a page shows.
const failuresShown = 20

func (c *console) endpoint(r *http.Request, sees *looks) (any, error) {
	p := readParams(r, "cursor", "reveal")
	after := p.number("cursor", 0, 1<<62)
	if p.err != nil {
		return nil, p.err
	}
	name := r.PathValue("name")
	rows := c.endpointRows(sees.now)
	i := slices.IndexFunc(rows, func(row endpointRow) bool { return row.Name == name })
	if i < 0 {
		return nil, fault{http.StatusNotFound, fmt.Sprintf("endpoint %q is not known here", name)}
	}
	d := &endpointData{endpointRow: rows[i]}
	var err error
	if d.Failures, err = sees.Failures(r.Context(), name, failuresShown); err != nil {
		return nil, err
	}
	if d.Waiting, err = sees.Parked(r.Context(), name, failuresShown); err != nil {
		return nil, err
	}
	d.MoreParked = max(0, sum(d.Parked)-len(d.Waiting))
	page, err := sees.DeadLetters(r.Context(), DeadQuery{Endpoint: name, After: after, Limit: defaultLimit})
	if err != nil {
		return nil, err
	}
	d.Letters = page.Letters
	if page.Next > 0 {
		d.Older = with(r, "cursor", fmt.Sprint(page.Next))
	}
	return d, nil
}
