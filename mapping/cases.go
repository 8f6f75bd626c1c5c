package mapping

import (
	"fmt"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// RunCases decides the cases that the rules carry and returns those that become
// something else. parse reads a text as the operator's dialect does. It returns
// nothing for Options that do not compile.
func RunCases(o Options, parse func(text string) *receipt.Receipt) []Problem {
	t, faults := Compile(o)
	if len(faults) > 0 {
		return nil
	}
	var out []Problem
	for i := range o.Rules {
		for j, c := range o.Rules[i].Cases {
			d := t.Decide(parse(c.Text))
			if d.Status.String() == c.Status {
				continue
			}
			by := "the " + string(d.By) + ": " + d.Rule
			if d.By == ByRule {
				by = fmt.Sprintf("rules[%d] %s", d.RuleIndex, d.Rule)
			}
			out = append(out, Problem{
				Rule: i, Key: fmt.Sprintf("cases[%d]", j),
				Message: fmt.Sprintf("%q becomes %s, not %s; decided by %s", c.Text, d.Status, c.Status, by),
			})
		}
	}
	return out
}
