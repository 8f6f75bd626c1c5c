package simulator

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// documented are the statuses that an outcome may be expected to become.
var documented = []string{
	"sent", "in_progress", "received", "delivered_to_operator", "partially_received", "not_sent_insufficient_credit",
	"undefined", "temporary_error_operator", "temporary_error_absence", "temporary_error_phone",
	"temporary_error_portability", "permanent_error_absence", "permanent_error_phone", "permanent_error_portability",
	"internal_error", "routing_error", "reception_error", "error_other", "blacklisted_number",
}

func (r *scenarioReader) outcomes(n *yaml.Node, path string) (all []Outcome) {
	weight := 0.0
	r.list(n, path, func(n *yaml.Node, p string) {
		o := r.outcome(n, p)
		all, weight = append(all, o), weight+o.Weight
	})
	if weight == 0 && len(all) > 0 {
		r.fault(n, path, "no outcome has a weight above 0")
	}
	return all
}

func (r *scenarioReader) outcome(n *yaml.Node, path string) Outcome {
	o := Outcome{Err: "000", Weight: 1}
	r.object(n, path, map[string]func(*yaml.Node, string){
		"stat": func(n *yaml.Node, p string) { o.Stat = r.text(n, p) },
		"err":  func(n *yaml.Node, p string) { o.Err = r.quoted(n, p) },
		"status": func(n *yaml.Node, p string) {
			if o.Status = r.text(n, p); !slices.Contains(documented, o.Status) {
				r.fault(n, p, "no status %q; the nearest is %q", o.Status, nearest(o.Status, documented))
			}
		},
		"weight":  func(n *yaml.Node, p string) { o.Weight = r.number(n, p, 1e9) },
		"meaning": func(n *yaml.Node, p string) { o.Meaning = r.text(n, p) },
	})
	if o.Stat == "" {
		r.fault(n, path, "stat is missing: {stat: UNDELIV, err: \"001\", weight: 5}")
	}
	return o
}
