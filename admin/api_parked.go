package admin

import (
	"context"
	"net/http"
	"time"
)

// parkedJSON is one parked delivery of a list.
type parkedJSON struct {
	Endpoint  string    `json:"endpoint"`
	ReceiptID string    `json:"receipt_id"`
	Class     string    `json:"class"`
	Since     time.Time `json:"since"`
	NextTry   time.Time `json:"next_try"`
	Tries     int       `json:"tries"`
	Reason    string    `json:"reason"`
}

// parked lists what waits for a later try, oldest first at each endpoint.
func (a *api) parked(r *http.Request) (answer, error) {
	p := readParams(r, "endpoint", "limit")
	endpoint, limit := p.text("endpoint"), int(p.number("limit", 1, maxLimit))
	if p.err != nil {
		return answer{}, p.err
	}
	if limit == 0 {
		limit = defaultLimit
	}
	names, err := a.parkedAt(r.Context(), endpoint)
	if err != nil {
		return answer{}, err
	}
	out := listOf[parkedJSON](nil)
	for _, name := range names {
		if len(out.Items) == limit {
			break
		}
		rows, err := a.looks(r).Parked(r.Context(), name, limit-len(out.Items))
		if err != nil {
			return answer{}, err
		}
		for _, x := range rows {
			out.Items = append(out.Items, parkedJSON{name, x.ReceiptID, x.Class, x.Since, x.NextTry, x.Tries, x.LastError})
		}
	}
	return ok(out)
}

// parkedAt names the endpoints at which deliveries are parked, or the one that is
// asked for.
func (a *api) parkedAt(ctx context.Context, endpoint string) ([]string, error) {
	if endpoint != "" {
		return []string{endpoint}, nil
	}
	all, err := a.gateway.Endpoints(ctx)
	var names []string
	for i := range all {
		if sum(all[i].Parked) > 0 {
			names = append(names, all[i].Name)
		}
	}
	return names, err
}

// parkedOrder names the endpoint whose parked deliveries an act is about.
type parkedOrder struct {
	Endpoint string `json:"endpoint"`
}

// parkedCount is how many deliveries an act touched.
type parkedCount struct {
	Deliveries int `json:"deliveries"`
}

func (a *api) retryParked(r *http.Request) (answer, error) {
	return actParked(r, a.gateway.RetryParked)
}

func (a *api) buryParked(r *http.Request) (answer, error) {
	return actParked(r, a.gateway.BuryParked)
}

func actParked(r *http.Request, act func(context.Context, string) (int, error)) (answer, error) {
	var o parkedOrder
	if err := readBody(r, &o); err != nil {
		return answer{}, err
	}
	if o.Endpoint == "" {
		return answer{}, invalid("endpoint: whose parked deliveries?")
	}
	n, err := act(r.Context(), o.Endpoint)
	if err != nil {
		return answer{}, err
	}
	return did("endpoint "+o.Endpoint, parkedCount{n})
}
