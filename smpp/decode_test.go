package smpp

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"
	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	payload := bytes.Repeat([]byte("0123456789abcdef"), 4096)[:65535]
	tlvs := []TLV{
		{0x1454, []byte("b")}, {0x0427, []byte{2}}, {0x1454, []byte("a")}, {0x0424, payload}, {0x001E, []byte{}},
	}
	deliverSM := append([]byte("CMT\x00\x02\x0933612345678\x00\x05\x08ACME\x00\x44\x7f\x03now\x00later\x00\x11\x01\x08\x02\x03abc"), appendTLVs(nil, tlvs...)...)
	dataSM := append([]byte("CMT\x00\x02\x0933612345678\x00\x05\x08ACME\x00\x04\x11\x08"), appendTLVs(nil, tlvs...)...)
	common := DeliverSM{
		ServiceType: "CMT", Source: Address{2, 9, "33612345678"}, Dest: Address{5, 8, "ACME"},
		RegisteredDelivery: 0x11, DataCoding: 8, TLVs: tlvs,
	}
	wantDeliver, wantData := common, common
	wantDeliver.Command, wantDeliver.Raw, wantDeliver.ShortMessage = CommandDeliverSM, deliverSM, []byte("abc")
	wantDeliver.ESMClass, wantDeliver.ProtocolID, wantDeliver.PriorityFlag = 0x44, 0x7f, 3
	wantData.Command, wantData.Raw, wantData.ESMClass = CommandDataSM, dataSM, 4

	var d DeliverSM // one for all: nothing of the PDU before may be left
	for _, c := range []struct {
		name    string
		command pdu.ID
		body    []byte
		want    DeliverSM
		text    string
	}{
		{"deliver_sm", pdu.DeliverSMID, deliverSM, wantDeliver, "abc"},
		{"malformed between", pdu.DeliverSMID, []byte("\x00"), DeliverSM{
			Command: CommandDeliverSM, Raw: []byte("\x00"), Malformed: "the PDU ends before source_addr",
		}, ""},
		{"data_sm", pdu.DataSMID, dataSM, wantData, string(payload)},
		{"plain after rich", pdu.DeliverSMID, deliverBody(""), DeliverSM{
			Command: CommandDeliverSM, Raw: deliverBody(""), Source: Address{1, 1, "33612345678"},
			Dest: Address{5, 0, "ACME"}, ESMClass: 4,
		}, ""},
	} {
		d.decode(c.command, c.body)
		if diff := cmp.Diff(c.want, d, emptyIsNil); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if got := string(d.Body()); got != c.text {
			t.Errorf("%s: body of %d octets, want %d", c.name, len(got), len(c.text))
		}
	}
}

func TestParseDeliverSM(t *testing.T) {
	t.Parallel()
	whole := func(id pdu.ID, body []byte) []byte {
		head := binary.BigEndian.AppendUint32(nil, uint32(pdu.HeaderLen+len(body)))
		head = binary.BigEndian.AppendUint32(head, uint32(id))
		return append(append(head, 0, 0, 0, 0, 0, 0, 0, 7), body...)
	}
	receipt := whole(pdu.DeliverSMID, deliverBody("abc"))
	d, ok := ParseDeliverSM(receipt)
	if !ok || d.Command != CommandDeliverSM || d.Sequence != 7 || string(d.Body()) != "abc" || d.Dest.Addr != "ACME" {
		t.Errorf("read %+v, %v", d, ok)
	}
	if d, ok := ParseDeliverSM(whole(pdu.DeliverSMID, []byte{0})); !ok || d.Malformed == "" {
		t.Errorf("malformed: %+v, %v", d, ok)
	}
	for name, octets := range map[string][]byte{
		"nothing": nil, "half a header": receipt[:8], "cut": receipt[:len(receipt)-1], "two": append(receipt, receipt...),
		"another command": whole(pdu.SubmitSMID, deliverBody("abc")), "text": []byte("id:1 stat:DELIVRD"),
		"too long": whole(pdu.DeliverSMID, make([]byte, maxFrame)),
	} {
		if d, ok := ParseDeliverSM(octets); ok {
			t.Errorf("%s: read %+v", name, d)
		}
	}
}

// emptyIsNil treats reused slices of length 0 as absent.
var emptyIsNil = cmp.FilterPath(func(p cmp.Path) bool {
	switch p.Last().String() {
	case ".TLVs", ".Problems", ".ShortMessage", ".Value":
		return true
	default:
		return false
	}
}, cmp.FilterValues(func(x, y any) bool { return empty(x) && empty(y) }, cmp.Comparer(func(any, any) bool { return true })))

func empty(v any) bool {
	switch v := v.(type) {
	case []TLV:
		return len(v) == 0
	case []string:
		return len(v) == 0
	case []byte:
		return len(v) == 0
	default:
		return false
	}
}

// The mandatory fields for go-smpp's decoder, without the user data header's,
// which it reads wrongly.
var (
	deliverList = pdufield.List{
		pdufield.ServiceType, pdufield.SourceAddrTON, pdufield.SourceAddrNPI, pdufield.SourceAddr,
		pdufield.DestAddrTON, pdufield.DestAddrNPI, pdufield.DestinationAddr,
		pdufield.ESMClass, pdufield.ProtocolID, pdufield.PriorityFlag, pdufield.ScheduleDeliveryTime,
		pdufield.ValidityPeriod, pdufield.RegisteredDelivery, pdufield.ReplaceIfPresentFlag,
		pdufield.DataCoding, pdufield.SMDefaultMsgID, pdufield.SMLength, pdufield.ShortMessage,
	}
	dataList = pdufield.List{
		pdufield.ServiceType, pdufield.SourceAddrTON, pdufield.SourceAddrNPI, pdufield.SourceAddr,
		pdufield.DestAddrTON, pdufield.DestAddrNPI, pdufield.DestinationAddr,
		pdufield.ESMClass, pdufield.RegisteredDelivery, pdufield.DataCoding,
	}
)

// FuzzDecode holds our decoder against go-smpp's: both read the same bodies, and
// read the same in them.
func FuzzDecode(f *testing.F) {
	for _, octets := range readPDUs(f) {
		f.Add(octets[min(16, len(octets)):], false)
		f.Add(octets[min(16, len(octets)):], true)
	}
	f.Add(deliverBody("id:1", TLV{0x0427, []byte{2}}), false)
	f.Fuzz(func(t *testing.T, body []byte, dataSM bool) {
		command, list := pdu.DeliverSMID, deliverList
		if dataSM {
			command, list = pdu.DataSMID, dataList
		}
		original := bytes.Clone(body)
		var d DeliverSM
		d.decode(command, body)
		if !bytes.Equal(original, body) {
			t.Fatal("the decoder wrote to its input")
		}
		rest := bytes.NewBuffer(body)
		fields, err := list.Decode(rest)
		reread := slices.ContainsFunc(d.Problems, func(p string) bool { return strings.HasPrefix(p, "sm_length is ") })
		if theirs := err == nil && len(fields) == len(list); theirs != (d.Malformed == "") && !reread {
			t.Fatalf("go-smpp reads it: %v (%v); ours says %q", theirs, err, d.Malformed)
		}
		if d.Malformed != "" || reread {
			return
		}
		compareFields(t, &d, fields)
		if len(d.Problems) > 0 {
			return // ours reads past what is wrong, and says so; go-smpp takes NULs for tags
		}
		tlvs, err := pdutlv.DecodeTLV(rest)
		if err != nil {
			t.Fatalf("go-smpp finds fault with the TLVs, ours does not: %v", err)
		}
		compareTLVs(t, &d, tlvs)
	})
}

func compareFields(t *testing.T, d *DeliverSM, fields pdufield.Map) {
	for name, got := range map[pdufield.Name]string{
		pdufield.ServiceType:        d.ServiceType + "\x00",
		pdufield.SourceAddrTON:      string([]byte{d.Source.TON}),
		pdufield.SourceAddrNPI:      string([]byte{d.Source.NPI}),
		pdufield.SourceAddr:         d.Source.Addr + "\x00",
		pdufield.DestAddrTON:        string([]byte{d.Dest.TON}),
		pdufield.DestAddrNPI:        string([]byte{d.Dest.NPI}),
		pdufield.DestinationAddr:    d.Dest.Addr + "\x00",
		pdufield.ESMClass:           string([]byte{d.ESMClass}),
		pdufield.ProtocolID:         string([]byte{d.ProtocolID}),
		pdufield.PriorityFlag:       string([]byte{d.PriorityFlag}),
		pdufield.RegisteredDelivery: string([]byte{d.RegisteredDelivery}),
		pdufield.DataCoding:         string([]byte{d.DataCoding}),
		pdufield.ShortMessage:       string(d.ShortMessage),
	} {
		if theirs, ok := fields[name]; ok && string(theirs.Bytes()) != got {
			t.Errorf("%s: go-smpp reads %q, ours %q", name, theirs.Bytes(), got)
		}
	}
}

// compareTLVs knows that go-smpp keeps the last of several.
func compareTLVs(t *testing.T, d *DeliverSM, tlvs pdutlv.Map) {
	last := map[pdutlv.Tag][]byte{}
	for _, tlv := range d.TLVs {
		last[pdutlv.Tag(tlv.Tag)] = tlv.Value
	}
	if len(last) != len(tlvs) {
		t.Errorf("go-smpp reads %d tags, ours %d", len(tlvs), len(last))
	}
	for tag, theirs := range tlvs {
		if !bytes.Equal(theirs.Bytes(), last[tag]) {
			t.Errorf("TLV %s: go-smpp reads % x, ours % x", tag.Hex(), theirs.Bytes(), last[tag])
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	body := deliverBody(
		"id:0059113978 sub:001 dlvrd:001 submit date:1002101730 done date:1002101731 stat:DELIVRD err:000 text:one time password 123456, do not share it with anybody",
		TLV{0x001E, []byte("38601fa\x00")}, TLV{0x0427, []byte{2}}, TLV{0x0423, []byte{3, 0, 0}})
	var d DeliverSM
	b.ReportAllocs()
	for b.Loop() {
		d.decode(pdu.DeliverSMID, body)
	}
	if len(d.TLVs) != 3 {
		b.Fatalf("%d TLVs were read, want 3", len(d.TLVs))
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	body := deliverBody("id:1 stat:DELIVRD", TLV{0x001E, []byte("38601fa\x00")}, TLV{0x0427, []byte{2}})
	var d DeliverSM
	if n := testing.AllocsPerRun(100, func() { d.decode(pdu.DeliverSMID, body) }); n != 0 {
		t.Errorf("%g allocations, want none", n)
	}
}
