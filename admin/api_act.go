package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// done is the answer of an act that has nothing more to tell.
type done struct {
	Done bool `json:"done"`
}

// whole is an act without parameters, body or result.
func whole(err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(done{true})
}

// holdBind serves /api/v1/binds/NAME/unbind and …/bind; slashes in NAME may be
// escaped or not.
func (a *api) holdBind(r *http.Request) (answer, error) {
	name, act := "", r.PathValue("act")
	if i := strings.LastIndexByte(act, '/'); i > 0 {
		name, act = act[:i], act[i+1:]
	}
	if name == "" || act != "unbind" && act != "bind" {
		return answer{}, fault{http.StatusNotFound, "there is /api/v1/binds/{name}/unbind and /api/v1/binds/{name}/bind"}
	}
	return whole(a.gateway.HoldBind(r.Context(), name, act == "unbind"))
}

func (a *api) testEndpoint(r *http.Request) (answer, error) {
	result, err := a.gateway.TestEndpoint(r.Context(), r.PathValue("name"))
	if err != nil {
		return answer{}, err
	}
	return ok(result)
}

func (a *api) pauseEndpoint(r *http.Request) (answer, error) {
	return whole(a.gateway.PauseEndpoint(r.Context(), r.PathValue("name"), true))
}

func (a *api) resumeEndpoint(r *http.Request) (answer, error) {
	return whole(a.gateway.PauseEndpoint(r.Context(), r.PathValue("name"), false))
}

func (a *api) enableEndpoint(r *http.Request) (answer, error) {
	return whole(a.gateway.EnableEndpoint(r.Context(), r.PathValue("name")))
}

func (a *api) forgetEndpoint(r *http.Request) (answer, error) {
	return whole(a.gateway.ForgetEndpoint(r.Context(), r.PathValue("name")))
}

func (a *api) dead(r *http.Request) (answer, error) {
	p := readParams(r, "endpoint", "limit", "cursor")
	q := DeadQuery{Endpoint: p.text("endpoint"), Limit: int(p.number("limit", 1, maxLimit)), After: p.number("cursor", 0, 1<<62)}
	if p.err != nil {
		return answer{}, p.err
	}
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	page, err := a.looks(r).DeadLetters(r.Context(), q)
	if err != nil {
		return answer{}, err
	}
	out := listOf(page.Letters)
	if page.Next > 0 {
		out.Next = strconv.FormatInt(page.Next, 10)
	}
	return ok(out)
}

// deadOrder is what is to be done with dead letters.
type deadOrder struct {
	Endpoint string            `json:"endpoint"`
	IDs      []json.RawMessage `json:"ids"` // a dead letter's number, also as text, or a receipt's id
	All      bool              `json:"all"`
	// DryRun only counts.
	DryRun bool `json:"dry_run"`
}

// choice sorts the ids into dead letters' and receipts'.
func (o *deadOrder) choice() (DeadChoice, error) {
	c := DeadChoice{Endpoint: o.Endpoint, All: o.All}
	for _, raw := range o.IDs {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			c.IDs = append(c.IDs, id)
		} else if strings.HasPrefix(text, "rcpt_") {
			c.Receipts = append(c.Receipts, text)
		} else {
			return c, invalid("ids: %.100s is neither a dead letter's number nor a receipt's id", raw)
		}
	}
	return c, nil
}

func (a *api) retryDead(r *http.Request) (answer, error) { return a.actDead(r, a.gateway.RetryDead) }

func (a *api) dropDead(r *http.Request) (answer, error) { return a.actDead(r, a.gateway.DropDead) }

func (a *api) actDead(r *http.Request, act func(context.Context, DeadChoice) (DeadCount, error)) (answer, error) {
	var o deadOrder
	if err := o.read(r); err != nil {
		return answer{}, err
	}
	choice, err := o.choice()
	if err != nil {
		return answer{}, err
	}
	if o.DryRun {
		act = a.gateway.CountDead
	}
	count, err := act(r.Context(), choice)
	if err != nil {
		return answer{}, err
	}
	return did(o.String(), count)
}

// String says which dead letters, and whether they are only counted.
func (o *deadOrder) String() string {
	which := "all"
	switch {
	case o.Endpoint != "":
		which = "endpoint " + o.Endpoint
	case len(o.IDs) > 0:
		which = fmt.Sprintf("dead letters %s", o.IDs[:min(len(o.IDs), idsLogged)])
	}
	return which + dryWord(o.DryRun)
}

// idsLogged is how many of the ids that an act names its log line names.
const idsLogged = 10

func dryWord(dry bool) string {
	if dry {
		return " (dry run)"
	}
	return ""
}

func (o *deadOrder) read(r *http.Request) error {
	if err := readBody(r, o); err != nil {
		return err
	}
	given := 0
	for _, is := range []bool{o.Endpoint != "", len(o.IDs) > 0, o.All} {
		if is {
			given++
		}
	}
	if given != 1 {
		return invalid("name which dead letters: exactly one of endpoint, ids and all")
	}
	return nil
}
