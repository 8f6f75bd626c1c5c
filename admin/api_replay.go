package admin

import (
	"net/http"
	"time"
)

func (a *api) replays(r *http.Request) (answer, error) {
	all, err := a.gateway.Replays(r.Context())
	if err != nil {
		return answer{}, err
	}
	return ok(listOf(all))
}

func (a *api) startReplay(r *http.Request) (answer, error) {
	var in struct {
		ReplayOrder
		Since moment `json:"since"`
		Until moment `json:"until"`
	}
	if err := readBody(r, &in); err != nil {
		return answer{}, err
	}
	o := in.ReplayOrder
	o.Since, o.Until = in.Since.Time, in.Until.Time
	if err := o.check(); err != nil {
		return answer{}, err
	}
	replay, err := a.gateway.StartReplay(r.Context(), o)
	if err != nil {
		return answer{}, err
	}
	on := "endpoint " + o.Endpoint + dryWord(o.DryRun)
	if o.DryRun {
		return did(on, replay)
	}
	return answer{status: http.StatusAccepted, body: replay, on: on + ", replay " + replay.ID}, nil
}

func (o *ReplayOrder) check() error {
	switch {
	case o.Endpoint == "":
		return invalid("endpoint: name the one that gets them")
	case len(o.IDs) > 0 && (o.All || !o.Since.IsZero() || !o.Until.IsZero() || o.Operator != "" || o.Status != ""):
		return invalid("ids name the receipts: leave all, since, until, operator and status out")
	case len(o.IDs) == 0 && !o.All && o.Since.IsZero():
		return invalid("which receipts? give ids, since or all")
	case o.All && !o.Since.IsZero():
		return invalid("all and since contradict each other")
	case !o.Until.IsZero() && !o.Since.Before(o.Until):
		return invalid("since: %s is not before until: nothing can be found", o.Since.Format(time.RFC3339))
	case o.Rate < 0:
		return invalid("rate: %v is below 0", o.Rate)
	}
	if err := checkStatus(o.Status); err != nil {
		return invalid("status: %v", err)
	}
	return nil
}

func (a *api) cancelReplay(r *http.Request) (answer, error) {
	return whole(a.gateway.CancelReplay(r.Context(), r.PathValue("id")))
}

func (a *api) retranslate(r *http.Request) (answer, error) {
	var in struct {
		RetranslateOrder
		Since moment `json:"since"`
	}
	if err := readBody(r, &in); err != nil {
		return answer{}, err
	}
	o := in.RetranslateOrder
	o.Since = in.Since.Time
	switch {
	case o.Config == "":
		return answer{}, invalid("config: the text of the new configuration is needed")
	case o.Since.IsZero():
		return answer{}, invalid("since: from when on?")
	case o.Send != (o.Endpoint != ""):
		return answer{}, invalid("send and endpoint belong together")
	}
	result, err := a.gateway.Retranslate(r.Context(), o)
	if err != nil {
		return answer{}, err
	}
	if o.Send {
		return did("endpoint "+o.Endpoint, result)
	}
	return did("nothing sent", result)
}
