package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// TestRules decides one receipt by the rules; want is the status, and "!" after
// it means final.
func TestRules(t *testing.T) {
	t.Parallel()
	type rules = []mapping.Rule
	tests := []struct {
		name    string
		options mapping.Options
		in      *receipt.Receipt
		want    string
		by      int // the rule's index, -1 none
	}{
		{"stat and err", mapping.Options{Rules: rules{{Stat: "UNDELIV", Err: "001", Status: "permanent_error_absence"}}}, text("UNDELIV", "001"), "permanent_error_absence!", 0},
		{"case does not matter", mapping.Options{Rules: rules{{Stat: "nocred", Err: "0a", Status: "routing_error"}}}, text("NoCred", "0A"), "routing_error!", 0},
		{"nor does the alphabet", mapping.Options{Rules: rules{{Stat: "отклонено", Err: "ошибка", Status: "routing_error"}}}, text("Отклонено", "ОШИБКА"), "routing_error!", 0},
		{"a word too long for any rule", mapping.Options{Rules: rules{{Stat: strings.Repeat("X", 64), Status: "routing_error"}}}, text(strings.Repeat("X", 65), ""), "undefined", -1},
		{"err is text by default", mapping.Options{Rules: rules{{Err: "1", Status: "routing_error"}}}, text("UNDELIV", "001"), "reception_error!", -1},
		{"decimal err ignores zeros", mapping.Options{ErrBase: mapping.ErrDecimal, Rules: rules{{Err: "1", Status: "routing_error"}}}, text("UNDELIV", "001"), "routing_error!", 0},
		{"hex err ignores zeros and case", mapping.Options{ErrBase: mapping.ErrHex, Rules: rules{{Err: "4a6", Status: "routing_error"}}}, text("UNDELIV", "000004A6"), "routing_error!", 0},
		{"a word in err", mapping.Options{ErrBase: mapping.ErrDecimal, Rules: rules{{Err: "esme_rsubmitfail", Status: "error_other"}}}, text("UNDELIV", "ESME_RSUBMITFAIL"), "error_other!", 0},

		{"a stat with a reason", mapping.Options{Rules: rules{{Stat: "FAILED", Status: "routing_error"}}}, text("FAILED:no route", "100"), "routing_error!", 0},
		{"the reason, as written", mapping.Options{Rules: rules{{Stat: "FAILED:no route", Status: "routing_error"}}}, text("FAILED:no route", "100"), "routing_error!", 0},
		{"another reason", mapping.Options{Rules: rules{{Stat: "FAILED:no route", Status: "routing_error"}}}, text("FAILED:no money", "100"), "reception_error!", -1},
		{"the reason before the word alone", mapping.Options{Rules: rules{
			{Stat: "FAILED", Status: "error_other"}, {Stat: "FAILED:no route", Status: "routing_error"},
		}}, text("FAILED:no route", "100"), "routing_error!", 1},
		{"the word alone for other reasons", mapping.Options{Rules: rules{
			{Stat: "FAILED", Status: "error_other"}, {Stat: "FAILED:no route", Status: "routing_error"},
		}}, text("FAILED:no money", "100"), "error_other!", 0},
		{"more keys before the reason", mapping.Options{Rules: rules{
			{Stat: "FAILED:no route", Status: "routing_error"}, {Stat: "FAILED", Err: "100", Status: "error_other"},
		}}, text("FAILED:no route", "100"), "error_other!", 1},
		{"a reason behind err", mapping.Options{Rules: rules{{Err: "21b", Status: "routing_error"}}}, text("UNDELIV", "21B: no route"), "routing_error!", 0},
		{"the reason behind err before the code alone", mapping.Options{ErrBase: mapping.ErrDecimal, Rules: rules{
			{Err: "100", Status: "error_other"}, {Err: "0100:no route", Status: "routing_error"},
		}}, text("UNDELIV", "0100:no route"), "routing_error!", 1},
		{"no reason, file order", mapping.Options{ErrBase: mapping.ErrDecimal, Rules: rules{
			{Err: "100", Status: "error_other"}, {Err: "0100", Status: "routing_error"},
		}}, text("UNDELIV", "0100"), "error_other!", 0},

		{"order: state and code before tlv", mapping.Options{Rules: rules{
			{TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "x"}, Status: "routing_error"},
			{Stat: "UNDELIV", Err: "5", Status: "error_other"},
		}}, vendorTLV(text("UNDELIV", "5"), "x"), "error_other!", 1},
		{"order: tlv before network error", mapping.Options{Rules: rules{
			{NetworkErrorCode: new(9), Status: "routing_error"},
			{TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "x"}, Status: "error_other"},
		}}, vendorTLV(network(text("UNDELIV", "5"), 8, 9), "x"), "error_other!", 1},
		{"order: network error before err", mapping.Options{Rules: rules{
			{Err: "5", Status: "routing_error"}, {NetworkErrorType: new(8), NetworkErrorCode: new(9), Status: "error_other"},
		}}, network(text("UNDELIV", "5"), 8, 9), "error_other!", 1},
		{"order: err before state", mapping.Options{Rules: rules{
			{Stat: "UNDELIV", Status: "routing_error"}, {Err: "5", Status: "error_other"},
		}}, text("UNDELIV", "5"), "error_other!", 1},
		{"order: more keys first", mapping.Options{Rules: rules{
			{Stat: "UNDELIV", Err: "5", Status: "routing_error"},
			{Stat: "UNDELIV", Err: "5", NetworkErrorCode: new(9), Status: "error_other"},
		}}, network(text("UNDELIV", "5"), 8, 9), "error_other!", 1},
		{"order: then the file's", mapping.Options{Rules: rules{
			{Stat: "UNDELIV", Err: "5", Status: "routing_error"}, {MessageState: new(5), Err: "5", Status: "error_other"},
		}}, state(text("UNDELIV", "5"), 5), "routing_error!", 0},

		{"tlv in hex", mapping.Options{Rules: rules{{TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "0x7800"}, Status: "error_other"}}}, vendorTLV(text("UNDELIV", ""), "x\x00"), "error_other!", 0},
		{"tlv in hex as events show it", mapping.Options{Rules: rules{{TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "0aFF"}, Status: "error_other"}}}, vendorTLV(text("UNDELIV", ""), "\x0a\xff"), "error_other!", 0},
		{"tlv in text of hex digits", mapping.Options{Rules: rules{{TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "2080"}, Status: "error_other"}}}, vendorTLV(text("UNDELIV", ""), "2080"), "error_other!", 0},
		{"tlv as a C-octet string", mapping.Options{Rules: rules{{TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "x"}, Status: "error_other"}}}, vendorTLV(text("UNDELIV", ""), "x\x00"), "error_other!", 0},
		{"tlv that is shown in another form", mapping.Options{Rules: rules{{TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "x"}, Status: "error_other"}}}, asked(text("UNDELIV", ""), "x"), "error_other!", 0},
		{"another tlv", mapping.Options{Rules: rules{{TLV: &mapping.TLVMatch{Tag: 0x1401, Value: "x"}, Status: "error_other"}}}, vendorTLV(text("UNDELIV", ""), "x"), "reception_error!", -1},
		{"extra", mapping.Options{Rules: rules{{Extra: &mapping.ExtraMatch{Key: "Reason", Value: "7"}, Status: "error_other"}}}, extra(text("UNDELIV", ""), "reason", "7"), "error_other!", 0},
		{"extra of another value", mapping.Options{Rules: rules{{Extra: &mapping.ExtraMatch{Key: "reason", Value: "7"}, Status: "error_other"}}}, extra(text("UNDELIV", ""), "reason", "8"), "reception_error!", -1},
		{"three ASCII digits have no type", mapping.Options{Rules: rules{
			{NetworkErrorType: new(3), NetworkErrorCode: new(27), Status: "routing_error"}, {NetworkErrorCode: new(27), Status: "error_other"},
		}}, ascii(text("UNDELIV", ""), 27), "error_other!", 1},

		{"stat matches the word of the state that won", mapping.Options{Rules: rules{{Stat: "EXPIRED", Status: "temporary_error_operator"}}}, state(text("", ""), 3), "temporary_error_operator!", 0},
		{"stat still matches the text's", mapping.Options{Rules: rules{{Stat: "FAILED", Status: "error_other"}}}, state(text("FAILED", ""), 5), "error_other!", 0},
		{"a vendor's message_state", mapping.Options{Rules: rules{{MessageState: new(132), Status: "routing_error"}}}, state(text("", ""), 132), "routing_error!", 0},

		{"without a state: failures only", mapping.Options{Rules: rules{{Err: "5", Status: "error_other"}}}, text("DELIVRD", "5"), "received!", -1},
		{"without a state: not open ones", mapping.Options{Rules: rules{{Err: "5", Status: "error_other"}}}, text("ENROUTE", "5"), "in_progress", -1},
		{"without a state: not UNKNOWN", mapping.Options{Rules: rules{{Err: "5", Status: "error_other"}}}, text("UNKNOWN", "5"), "undefined!", -1},
		{"DELIVRD by its name", mapping.Options{Rules: rules{{Stat: "DELIVRD", Err: "5", Status: "delivered_to_operator"}}}, text("DELIVRD", "5"), "delivered_to_operator", 0},
		{"DELIVRD by message_state", mapping.Options{Rules: rules{{MessageState: new(2), Status: "delivered_to_operator", Final: new(true)}}}, state(text("DELIVRD", ""), 2), "delivered_to_operator!", 0},
		{"the text's failure loses to the TLV's delivery", mapping.Options{StateSource: mapping.StateFromTLV, Rules: rules{{Stat: "UNDELIV", Err: "1", Status: "permanent_error_absence"}}}, state(text("UNDELIV", "1"), 2), "received!", -1},
		{"a contradiction needs both", mapping.Options{Rules: rules{{Stat: "UNDELIV", Status: "error_other"}}}, state(text("UNDELIV", ""), 2), "undefined", -1},
		{"a contradiction with both", mapping.Options{Rules: rules{{Stat: "UNDELIV", MessageState: new(2), Status: "received"}}}, state(text("UNDELIV", ""), 2), "received!", 0},

		{"an intermediate gets no final status", mapping.Options{Rules: rules{{Stat: "UNDELIV", Status: "error_other"}}}, intermediate(text("UNDELIV", "")), "in_progress", -1},
		{"an intermediate gets an open one", mapping.Options{Rules: rules{{Stat: "UNDELIV", Status: "delivered_to_operator"}}}, intermediate(text("UNDELIV", "")), "delivered_to_operator", 0},
		{"an intermediate by intermediate: true", mapping.Options{Rules: rules{{Stat: "UNDELIV", Intermediate: new(true), Status: "error_other"}}}, intermediate(text("UNDELIV", "")), "error_other!", 0},
		{"intermediate: true without a state", mapping.Options{Rules: rules{{Err: "7", Intermediate: new(true), Status: "delivered_to_operator"}}}, intermediate(text("ENROUTE", "7")), "delivered_to_operator", 0},
		{"intermediate: true is for no other", mapping.Options{Rules: rules{{Stat: "UNDELIV", Intermediate: new(true), Status: "error_other"}}}, text("UNDELIV", ""), "reception_error!", -1},
		{"intermediate ignored", mapping.Options{IgnoreIntermediate: true, Rules: rules{{Stat: "UNDELIV", Status: "error_other"}}}, intermediate(text("UNDELIV", "")), "error_other!", 0},
		{"final as the rule says", mapping.Options{Rules: rules{{Stat: "FAILED", Status: "reception_error", Final: new(false)}}}, text("FAILED", ""), "reception_error", 0},
		{"undefined by a rule is open", mapping.Options{Rules: rules{{Stat: "FAILED", Status: "undefined"}}}, text("FAILED", ""), "undefined", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := compile(t, tt.options).Decide(tt.in)
			got := d.Status.String()
			if d.Final {
				got += "!"
			}
			if got != tt.want || d.RuleIndex != tt.by || (d.By == mapping.ByRule) != (tt.by >= 0) {
				t.Errorf("got %s by %s %d (%s), want %s by rule %d", got, d.By, d.RuleIndex, d.Rule, tt.want, tt.by)
			}
		})
	}
}

func asked(r *receipt.Receipt, value string) *receipt.Receipt {
	return with(r, func(r *receipt.Receipt) { r.Asked = []receipt.TLV{{Tag: 0x1400, Value: []byte(value)}} })
}

func vendorTLV(r *receipt.Receipt, value string) *receipt.Receipt {
	return with(r, func(r *receipt.Receipt) { r.TLVs = []receipt.TLV{{Tag: 0x1400, Value: []byte(value)}} })
}

func extra(r *receipt.Receipt, key, value string) *receipt.Receipt {
	return with(r, func(r *receipt.Receipt) { r.Extra = []receipt.Extra{{Key: key, Value: value}} })
}

func ascii(r *receipt.Receipt, code uint16) *receipt.Receipt {
	return with(r, func(r *receipt.Receipt) { r.NetworkError = &receipt.NetworkError{Code: code, ASCII: true} })
}

func TestRuleTextReadsAsItWasWritten(t *testing.T) {
	t.Parallel()
	table := compile(t, mapping.Options{Rules: []mapping.Rule{{
		Stat: "UNDELIV", MessageState: new(5), Err: "001", NetworkErrorType: new(3), NetworkErrorCode: new(27),
		TLV: &mapping.TLVMatch{Tag: 0x1400, Value: "x"}, Extra: &mapping.ExtraMatch{Key: "k", Value: "v"},
		Intermediate: new(false), Status: "reception_error", Final: new(true), Note: "not shown",
	}}})
	d := table.Decide(extra(vendorTLV(network(state(text("UNDELIV", "001"), 5), 3, 27), "x"), "k", "v"))
	want := `{stat: UNDELIV, message_state: 5, err: "001", network_error_type: 3, network_error_code: 27, ` +
		`tlv: {tag: 0x1400, value: "x"}, extra: {key: k, value: "v"}, intermediate: false, status: reception_error, final: true}`
	if diff := cmp.Diff(want, d.Rule); diff != "" {
		t.Error(diff)
	}
}

// TestCompileProblems: every fault at once, each with its place and the nearest
// valid name.
func TestCompileProblems(t *testing.T) {
	t.Parallel()
	table, problems := mapping.Compile(mapping.Options{
		Profile: "infobib", NetworkErrorTable: "gsmmap", StatPrefixes: []string{"DELIV", "E", "QUX"},
		Rules: []mapping.Rule{
			{Stat: "FAILED", Status: "reception_eror", Cases: []mapping.Case{{Text: "stat:FAILED", Status: "received_"}}},
			{Status: "received"},
			{MessageState: new(256), NetworkErrorType: new(-1), NetworkErrorCode: new(65536), Status: "received"},
			{TLV: &mapping.TLVMatch{Tag: 1, Value: "0x0"}, Status: "received"},
			{Stat: strings.Repeat("x", 65), Err: strings.Repeat("1", 65), Status: "received"},
		},
	})
	if table != nil {
		t.Error("a table in spite of problems")
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Error())
	}
	want := []string{
		`profile: unknown profile "infobib", did you mean "infobip"?`,
		`receipts.network_error_table: unknown table "gsmmap", did you mean "gsm_map"?`,
		`receipts.stat_prefixes[1]: "E" begins no one family of words: use one of DELIV, UNDEL, FAIL, REJ, EXP, DELET, ACC, ACK, BUF, ENR, SUBM, SCHED, SKIP, UNKN`,
		`receipts.stat_prefixes[2]: "QUX" begins no one family of words: use one of DELIV, UNDEL, FAIL, REJ, EXP, DELET, ACC, ACK, BUF, ENR, SUBM, SCHED, SKIP, UNKN`,
		`rules[0].status: unknown status "reception_eror", did you mean "reception_error"?`,
		`rules[0].cases[0].status: unknown status "received_", did you mean "received"?`,
		`rules[1].status: the rule names nothing to match: give stat, err, message_state, network_error_code, tlv or extra`,
		`rules[2].message_state: 256 is not between 0 and 255`,
		`rules[2].network_error_type: -1 is not between 0 and 255`,
		`rules[2].network_error_code: 65536 is not between 0 and 65535`,
		`rules[3].tlv.value: "0x0" is not hex after 0x: write an even number of the digits 0-9 a-f`,
		`rules[4].stat: "` + strings.Repeat("X", 65) + `" is longer than 64 octets`,
		`rules[4].err: "` + strings.Repeat("1", 65) + `" is longer than 64 octets`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConfigHash(t *testing.T) {
	t.Parallel()
	hash := func(o mapping.Options) string {
		d := compile(t, o).Decide(text("DELIVRD", ""))
		return d.Config
	}
	rules := []mapping.Rule{{Stat: "FAILED", Status: "error_other"}, {Err: "5", Status: "error_other"}}
	base := hash(mapping.Options{Rules: rules})
	if len(base) != 8 {
		t.Errorf("hash %q, want 8 hex digits", base)
	}
	same := []mapping.Options{
		{Profile: "smpp", NetworkErrorTable: "none", Rules: rules},
		{Rules: []mapping.Rule{rules[1], rules[0]}}, // asked in the same order
		{Rules: []mapping.Rule{{Stat: "FAILED", Status: "error_other", Note: "n", Cases: []mapping.Case{{Status: "received"}}}, rules[1]}},
	}
	for i, o := range same {
		if hash(o) != base {
			t.Errorf("same %d: another hash", i)
		}
	}
	other := []mapping.Options{
		{},
		{Rules: rules[:1]},
		{Profile: "vonage", Rules: rules},
		{AcceptedFinal: true, Rules: rules},
		{ErrBase: mapping.ErrHex, Rules: rules},
		{StatPrefixes: []string{"DELIV"}, Rules: rules},
		{NetworkErrorTable: "gsm_map", Rules: rules},
		{StateSource: mapping.StateFromText, Rules: rules},
		{IgnoreIntermediate: true, Rules: rules},
		{Rules: []mapping.Rule{{Stat: "FAILED", Status: "error_other", Final: new(false)}, rules[1]}},
	}
	for i, o := range other {
		if hash(o) == base {
			t.Errorf("other %d: the same hash", i)
		}
	}
}
