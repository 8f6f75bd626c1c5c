package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	type options = mapping.Options
	tests := []struct {
		name    string
		options options
		in      *receipt.Receipt
		want    outcome
		by      mapping.By
	}{
		{"TLV before text", options{}, state(text("ACCEPTD", ""), 5), outcome{"reception_error", true, false, true}, mapping.ByDefault},
		{"text by state_source", options{StateSource: mapping.StateFromText}, state(text("ACCEPTD", ""), 5), outcome{"delivered_to_operator", false, false, true}, mapping.ByDefault},
		{"the TLV fills a gap of the text", options{StateSource: mapping.StateFromText}, state(text("", ""), 3), outcome{"temporary_error_absence", true, false, false}, mapping.ByDefault},
		{"delivered against failed", options{}, state(text("DELIVRD", ""), 5), outcome{"undefined", false, false, true}, mapping.ByDefault},
		{"delivered against failed, tlv", options{StateSource: mapping.StateFromTLV}, state(text("DELIVRD", ""), 5), outcome{"reception_error", true, false, true}, mapping.ByDefault},
		{"delivered against failed, text", options{StateSource: mapping.StateFromText}, state(text("DELIVRD", ""), 5), outcome{"received", true, false, true}, mapping.ByDefault},
		{"delivered against failed, intermediate", options{}, intermediate(state(text("DELIVRD", ""), 5)), outcome{"in_progress", false, false, true}, mapping.ByDefault},
		{"delivered against open is no contradiction", options{}, state(text("ENROUTE", ""), 2), outcome{"received", true, false, true}, mapping.ByDefault},
		{"one class is no conflict", options{}, state(text("REJECTD", ""), 5), outcome{"reception_error", true, false, false}, mapping.ByDefault},
		{"an unlisted stat is no conflict", options{}, state(text("DELIVERD", ""), 2), outcome{"received", true, false, false}, mapping.ByDefault},
		{"an unlisted stat beside a failure", options{}, state(text("BLOCKED", ""), 5), outcome{"reception_error", true, true, false}, mapping.ByDefault},
		{"impossible message_state", options{}, state(text("", ""), 10), outcome{"undefined", false, true, false}, mapping.ByDefault},

		{"full words are not listed", options{}, text("DELIVERED", ""), outcome{"undefined", false, true, false}, mapping.ByDefault},
		{"full words by prefix", options{StatPrefixes: []string{"deliv"}}, text("Delivered", ""), outcome{"received", true, false, false}, mapping.ByDefault},
		{"prefix longer than the stem", options{StatPrefixes: []string{"UNDELIVERAB"}}, text("UNDELIVERABLE", ""), outcome{"reception_error", true, false, false}, mapping.ByDefault},
		{"prefix SUBM is on the way", options{StatPrefixes: []string{"SUBM"}}, text("SUBMITD", ""), outcome{"in_progress", false, false, false}, mapping.ByDefault},
		{"a listed word is never a prefix's", options{StatPrefixes: []string{"ACC", "ACK"}}, text("ACKED", ""), outcome{"delivered_to_operator", false, false, false}, mapping.ByDefault},

		{"accepted_final", options{AcceptedFinal: true}, text("ACCEPTD", ""), outcome{"delivered_to_operator", true, false, false}, mapping.ByDefault},
		{"accepted_final by message_state", options{AcceptedFinal: true}, state(text("", ""), 6), outcome{"delivered_to_operator", true, false, false}, mapping.ByDefault},
		{"accepted_final is for no intermediate", options{AcceptedFinal: true}, intermediate(text("ACCEPTD", "")), outcome{"delivered_to_operator", false, false, false}, mapping.ByDefault},
		{"accepted_final is for ACCEPTD alone", options{AcceptedFinal: true}, text("BUFFRED", ""), outcome{"delivered_to_operator", false, false, false}, mapping.ByDefault},
		{"intermediate ignored", options{IgnoreIntermediate: true}, intermediate(text("DELIVRD", "")), outcome{"received", true, false, false}, mapping.ByDefault},
		{"intermediate UNKNOWN is not final", options{}, intermediate(text("UNKNOWN", "")), outcome{"in_progress", false, false, false}, mapping.ByDefault},
		{"a part says nothing", options{}, part(text("DELIVRD", "000")), outcome{"undefined", false, false, false}, mapping.ByDefault},
		{"a part with an id alone", options{}, part(identified(text("", "027"))), outcome{"undefined", false, false, false}, mapping.ByDefault},
		{"a part that tells everything", options{}, part(identified(text("UNDELIV", "000"))), outcome{"reception_error", true, false, false}, mapping.ByDefault},
		{"a part that tells everything, delivered", options{}, part(identified(text("DELIVRD", "000"))), outcome{"received", true, false, false}, mapping.ByDefault},
		{"a part that tells everything, by a table", options{Profile: "gsm_map"}, part(identified(text("UNDELIV", "027"))), outcome{"temporary_error_absence", true, false, false}, mapping.ByProfile},
		{"a part with message_state", options{}, part(state(text("", ""), 2)), outcome{"received", true, false, false}, mapping.ByDefault},

		{"gsm_map TLV", options{NetworkErrorTable: "gsm_map"}, network(text("UNDELIV", "999"), 3, 1), outcome{"permanent_error_absence", true, false, false}, mapping.ByProfile},
		{"gsm_map TLV of another type", options{NetworkErrorTable: "gsm_map"}, network(text("UNDELIV", ""), 8, 1), outcome{"reception_error", true, true, false}, mapping.ByDefault},
		{"gsm_map TLV in ASCII", options{NetworkErrorTable: "gsm_map"}, ascii(text("UNDELIV", ""), 27), outcome{"reception_error", true, true, false}, mapping.ByDefault},
		{"profile gsm_map with none", options{Profile: "gsm_map", NetworkErrorTable: "none"}, network(text("UNDELIV", ""), 3, 1), outcome{"reception_error", true, true, false}, mapping.ByDefault},
		{"profile gsm_map in hex", options{Profile: "gsm_map", ErrBase: mapping.ErrHex}, text("UNDELIV", "1B"), outcome{"temporary_error_absence", true, false, false}, mapping.ByProfile},
		{"clickatell's own TLV", options{Profile: "clickatell"}, network(text("UNDELIV", "000"), 3, 9), outcome{"temporary_error_operator", true, false, false}, mapping.ByProfile},
		{"clickatell's TLV 4 is no delivery", options{Profile: "clickatell"}, network(text("", "000"), 3, 4), outcome{"temporary_error_phone", true, true, false}, mapping.ByProfile},
		{"clickatell's err has its own list", options{Profile: "clickatell"}, text("UNDELIV", "012"), outcome{"not_sent_insufficient_credit", true, false, false}, mapping.ByProfile},
		{"gatewayapi's rest", options{Profile: "gatewayapi"}, text("UNDELIV", "016"), outcome{"permanent_error_absence", true, false, false}, mapping.ByProfile},
		{"gatewayapi's whole code", options{Profile: "gatewayapi"}, text("UNDELIV", "4112"), outcome{"permanent_error_absence", true, false, false}, mapping.ByProfile},
		{"gatewayapi has no other thousand", options{Profile: "gatewayapi"}, text("UNDELIV", "8208"), outcome{"reception_error", true, true, false}, mapping.ByDefault},
		{"w2wts hex", options{Profile: "w2wts"}, text("UNDELIV", "02A"), outcome{"temporary_error_portability", true, false, false}, mapping.ByProfile},
		{"link_mobility_dk 0 is an error", options{Profile: "link_mobility_dk"}, text("UNDELIV", "000"), outcome{"permanent_error_absence", true, false, false}, mapping.ByProfile},
		{"smscentral 0 is pending", options{Profile: "smscentral"}, text("ACCEPTD", "000"), outcome{"delivered_to_operator", false, false, false}, mapping.ByProfile},
		{"smscentral 1 without a state", options{Profile: "smscentral"}, text("", "001"), outcome{"received", true, true, false}, mapping.ByProfile},
		{"smscentral NOCRED", options{Profile: "smscentral"}, text("NOCRED", "000"), outcome{"not_sent_insufficient_credit", true, false, false}, mapping.ByProfile},
		{"openmarket 0 is no handset", options{Profile: "openmarket"}, text("DELIVRD", "0"), outcome{"delivered_to_operator", false, false, false}, mapping.ByProfile},
		{"openmarket 4 is", options{Profile: "openmarket"}, text("DELIVRD", "4"), outcome{"received", true, false, false}, mapping.ByProfile},
		{"the code in the stat", options{Profile: "china_mobile_tencent"}, text("MK:0001", ""), outcome{"permanent_error_absence", true, false, false}, mapping.ByProfile},
		{"the code in the stat, expired by TLV", options{Profile: "china_mobile_tencent"}, state(text("MK:0001", ""), 3), outcome{"reception_error", true, false, false}, mapping.ByProfile},
		{"one err, two stats", options{Profile: "messaging_platform_in"}, text("DUPLICATE", "450"), outcome{"reception_error", true, false, false}, mapping.ByProfile},
		{"one err, the other stat", options{Profile: "messaging_platform_in"}, text("BLACKLST", "450"), outcome{"blacklisted_number", true, false, false}, mapping.ByProfile},
		{"verimor: no report came", options{Profile: "verimor"}, text("UNDELIV", "502"), outcome{"undefined", false, false, false}, mapping.ByProfile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := compile(t, tt.options).Decide(tt.in)
			if diff := cmp.Diff(tt.want, outcomeOf(d)); diff != "" || d.By != tt.by || d.Rule == "" {
				t.Errorf("by %s (%s):\n%s", d.By, d.Rule, diff)
			}
		})
	}
}

// TestReasons: what explain shows beside the status.
func TestReasons(t *testing.T) {
	t.Parallel()
	tests := []struct {
		profile string
		in      *receipt.Receipt
		want    string
	}{
		{"smpp", text("DELIVRD", "000"), "DELIVRD without a known cause: received"},
		{"smpp", text("FAILED", "000"), "UNDELIV without a known cause: reception_error"},
		{"smpp", text("NACK", ""), "a stat that nothing lists without a known cause: undefined"},
		{"gsm_map", network(text("UNDELIV", ""), 3, 27), "gsm_map, code 27 (absentSubscriber: Subscriber absent): cause temporary_error_absence"},
		{"china_mobile_tencent", text("MK:0001", ""), "china_mobile_tencent, stat MK:0001 (not found in HLR): cause permanent_error_absence"},
		{"messaging_platform_in", text("BLACKLST", "450"), "messaging_platform_in, code 450 with stat BLACKLST (recipient blocklisted): cause blacklisted_number"},
	}
	for _, tt := range tests {
		if got := compile(t, mapping.Options{Profile: tt.profile}).Decide(tt.in).Rule; got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func identified(r *receipt.Receipt) *receipt.Receipt {
	return with(r, func(r *receipt.Receipt) { r.MessageID = "7" })
}

func part(r *receipt.Receipt) *receipt.Receipt {
	return with(r, func(r *receipt.Receipt) { r.Part = &receipt.Part{Ref: 1, Number: 1, Of: 2} })
}

// FuzzDecide: whatever stands in a receipt, it gets a status that a receipt can prove.
func FuzzDecide(f *testing.F) {
	f.Add("UNDELIV", "001", 5, byte(3), uint16(27), true)
	f.Add("MK:0001", "", -1, byte(0), uint16(0), false)
	f.Add("\x00\xff  ", "99999999999999999999999999", 255, byte(255), uint16(65535), true)
	var tables []*mapping.Table
	for _, p := range mapping.Profiles() {
		table, _ := mapping.Compile(mapping.Options{Profile: p.Name, NetworkErrorTable: "gsm_map"})
		tables = append(tables, table)
	}
	f.Fuzz(func(t *testing.T, stat, err string, messageState int, kind byte, code uint16, pending bool) {
		in := network(state(text(stat, err), messageState), kind, code)
		if pending {
			intermediate(in)
		}
		for _, table := range tables {
			d := table.Decide(in)
			name := d.Status.String()
			if name == "" || d != table.Decide(in) {
				t.Fatalf("status %q, or another one the second time", name)
			}
			if pending && (d.Final || name != "in_progress" && name != "delivered_to_operator") {
				t.Fatalf("an intermediate became %s, final %t", name, d.Final)
			}
			if name == "sent" || name == "partially_received" || name == "internal_error" {
				t.Fatalf("a receipt cannot prove %s", name)
			}
		}
	})
}
