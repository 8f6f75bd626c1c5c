package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// CaseDecider reads a text as the operator's dialect does, lets complete give the
// receipt what the case's rule names, and decides it.
type CaseDecider func(text string, complete func(*receipt.Receipt)) Decision

// RunCases decides the cases that rules carry, which compiled, and returns those
// that become something else. What a rule names that no text holds comes with its
// cases: the message_state, network error, tlv or extra, and the intermediate
// notification.
func RunCases(rules []Rule, decide CaseDecider) []Problem {
	var out []Problem
	for i := range rules {
		for j, c := range rules[i].Cases {
			d := decide(c.Text, rules[i].complete)
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

// complete gives r what the rule names, where the case's text has not said it.
func (rule *Rule) complete(r *receipt.Receipt) {
	if rule.Intermediate != nil && *rule.Intermediate {
		r.Kind = receipt.Intermediate
	}
	if rule.MessageState != nil && r.MessageState == receipt.NoState {
		r.MessageState = *rule.MessageState
	}
	if r.NetworkError == nil && (rule.NetworkErrorType != nil || rule.NetworkErrorCode != nil) {
		const gsm = 3 // network_error_type, SMPP 3.4 §5.3.2.31
		r.NetworkError = &receipt.NetworkError{Type: byte(valueOr(rule.NetworkErrorType, gsm)), Code: uint16(valueOr(rule.NetworkErrorCode, 0))}
	}
	if rule.TLV != nil {
		value, _ := tlvValue(rule.TLV.Value) // it compiled
		r.TLVs = append(r.TLVs, receipt.TLV{Tag: rule.TLV.Tag, Value: value})
	}
	named := func(e receipt.Extra) bool { return strings.EqualFold(e.Key, rule.Extra.Key) }
	if rule.Extra != nil && !slices.ContainsFunc(r.Extra, named) {
		r.Extra = append(r.Extra, receipt.Extra{Key: rule.Extra.Key, Value: rule.Extra.Value})
	}
}

func valueOr(given *int, otherwise int) int {
	if given == nil {
		return otherwise
	}
	return *given
}
