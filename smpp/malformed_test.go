package smpp

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pduDir holds one PDU a file, see its README.
const pduDir = "../testdata/pdu"

// readPDUs returns every PDU of testdata by its file's name without the ending.
func readPDUs(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pduDir, "*.hex"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no PDUs in %s: %v", pduDir, err)
	}
	pdus := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, digits, _ := strings.Cut(string(text), "\n") // after the comment
		octets, err := hex.DecodeString(strings.ReplaceAll(digits, "\n", ""))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		pdus[strings.TrimSuffix(filepath.Base(file), ".hex")] = octets
	}
	return pdus
}

// fate is what becomes of a PDU.
type fate struct {
	// answer is the command that answers it, 0: none comes.
	answer uint32
	status uint32
	// body is what the handler gets; only when answer is a deliver_sm_resp or
	// data_sm_resp.
	body string
	// problem and malformed are parts of the words that go with it.
	problem, malformed string
	// closed: the session ends.
	closed bool
}

const receiptText = "id:1 stat:DELIVRD err:000"

// fates is the promise "no input breaks a bind", case by case. A receipt that
// cannot be read is answered by the handler's verdict like any other; the
// handler, which stores it, says 0x00.
var fates = map[string]fate{
	"deliver_sm_empty_body":             {answer: idDeliverSM | idResp, malformed: "ends inside service_type"},
	"deliver_sm_ends_after_source_addr": {answer: idDeliverSM | idResp, malformed: "ends before destination_addr"},
	"deliver_sm_string_without_nul":     {answer: idDeliverSM | idResp, malformed: "ends inside source_addr"},
	"deliver_sm_nul_missing":            {answer: idDeliverSM | idResp, malformed: "ends inside short_message"},
	"deliver_sm_source_addr_300":        {answer: idDeliverSM | idResp, body: receiptText, problem: "source_addr of 300 octets"},
	"deliver_sm_sm_length_too_large":    {answer: idDeliverSM | idResp, body: receiptText, problem: "sm_length is 26, but 25 octets are left"},
	"deliver_sm_sm_length_too_small":    {answer: idDeliverSM | idResp, body: "id:1 stat:DELIVRD", problem: "runs past the end"},
	"deliver_sm_tlv_past_end":           {answer: idDeliverSM | idResp, body: receiptText, problem: "TLV 0x001e of 64 octets runs past the end, 3 are left"},
	"deliver_sm_tlv_header_cut":         {answer: idDeliverSM | idResp, body: receiptText, problem: "octets left over at the end: 3"},
	"deliver_sm_tlv_unknown":            {answer: idDeliverSM | idResp, body: receiptText},
	"deliver_sm_tlv_twice":              {answer: idDeliverSM | idResp, body: receiptText},
	"deliver_sm_tlv_out_of_order":       {answer: idDeliverSM | idResp, body: receiptText},
	"deliver_sm_tlv_empty":              {answer: idDeliverSM | idResp, body: receiptText},
	"deliver_sm_udhi_without_udh":       {answer: idDeliverSM | idResp, body: receiptText},
	"deliver_sm_udhi_with_payload":      {answer: idDeliverSM | idResp, body: receiptText},
	"deliver_sm_udhi_length_zero":       {answer: idDeliverSM | idResp, body: "\x00" + receiptText},
	"deliver_sm_udhi_ie_past_udh":       {answer: idDeliverSM | idResp, body: "\x05\x00\x40\x01\x02\x01" + receiptText},
	"deliver_sm_udhi_good":              {answer: idDeliverSM | idResp, body: "\x05\x00\x03\x2a\x02\x01" + receiptText},
	"deliver_sm_message_payload_6000":   {answer: idDeliverSM | idResp, body: receiptText + " text:" + strings.Repeat("x", 5969)},
	"data_sm_empty_body":                {answer: idDataSM | idResp, malformed: "ends inside service_type"},
	"data_sm_good":                      {answer: idDataSM | idResp, body: receiptText},
	"alert_notification":                {},
	"outbind":                           {answer: idGenericNack, status: 3},
	"submit_sm":                         {answer: idGenericNack, status: 3},
	"command_unknown":                   {answer: idGenericNack, status: 3},
	"enquire_link_stray_octets":         {answer: idEnquireLink | idResp},
	"unbind_stray_octets":               {answer: idUnbind | idResp, closed: true},
	"deliver_sm_resp_empty":             {},
	"deliver_sm_resp_with_id":           {},
	"submit_multi_resp":                 {},
	"response_unknown":                  {},
	"cancel_sm_resp":                    {},
	"query_sm_resp":                     {},
	"generic_nack":                      {},
	"command_length_0":                  {closed: true},
	"command_length_15":                 {closed: true},
	"command_length_4g":                 {closed: true},
	"not_smpp":                          {closed: true},
}

// TestEveryBadPDU sends each PDU of testdata over a session of its own.
func TestEveryBadPDU(t *testing.T) {
	t.Parallel()
	for name, octets := range readPDUs(t) {
		want, known := fates[name]
		if !known {
			t.Errorf("%s.hex has no line in fates", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			meets(t, octets, want)
		})
	}
}

func meets(t *testing.T, octets []byte, want fate) {
	s, in := newSMSC(t), make(inbox, 1)
	start(t, testOptions(s.addr), in)
	p := s.acceptBound()
	p.write(octets)
	if want.answer == idDeliverSM|idResp || want.answer == idDataSM|idResp {
		d := in.next(t)
		checkReceipt(t, d.DeliverSM, octets[16:], want)
		d.answer(StatusOK)
	}
	if want.answer != 0 {
		got := p.expect(want.answer)
		if sequence := rawSequence(octets); got.status != want.status || got.seq != sequence {
			t.Errorf("answered status 0x%x sequence %d, want 0x%x and %d", got.status, got.seq, want.status, sequence)
		}
	}
	if want.closed {
		p.expectClosed()
		return
	}
	p.send(rawPDU{id: idEnquireLink, seq: 99}) // the session lives, and in step
	p.expectAnswer(idEnquireLink|idResp, 0, 99)
}

func checkReceipt(t *testing.T, d *DeliverSM, raw []byte, want fate) {
	t.Helper()
	if string(d.Raw) != string(raw) {
		t.Errorf("raw % x, want % x", d.Raw, raw)
	}
	if want.malformed != "" || d.Malformed != "" {
		if want.malformed == "" || !strings.Contains(d.Malformed, want.malformed) {
			t.Errorf("malformed %q, want %q", d.Malformed, want.malformed)
		}
		return
	}
	if got := string(d.Body()); got != want.body {
		t.Errorf("body %q, want %q", got, want.body)
	}
	if problems := strings.Join(d.Problems, "; "); (want.problem == "") != (problems == "") || !strings.Contains(problems, want.problem) {
		t.Errorf("problems %q, want %q", problems, want.problem)
	}
}

func rawSequence(octets []byte) uint32 {
	return uint32(octets[12])<<24 | uint32(octets[13])<<16 | uint32(octets[14])<<8 | uint32(octets[15])
}
