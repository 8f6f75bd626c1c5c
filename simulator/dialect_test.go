package simulator_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// wire is a receipt as a reader of octets sees it, decoded by the tests' own code.
type wire struct {
	command          uint32
	source, dest     string
	esmClass, coding byte
	body             []byte
	tlvs             map[uint16][]byte
}

func decode(t *testing.T, p pdu) wire {
	t.Helper()
	w := wire{command: p.command, tlvs: map[uint16][]byte{}}
	rest := p.body
	cstring := func() string {
		text, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			t.Fatalf("no NUL in % x", rest)
		}
		rest = after
		return string(text)
	}
	octet := func() byte {
		b := rest[0]
		rest = rest[1:]
		return b
	}
	cstring() // service_type
	octet()
	octet()
	w.source = cstring()
	octet()
	octet()
	w.dest = cstring()
	w.esmClass = octet()
	if p.command == dataSM {
		octet() // registered_delivery
		w.coding = octet()
	} else {
		octet()
		octet()
		cstring()
		cstring()
		octet()
		octet()
		w.coding = octet()
		octet()
		n := int(octet())
		w.body, rest = rest[:n], rest[n:]
	}
	for len(rest) > 0 {
		tag, n := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		w.tlvs[tag], rest = rest[4:4+n], rest[4+n:]
	}
	return w
}

// received plays n messages of a dialect and returns what an ESME decodes, with
// the ledger's entries in the same order.
func received(t *testing.T, spec string, n uint64) ([]wire, []simulator.Entry) {
	t.Helper()
	ctx := patient(t)
	c := start(t, simulator.Options{})
	e := bound(t, c.Addr(), nil)
	if err := c.Play(ctx, messages(n, spec), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitSettled(ctx); err != nil {
		t.Fatal(err)
	}
	var out []wire
	for _, p := range e.receipts() {
		out = append(out, decode(t, p))
	}
	return out, c.Ledger().Entries()
}

func TestQuirksOnTheWire(t *testing.T) {
	has := func(parts ...string) func(wire, simulator.Entry) bool {
		return func(w wire, _ simulator.Entry) bool {
			for _, p := range parts {
				if !strings.Contains(string(w.body), p) {
					return false
				}
			}
			return true
		}
	}
	lacks := func(parts ...string) func(wire, simulator.Entry) bool {
		return func(w wire, _ simulator.Entry) bool {
			for _, p := range parts {
				if strings.Contains(string(w.body), p) {
					return false
				}
			}
			return true
		}
	}
	sameNumber := func(hex, decimal string) bool {
		var a, b uint64
		_, _ = fmt.Sscanf(hex, "%x", &a)
		_, _ = fmt.Sscanf(decimal, "%d", &b)
		return a == b && a != 0
	}
	tests := map[string]func(w wire, e simulator.Entry) bool{
		"decimal_ids": func(_ wire, e simulator.Entry) bool { return e.TextID == e.MessageID && e.TextID[0] != '0' },
		"hex_ids":     func(_ wire, e simulator.Entry) bool { return e.TextID == strings.ToLower(e.MessageID) },
		"upper_ids":   func(_ wire, e simulator.Entry) bool { return e.TextID == strings.ToUpper(e.MessageID) },
		"hex_resp":    func(_ wire, e simulator.Entry) bool { return sameNumber(e.MessageID, e.TextID) && len(e.TextID) == 10 },
		"hex_text":    func(_ wire, e simulator.Entry) bool { return sameNumber(e.TextID, e.MessageID) },
		"both_bases": func(w wire, e simulator.Entry) bool {
			return sameNumber(e.TLVID, e.TextID) && string(w.tlvs[0x1E]) == e.TLVID+"\x00" && len(w.tlvs[0x427]) == 1
		},
		"uuid_ids": func(_ wire, e simulator.Entry) bool { return len(e.TextID) == 36 && strings.Count(e.TextID, "-") == 4 },
		"long_ids": func(_ wire, e simulator.Entry) bool { return len(e.TextID) == 20 && e.TextID == e.MessageID },
		"case_ids": func(_ wire, e simulator.Entry) bool {
			return e.MessageID == strings.ToLower(e.TextID) && e.TextID == strings.ToUpper(e.MessageID)
		},
		"zero_ids": func(_ wire, e simulator.Entry) bool {
			return e.MessageID == strings.TrimLeft(e.TextID, "0") && len(e.TextID) == 10
		},
		"tlv_suffix": func(w wire, e simulator.Entry) bool {
			return strings.HasPrefix(e.TLVID, e.TextID+"@") && string(w.tlvs[0x1E]) == e.TLVID+"\x00"
		},
		"tlv_id": func(w wire, e simulator.Entry) bool {
			return string(w.tlvs[0x1E]) == e.MessageID+"\x00" && w.tlvs[0x427] == nil
		},
		"tlvs": func(w wire, e simulator.Entry) bool {
			return w.tlvs[0x427][0] == e.State && string(w.tlvs[0x1E]) == e.MessageID+"\x00"
		},
		"tlv_only": func(w wire, e simulator.Entry) bool {
			return len(w.body) == 0 && e.Stat == "" && w.tlvs[0x427][0] == e.State
		},
		"dates12":     has("submit date:260105080"),
		"dates12y":    has("submit date:202601050"),
		"dates14":     has("submit date:20260105080"),
		"iso_dates":   has("submit date:2026-01-05 08:0"),
		"epoch_dates": has("submit date:17676"),
		"no_dates":    lacks("date"),
		"upper_keys":  has("ID:", "SUBMIT DATE:", "STAT:"),
		"joined_keys": has("submitdate:", "donedate:"),
		"title_keys":  has("Id:", "Submit_Date:"),
		"title_text":  has(" Text:"),
		"no_sub":      lacks("sub:", "dlvrd:"),
		"no_dlvrd":    lacks("dlvrd:"),
		"no_err":      lacks("err:"),
		"no_text":     lacks("text:"),
		"newlines":    has("\nsubmit date:", "\nstat:"),
		"extras":      has("mccmnc:20801", "price:0.02"),
		"long_err":    has("err:0000 "),
		"odd_err":     func(_ wire, e simulator.Entry) bool { return (e.Err == "002") == (e.Kind == simulator.Delivered) },
		"zero_counts": has("sub:000 dlvrd:000 "),
		"reason_text": has(" text:-PROFILE stat:none"),
		"zones":       has("submit date:260105080", "done date:260105160"),
		"leading_nul": func(w wire, _ simulator.Entry) bool { return string(w.body[:4]) == "\x00id:" },
		"trailing_nul": func(w wire, _ simulator.Entry) bool {
			return w.body[len(w.body)-1] == 0
		},
		"csv":        func(w wire, e simulator.Entry) bool { return bytes.Count(w.body, []byte(",")) == 6 && e.Stat == "" },
		"id_state":   func(w wire, _ simulator.Entry) bool { return len(bytes.Fields(w.body)) == 2 },
		"unreadable": func(w wire, e simulator.Entry) bool { return w.body[0] == '~' && e.Kind == simulator.Unclear },
		"utf16be": func(w wire, _ simulator.Entry) bool {
			return bytes.HasPrefix(w.payloadOrBody(), []byte("\x00i\x00d\x00:"))
		},
		"utf16le": func(w wire, _ simulator.Entry) bool {
			return bytes.HasPrefix(w.payloadOrBody(), []byte("i\x00d\x00:\x00"))
		},
		"data_sm": func(w wire, _ simulator.Entry) bool {
			return w.command == dataSM && bytes.HasPrefix(w.tlvs[0x424], []byte("id:"))
		},
		"payload": func(w wire, _ simulator.Entry) bool {
			return len(w.body) == 0 && bytes.HasPrefix(w.tlvs[0x424], []byte("id:"))
		},
		"network_error": func(w wire, e simulator.Entry) bool {
			return (e.Kind == simulator.Failed) == bytes.Equal(w.tlvs[0x423], []byte{3, 0, 0})
		},
		"only_network_error": func(w wire, e simulator.Entry) bool {
			return (e.Kind == simulator.Failed) == bytes.Equal(w.tlvs[0x423], []byte{3, 0, 0}) && bytes.Contains(w.body, []byte("err:000"))
		},
		"ascii_network_error": func(w wire, e simulator.Entry) bool {
			return (e.Kind == simulator.Failed) == (string(w.tlvs[0x423]) == "000")
		},
		"short_network_error": func(w wire, e simulator.Entry) bool {
			return (e.Kind == simulator.Failed) == (len(w.tlvs[0x423]) == 1)
		},
		"zero_network_error": func(w wire, _ simulator.Entry) bool { return string(w.tlvs[0x423]) == "\x03\x00\x00" },
		"state_conflict": func(w wire, e simulator.Entry) bool {
			want := map[bool]string{true: "received", false: "undefined"}[e.Stat == "UNKNOWN"]
			return (w.tlvs[0x427][0] == 2) != (e.Stat == "DELIVRD") && e.Status == want
		},
		"vendor_tlvs": func(w wire, _ simulator.Entry) bool { return string(w.tlvs[0x1403]) == "20801\x00" },
		"unmarked":    func(w wire, _ simulator.Entry) bool { return w.esmClass == 0 },
		"udh": func(w wire, _ simulator.Entry) bool {
			return w.esmClass == 0x44 && w.body[0] == 5 && string(w.body[6:9]) == "id:"
		},
		"esm44":              func(w wire, _ simulator.Entry) bool { return w.esmClass == 0x44 && string(w.body[:3]) == "id:" },
		"esm0c":              func(w wire, _ simulator.Entry) bool { return w.esmClass == 0x0C },
		"esm24":              func(w wire, e simulator.Entry) bool { return (w.esmClass == 0x24) == (e.Kind == simulator.Pending) },
		"esm20":              func(w wire, e simulator.Entry) bool { return (w.esmClass == 0x20) == (e.Kind == simulator.Pending) },
		"wrong_coding":       func(w wire, _ simulator.Entry) bool { return w.coding == 8 && string(w.body[:3]) == "id:" },
		"swapped":            func(w wire, e simulator.Entry) bool { return w.dest == e.Recipient && w.source == "ACME" },
		"intermediates":      func(_ wire, e simulator.Entry) bool { return (e.Number%2 == 1) == (e.Stat == "ENROUTE") },
		"late_intermediates": nil,
		"duplicates":         nil,
		"reorder":            nil,
	}
	for _, q := range simulator.Quirks() {
		t.Run(q.Name, func(t *testing.T) {
			holds, known := tests[q.Name]
			if !known {
				t.Fatal("no test for this quirk")
			}
			if holds == nil {
				t.Skip("a quirk of many messages: TestFlowQuirks")
			}
			wires, entries := received(t, "smpp+"+q.Name, 40)
			for i := range entries {
				if !holds(wires[i], entries[i]) {
					t.Fatalf("receipt %d: %+v %q, truth %+v", i+1, wires[i], wires[i].body, entries[i].Truth)
				}
			}
		})
	}
}

func (w wire) payloadOrBody() []byte {
	if len(w.body) > 0 {
		return w.body
	}
	return w.tlvs[0x424]
}

func TestFlowQuirks(t *testing.T) {
	_, entries := received(t, "smpp+late_intermediates", 100)
	late := 0
	for i, e := range entries {
		if e.Kind == simulator.Pending {
			late++
			if before := entries[i-1]; before.Message != e.Message || before.Kind == simulator.Pending {
				t.Fatalf("an intermediate that is not late: %+v after %+v", e, before)
			}
		}
	}
	if late < 10 || late > 50 {
		t.Errorf("%d of 100 messages have a late intermediate", late)
	}

	wires, entries := received(t, "smpp+duplicates", 100)
	twice := 0
	for i, e := range entries {
		if e.Duplicate {
			twice++
			if !bytes.Equal(wires[i].body, wires[i-1].body) {
				t.Fatal("a duplicate with other octets")
			}
		}
	}
	if twice < 3 || twice > 25 {
		t.Errorf("%d of 100 receipts came twice", twice)
	}

	_, entries = received(t, "smpp+reorder", 64)
	seen, swapped := map[uint64]bool{}, false
	for i, e := range entries {
		seen[e.Message] = true
		swapped = swapped || e.Message != uint64(i+1)
	}
	if len(seen) != 64 || !swapped {
		t.Errorf("%d messages, swapped %v", len(seen), swapped)
	}

	d, _ := simulator.DialectNamed("smpp+reorder+intermediates")
	src := simulator.NewSource(simulator.SourceOptions{Dialect: d, Receipts: 50})
	seen = map[uint64]bool{}
	for r := src.Next(); r != nil; r = src.Next() {
		seen[r.Message] = true
	}
	for n := uint64(1); n <= 25; n++ {
		if !seen[n] {
			t.Errorf("50 receipts cut message %d out of the middle", n)
		}
	}
}

func TestEveryDialectKnowsItsTruth(t *testing.T) {
	names := map[string]bool{}
	for _, d := range simulator.Dialects() {
		names[d.Name] = true
		t.Run(d.Name, func(t *testing.T) {
			if d.Profile == "" || d.Summary == "" || len(d.Outcomes) < 4 {
				t.Errorf("dialect %+v", d)
			}
			_, entries := received(t, d.Name, 60)
			for _, e := range entries {
				if e.MessageID == "" || e.Recipient == "" || e.Status == "" || e.Kind == "" || e.Stat == "" {
					t.Fatalf("truth %+v", e.Truth)
				}
				if !strings.Contains(strings.ToUpper(e.Text), "STAT:"+e.Stat) {
					t.Fatalf("text %q says something else than %q", e.Text, e.Stat)
				}
			}
		})
	}
	if len(names) < 20 {
		t.Errorf("%d dialects", len(names))
	}
}

func TestDialectNamedTellsTheNearest(t *testing.T) {
	for spec, want := range map[string]string{
		"vonag": `nearest is "vonage"`, "smpp+utf16": `nearest is "utf16be"`, "": `no dialect ""`,
	} {
		if _, err := simulator.DialectNamed(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", spec, err)
		}
	}
	if d, err := simulator.DialectNamed("vonage+utf16le+data_sm"); err != nil || !d.DataSM || d.Charset != simulator.UTF16LE || d.Profile != "vonage" {
		t.Errorf("dialect %+v, %v", d, err)
	}
}

func TestMakeGivesOneReceipt(t *testing.T) {
	src := messages(0, "infobip+tlvs+duplicates")
	r := src.Make(77, simulator.Outcome{Stat: "UNDELIV", Err: "001", Status: "permanent_error_absence"})
	if r.Stat != "UNDELIV" || r.Err != "001" || r.State != 5 || r.Recipient != "336000000077" || r.Status != "permanent_error_absence" {
		t.Errorf("receipt %+v", r)
	}
	if again := src.Make(77, simulator.Outcome{Stat: "DELIVRD"}); again.MessageID != r.MessageID || again.Stat != "DELIVRD" {
		t.Errorf("the same message: %+v", again.Truth)
	}
}
