package gateway_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// promQuery is what a dashboard or an alert asks of Prometheus, and where it stands.
type promQuery struct{ where, expr string }

const rulesFile = "../deploy/prometheus/alerts.yml"

// alertRules is the part of Prometheus' format that these tests read.
type alertRules struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr string
			Annotations struct {
				Runbook string `yaml:"runbook_url"`
			}
		}
	}
}

func readAlerts(t *testing.T) (rules alertRules) {
	t.Helper()
	raw, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

// shippedQueries returns every query of deploy/.
func shippedQueries(t *testing.T) (all []promQuery) {
	t.Helper()
	for _, g := range readAlerts(t).Groups {
		for _, r := range g.Rules {
			all = append(all, promQuery{"alert " + r.Alert, r.Expr})
		}
	}
	raw, err := os.ReadFile("../deploy/grafana/dlrgate.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Query string }
		}
	}
	if err := json.Unmarshal(raw, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all = append(all, promQuery{"panel " + p.Title, target.Expr})
		}
	}
	for _, v := range board.Templating.List {
		if rest, is := strings.CutPrefix(v.Query, "label_values("); is {
			metric, label, _ := strings.Cut(strings.TrimSuffix(rest, ")"), ", ")
			all = append(all, promQuery{"variable " + v.Name, "sum by (" + label + ") (" + metric + ")"})
		}
	}
	return all
}

var (
	usedMetric = regexp.MustCompile(`dlrgate_\w+`)
	usedBy     = regexp.MustCompile(`\bby \(([\w, ]+)\)`)
	usedMatch  = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`)
	histogram  = regexp.MustCompile(`_(bucket|count|sum)$`)
)

// answers tells what of a query a scrape cannot answer.
func (m metrics) answers(q promQuery) (problems []string) {
	labels := map[string]bool{"le": true, "job": true}
	for _, name := range usedMetric.FindAllString(q.expr, -1) {
		of, there := m[name]
		if !there {
			of, there = m[histogram.ReplaceAllString(name, "")]
		}
		if !there {
			problems = append(problems, "no metric "+name)
		}
		for l := range of {
			labels[l] = true
		}
	}
	var used []string
	for _, by := range usedBy.FindAllStringSubmatch(q.expr, -1) {
		used = append(used, strings.Split(by[1], ", ")...)
	}
	for _, match := range usedMatch.FindAllStringSubmatch(q.expr, -1) {
		used = append(used, match[1])
	}
	for _, l := range used {
		if !labels[l] {
			problems = append(problems, "no label "+l)
		}
	}
	return problems
}

// TestAnswersFindsWhatIsMissing shows that a misspelt query would be noticed.
func TestAnswersFindsWhatIsMissing(t *testing.T) {
	t.Parallel()
	m := metrics{"dlrgate_a_seconds": {"operator": true}}
	for expr, want := range map[string]int{
		`sum by (operator, le) (rate(dlrgate_a_seconds_bucket{operator="x"}[5m]))`: 0,
		`dlrgate_b`: 1,
		`sum by (endpoint) (dlrgate_a_seconds_count{bind=~"x"})`: 2,
	} {
		if got := m.answers(promQuery{expr: expr}); len(got) != want {
			t.Errorf("%s: %q, want %d problems", expr, got, want)
		}
	}
}

// TestEveryAlertHasItsPage finds the section of docs/operations.md that each
// alert links to.
func TestEveryAlertHasItsPage(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(string(manual), -1) {
		pages[strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-")] = true
	}
	for _, g := range readAlerts(t).Groups {
		if len(g.Rules) == 0 {
			t.Error("no rules")
		}
		for _, r := range g.Rules {
			_, page, _ := strings.Cut(r.Annotations.Runbook, "docs/operations.md#")
			if !pages[page] {
				t.Errorf("alert %s links to %q, which docs/operations.md does not have", r.Alert, r.Annotations.Runbook)
			}
		}
	}
}
