package admin

import (
	"cmp"
	"net/http"

	"github.com/dlrgate/dlrgate/explain"
)

// explainJSON is a receipt that somebody wants explained.
type explainJSON struct {
	explain.Pasted
	Operator   string `json:"operator"`
	Profile    string `json:"profile"`
	Command    string `json:"command"` // in place of pdu
	ReceivedAt moment `json:"received_at"`
}

func (a *api) explain(r *http.Request) (answer, error) {
	var in explainJSON
	if err := readBody(r, &in); err != nil {
		return answer{}, err
	}
	p := &in.Pasted
	p.PDU, p.ReceivedAt = cmp.Or(in.Command, p.PDU), in.ReceivedAt.Time
	explained, err := a.gateway.Explain(p, in.Operator, in.Profile)
	if err != nil {
		return answer{}, err
	}
	return ok(explained.Data)
}
