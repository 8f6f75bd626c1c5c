package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

func words(problems []mapping.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Error())
	}
	return out
}

func TestLint(t *testing.T) {
	t.Parallel()
	const remove = "the app may delete the number"
	tests := []struct {
		name    string
		options mapping.Options
		rules   []mapping.Rule
		want    []string
	}{
		{name: "the contract's example", rules: []mapping.Rule{
			{Stat: "UNDELIV", Err: "001", Status: "permanent_error_absence"},
			{NetworkErrorType: new(3), NetworkErrorCode: new(27), Status: "temporary_error_absence"},
			{Stat: "FAILED", Status: "reception_error", Final: new(true)},
		}},
		{name: "not provable", rules: []mapping.Rule{{Stat: "SUBMITD", Status: "sent"}, {Stat: "PDLIVRD", Status: "partially_received"}, {Err: "9", Status: "internal_error"}}, want: []string{
			"rules[0].status: a receipt cannot prove sent",
			"rules[1].status: a receipt cannot prove partially_received",
			"rules[2].status: a receipt cannot prove internal_error",
		}},
		{name: "twice the same", options: mapping.Options{ErrBase: mapping.ErrDecimal}, rules: []mapping.Rule{{Stat: "FAILED", Err: "001", Status: "error_other"}, {Stat: "failed", Err: "1", Status: "error_other"}}, want: []string{
			"rules[1].status: says the same as rules[0]: remove one",
		}},
		{name: "shadowed", rules: []mapping.Rule{{Stat: "FAILED", Status: "error_other"}, {Stat: "FAILED", Status: "routing_error"}}, want: []string{
			"rules[1].status: can never match: rules[0] matches the same receipts before it and gives error_other",
		}},
		{name: "one for finals, one for intermediates", rules: []mapping.Rule{{Stat: "FAILED", Status: "error_other"}, {Stat: "FAILED", Status: "in_progress"}}},
		{name: "intermediate ignored", options: mapping.Options{IgnoreIntermediate: true}, rules: []mapping.Rule{{Stat: "ENROUTE", Intermediate: new(true), Status: "in_progress"}}, want: []string{
			"rules[0].intermediate: can never match: receipts.intermediate is ignore, so no receipt is intermediate",
		}},
		{name: "err of another base", options: mapping.Options{ErrBase: mapping.ErrDecimal}, rules: []mapping.Rule{{Err: "00A", Status: "error_other"}}, want: []string{
			`rules[0].err: "00A" is no number in the base that receipts.err_base says: it matches only this very text`,
		}},
		{name: "two states", rules: []mapping.Rule{{Stat: "UNDELIV", MessageState: new(3), Status: "error_other"}, {Stat: "FAILED", MessageState: new(5), Status: "error_other"}}, want: []string{
			"rules[0].message_state: stat UNDELIV and message_state 3 are two states: only a receipt whose text and TLV differ can match",
		}},
		{name: "removable without proof", rules: []mapping.Rule{
			{Stat: "UNDELIV", Status: "permanent_error_absence"},
			{Err: "1", Status: "permanent_error_phone"},
			{Stat: "UNDELIV", Err: "1", Intermediate: new(true), Status: "permanent_error_phone"},
			{Stat: "EXPIRED", Err: "1", Status: "permanent_error_absence"},
			{Stat: "BLOCKED", Err: "1", Status: "permanent_error_absence"},
			{MessageState: new(7), Err: "1", Status: "permanent_error_absence"},
			{Stat: "FAILED", Err: "1", Status: "permanent_error_absence"},
		}, want: []string{
			"rules[0].status: permanent_error_absence on a state alone: " + remove + "; name the code (err, network_error_code, tlv or extra) that proves it",
			"rules[1].status: permanent_error_phone can meet EXPIRED: " + remove + "; name the stat too",
			"rules[2].status: permanent_error_phone on an intermediate notification: " + remove + " before the end is known",
			"rules[3].status: permanent_error_absence with stat EXPIRED: " + remove + "; only UNDELIV, REJECTD, DELETED and FAILED say that the operator gave up",
			"rules[4].status: permanent_error_absence with stat BLOCKED: " + remove + "; only UNDELIV, REJECTD, DELETED and FAILED say that the operator gave up",
			"rules[5].status: permanent_error_absence with message_state 7: " + remove + "; only 4, 5 and 8 say that the operator gave up",
		}},
		{name: "stats left to the default", options: mapping.Options{Profile: "china_mobile_tencent"}, rules: []mapping.Rule{{Stat: "ACCEPTD", Status: "in_progress"}}, want: []string{
			"profile: china_mobile_tencent lists its stats and says nothing of ENROUTE, DELETED, UNKNOWN: the default decides; add a rule if the operator means otherwise",
		}},
		{name: "faults are Compile's", rules: []mapping.Rule{{Status: "nonsense"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.options.Rules = tt.rules
			if diff := cmp.Diff(tt.want, words(mapping.Lint(tt.options))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// runCases decides the rules' cases, read by parse, by these rules.
func runCases(t *testing.T, parse func(string) *receipt.Receipt, rules []mapping.Rule) []mapping.Problem {
	table := compile(t, mapping.Options{Rules: rules})
	return mapping.RunCases(rules, func(text string, complete func(*receipt.Receipt)) mapping.Decision {
		r := parse(text)
		complete(r)
		return table.Decide(r)
	})
}

func TestRunCases(t *testing.T) {
	t.Parallel()
	parse := func(s string) *receipt.Receipt {
		stat, err, _ := strings.Cut(s, " ")
		return text(stat, err)
	}
	got := words(runCases(t, parse, []mapping.Rule{
		{Stat: "FAILED", Err: "5", Status: "error_other", Cases: []mapping.Case{
			{Text: "FAILED 5", Status: "error_other"},
			{Text: "FAILED 5", Status: "reception_error"},
			{Text: "FAILED 6", Status: "error_other"},
		}},
	}))
	want := []string{
		`rules[0].cases[1]: "FAILED 5" becomes error_other, not reception_error; decided by rules[0] {stat: FAILED, err: "5", status: error_other}`,
		`rules[0].cases[2]: "FAILED 6" becomes reception_error, not error_other; decided by the default: UNDELIV without a known cause: reception_error`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRunCasesComplete: what no text can hold comes with the rule's own cases.
func TestRunCasesComplete(t *testing.T) {
	t.Parallel()
	parse := func(s string) *receipt.Receipt { return text(s, "") }
	yes, five, three, code := true, 5, 3, 27
	becomes := func(status string) []mapping.Case { return []mapping.Case{{Text: "UNDELIV", Status: status}} }
	got := words(runCases(t, parse, []mapping.Rule{
		{Stat: "UNDELIV", Intermediate: &yes, Status: "temporary_error_phone", Cases: becomes("temporary_error_phone")},
		{NetworkErrorType: &three, NetworkErrorCode: &code, Status: "temporary_error_absence", Cases: becomes("temporary_error_absence")},
		{TLV: &mapping.TLVMatch{Tag: 0x1403, Value: "7"}, Status: "routing_error", Cases: becomes("routing_error")},
		{Extra: &mapping.ExtraMatch{Key: "reason", Value: "x"}, Status: "error_other", Cases: becomes("error_other")},
		{MessageState: &five, Status: "temporary_error_operator", Cases: append(becomes("temporary_error_operator"), becomes("error_other")...)},
	}))
	want := []string{
		`rules[4].cases[1]: "UNDELIV" becomes temporary_error_operator, not error_other; decided by rules[4] {message_state: 5, status: temporary_error_operator}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
