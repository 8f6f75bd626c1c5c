package gateway

import (
	"context"
	"strings"

	"github.com/dlrgate/dlrgate/admin"
)

// Mappings tells how the receipts of each operator were judged.
func (d desk) Mappings() []admin.Mapping {
	cfg, _, _ := d.running()
	readings := *d.g.pipeline.readings.Load()
	var all []admin.Mapping
	for i := range cfg.Operators {
		o := &cfg.Operators[i]
		how := readings[o.Name]
		if how == nil { // disabled
			continue
		}
		out := how.tally.mapping()
		out.Operator, out.Profile, out.Config = o.Name, o.Profile, how.rules.Table.Config()
		for j, rule := range o.Mapping().Rules {
			count := how.tally.rules[j]
			out.Rules = append(out.Rules, admin.RuleHits{Rule: count.text, Note: rule.Note, Hits: count.hits.Load(), Since: count.since})
		}
		all = append(all, out)
	}
	return all
}

// Failures returns the newest failed attempts of an endpoint.
func (d desk) Failures(ctx context.Context, endpoint string, limit int) ([]admin.Failure, error) {
	attempts, err := d.g.journal.Attempts(ctx, endpoint, 0, limit)
	if err != nil {
		return nil, known(err)
	}
	all := make([]admin.Failure, len(attempts))
	for i, a := range attempts {
		all[i] = admin.Failure{
			ReceiptID: a.ID,
			Attempt: admin.Attempt{
				Endpoint: a.Endpoint, At: a.At.UTC(), TookMS: a.Took.Milliseconds(),
				Status: a.Status, Error: a.Error, Answer: strings.ToValidUTF8(string(a.Answer), "\uFFFD"),
			},
		}
	}
	return all, nil
}
