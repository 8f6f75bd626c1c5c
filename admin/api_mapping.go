package admin

import (
	"fmt"
	"net/http"
	"time"
)

// mappingJSON is how one operator's receipts were judged since its rules were
// loaded.
type mappingJSON struct {
	Operator string            `json:"operator"`
	Profile  string            `json:"profile"`
	Config   string            `json:"config"`
	Since    time.Time         `json:"since"`
	By       map[string]uint64 `json:"decided_by"`
	Rules    []ruleJSON        `json:"rules"`
	Unmapped []unmappedJSON    `json:"unmapped"`
	// Beyond counts unmapped receipts whose code is not listed.
	Beyond uint64 `json:"unlisted"`
}

type ruleJSON struct {
	Rule  string    `json:"rule"`
	Note  string    `json:"note,omitempty"`
	Hits  uint64    `json:"hits"`
	Since time.Time `json:"since"`
}

type unmappedJSON struct {
	Stat         string            `json:"stat,omitempty"`
	Err          string            `json:"err,omitempty"`
	NetworkError *networkErrorJSON `json:"network_error_code,omitempty"`
	Status       string            `json:"status"`
	Count        uint64            `json:"count"`
	Last         time.Time         `json:"last"`
}

type networkErrorJSON struct {
	Type int `json:"type"`
	Code int `json:"code"`
}

// mapping tells what each operator's rules decided, and which codes none knows.
func (a *api) mapping(r *http.Request) (answer, error) {
	p := readParams(r, "operator")
	operator := p.text("operator")
	if p.err != nil {
		return answer{}, p.err
	}
	out := listOf[mappingJSON](nil)
	for _, m := range a.looks(r).Mappings() {
		if operator == "" || m.Operator == operator {
			out.Items = append(out.Items, m.json())
		}
	}
	if operator != "" && len(out.Items) == 0 {
		return answer{}, fault{http.StatusNotFound, fmt.Sprintf("operator %q is not configured", operator)}
	}
	return ok(out)
}

func (m *Mapping) json() mappingJSON {
	out := mappingJSON{
		Operator: m.Operator, Profile: m.Profile, Config: m.Config, Since: m.Since, By: m.By,
		Rules: []ruleJSON{}, Unmapped: []unmappedJSON{}, Beyond: m.Beyond,
	}
	for _, x := range m.Rules {
		out.Rules = append(out.Rules, ruleJSON(x))
	}
	for _, x := range m.Unmapped {
		u := unmappedJSON{Stat: x.Stat, Err: x.Err, Status: x.Status, Count: x.Count, Last: x.Last}
		if x.NetworkErrorType >= 0 {
			u.NetworkError = &networkErrorJSON{x.NetworkErrorType, x.NetworkErrorCode}
		}
		out.Unmapped = append(out.Unmapped, u)
	}
	return out
}
