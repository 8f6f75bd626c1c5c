package admin

import (
	"net/http"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
)

// The size of a page, in rows.
const (
	defaultLimit = 50
	maxLimit     = 1000
)

// list is a page of rows; Next is the cursor of the page behind it.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// listOf makes an empty list of none, never null.
func listOf[T any](items []T) list[T] { return list[T]{Items: append([]T{}, items...)} }

func (a *api) stats(r *http.Request) (answer, error) {
	all, err := glanceAt(r.Context(), a.gateway)
	if err != nil {
		return answer{}, err
	}
	return ok(a.veilOf(callerOf(r.Context())).glance(all).Stats)
}

func (a *api) statuses(*http.Request) (answer, error) { return ok(listOf(mapping.Statuses())) }

func (a *api) operators(*http.Request) (answer, error) { return ok(listOf(a.gateway.Operators())) }

func (a *api) binds(r *http.Request) (answer, error) { return ok(listOf(a.looks(r).Binds())) }

func (a *api) endpoints(r *http.Request) (answer, error) {
	all, err := a.looks(r).Endpoints(r.Context())
	if err != nil {
		return answer{}, err
	}
	return ok(listOf(all))
}

// summaryJSON is one receipt of a list.
type summaryJSON struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	ReceivedAt time.Time `json:"received_at"`
	Operator   string    `json:"operator"`
	Bind       string    `json:"bind,omitempty"`
	MessageID  string    `json:"message_id,omitempty"`
	Recipient  string    `json:"recipient,omitempty"`
	Sender     string    `json:"sender,omitempty"`
	Stat       string    `json:"stat,omitempty"`
	Err        string    `json:"err,omitempty"`
	Status     string    `json:"status,omitempty"`
	Final      bool      `json:"final"`
	Unmapped   bool      `json:"unmapped"`
	Conflict   bool      `json:"conflict"`
	Duplicate  bool      `json:"duplicate"`
	Late       bool      `json:"late"`
	Standing   bool      `json:"standing"`
}

// searchJSON is a page of receipts.
type searchJSON struct {
	list[summaryJSON]
	// Unsearched receipts are too new to be found yet.
	Unsearched int  `json:"unsearched"`
	Masked     bool `json:"masked"`
	// Standby are the operators that another gateway holds.
	Standby []string `json:"standby,omitempty"`
}

// searchTakes are the filters of a search, and how much of what it found is
// shown.
var searchTakes = []string{"message_id", "recipient", "operator", "status", "since", "until", "limit", "cursor", "reveal"}

func (a *api) search(r *http.Request) (answer, error) {
	p := readParams(r, searchTakes...)
	q := Query{
		MessageID: p.text("message_id"), Recipient: plainRecipient(p.text("recipient")), Operator: p.text("operator"),
		Status: p.status("status"), Limit: int(p.number("limit", 1, maxLimit)), Cursor: p.text("cursor"),
	}
	q.Since, q.Until = p.span()
	want := p.flag("reveal")
	if p.err != nil {
		return answer{}, p.err
	}
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	sees, err := a.of(r, a.gateway, want)
	if err != nil {
		return answer{}, err
	}
	page, err := sees.Search(r.Context(), q)
	if err != nil {
		return answer{}, err
	}
	out := searchJSON{list: list[summaryJSON]{Items: []summaryJSON{}, Next: page.Next}, Unsearched: page.Unsearched, Masked: sees.veil != veilOpen, Standby: page.Standby}
	for i := range page.Receipts {
		out.Items = append(out.Items, summaryOf(&page.Receipts[i]))
	}
	return ok(out)
}

func summaryOf(s *event.Summary) summaryJSON {
	out := summaryJSON{
		ID: s.ID, Kind: s.Kind.String(), ReceivedAt: s.ReceivedAt, Operator: s.Operator, Bind: s.Bind,
		MessageID: s.MessageID, Recipient: s.Recipient, Sender: s.Sender, Stat: s.Stat, Err: s.Err,
		Final: s.Final, Unmapped: s.Unmapped, Conflict: s.Conflict,
		Duplicate: s.Duplicate, Late: s.Late, Standing: s.Standing,
	}
	if s.Status != 0 {
		out.Status = s.Status.String()
	}
	return out
}

// receipt shows one receipt. Role admin sees its numbers, which is logged.
func (a *api) receipt(r *http.Request) (answer, error) {
	p := readParams(r, "reveal")
	want := p.flag("reveal") || callerOf(r.Context()).role == Admin && !r.URL.Query().Has("reveal")
	if p.err != nil {
		return answer{}, p.err
	}
	found, err := a.gateway.Receipt(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	sees, err := a.of(r, a.gateway, want)
	if err != nil {
		return answer{}, err
	}
	out := found.json()
	sees.veil.receipt(&out, found.Facts)
	return ok(out)
}
