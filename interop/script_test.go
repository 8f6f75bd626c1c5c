package interop_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// script is what a stranger plays: one session after the other.
type script struct {
	Sessions []scene `json:"sessions"`
}

// scene is one session: requests sent without waiting for each other's answer,
// then the unbind, by the stranger or, without Unbind, by the gateway.
type scene struct {
	Unbind   bool      `json:"unbind"`
	Requests []request `json:"requests"`
}

// request is one PDU for the stranger to encode. Fields have SMPP's own names.
type request struct {
	Sequence uint32         `json:"sequence"`
	Command  string         `json:"command"`
	Fields   map[string]any `json:"fields"`
	Carrier  string         `json:"carrier"` // short_message, message_payload, or none
	Text     string         `json:"text"`
	TLVs     tlvs           `json:"tlvs"`

	answer answer // what the gateway must answer
	event  *event // what must arrive, nil for nothing
}

// tlvs have their plain values; network_error_code is in hex.
type tlvs struct {
	ReceiptedMessageID string `json:"receipted_message_id,omitempty"`
	MessageState       int    `json:"message_state,omitempty"`
	NetworkErrorCode   string `json:"network_error_code,omitempty"`
}

// event is what a webhook's data says of one receipt.
type event struct {
	MessageID string `json:"message_id"`
	Recipient string `json:"recipient"`
	Sender    string `json:"sender"`
	Status    struct {
		Name string `json:"name"`
	} `json:"status"`
	Receipt facts   `json:"receipt"`
	PDU     carrier `json:"pdu"`
}

// facts are the operator's own words.
type facts struct {
	Stat             string        `json:"stat"`
	Err              string        `json:"err"`
	Text             string        `json:"text"`
	MessageState     int           `json:"message_state"`
	NetworkErrorCode *networkError `json:"network_error_code"`
}

type networkError struct {
	Type int `json:"type"`
	Code int `json:"code"`
}

type carrier struct {
	Command    string `json:"command"`
	ESMClass   int    `json:"esm_class"`
	DataCoding int    `json:"data_coding"`
	Sequence   uint32 `json:"sequence_number"`
}

func readEvent(data []byte) (event, error) {
	var e event
	err := json.Unmarshal(data, &e)
	return e, err
}

func byMessageID(a, b event) bool { return a.MessageID < b.MessageID }

const (
	deliverSM = "deliver_sm"
	dataSM    = "data_sm"
	short     = "short_message"
	payload   = "message_payload"
)

// kind is one way to say what became of a message. Its status is what
// docs/statuses.md says, not what our packages say.
type kind struct {
	command    string
	carrier    string
	esmClass   int
	dataCoding int
	stat, err  string // in the text
	text       string
	tlvs       tlvs
	networkErr *networkError
	status     string // "": no receipt, refused by non_receipt: reject
}

var kinds = []kind{
	{command: deliverSM, carrier: short, esmClass: 0x04, stat: "DELIVRD", err: "000", text: "hello", status: "received"},
	{command: deliverSM, carrier: short, esmClass: 0x04, stat: "UNDELIV", err: "001", text: "hello", status: "reception_error"},
	{command: deliverSM, carrier: short, esmClass: 0x04, stat: "EXPIRED", err: "000", text: "hello", status: "temporary_error_absence"},
	{command: deliverSM, carrier: short, esmClass: 0x04, stat: "REJECTD", err: "000", text: "hello", status: "error_other"},
	{command: deliverSM, carrier: short, esmClass: 0x04, stat: "DELETED", err: "000", text: "hello", status: "error_other"},
	{command: deliverSM, carrier: short, esmClass: 0x04, stat: "UNKNOWN", err: "000", text: "hello", status: "undefined"},
	{command: deliverSM, carrier: short, esmClass: 0x04, stat: "ACCEPTD", err: "000", text: "hello", status: "delivered_to_operator"},
	{command: deliverSM, carrier: short, esmClass: 0x20, stat: "ENROUTE", err: "000", text: "hello", status: "in_progress"},
	{command: deliverSM, esmClass: 0x04, tlvs: tlvs{MessageState: 2}, status: "received"},
	{
		command: deliverSM, carrier: short, esmClass: 0x04, stat: "UNDELIV", err: "027", text: "hello",
		tlvs:       tlvs{MessageState: 5, NetworkErrorCode: "03001b"},
		networkErr: &networkError{Type: 3, Code: 27}, status: "temporary_error_absence",
	},
	{command: deliverSM, carrier: short, esmClass: 0x04, dataCoding: 3, stat: "DELIVRD", err: "000", text: "déjà vu", status: "received"},
	{command: deliverSM, carrier: short, esmClass: 0x04, dataCoding: 8, stat: "DELIVRD", err: "000", text: "привет", status: "received"},
	{command: deliverSM, carrier: payload, esmClass: 0x04, stat: "DELIVRD", err: "000", text: strings.Repeat("0123456789", 60), status: "received"},
	{command: dataSM, carrier: payload, esmClass: 0x04, stat: "DELIVRD", err: "000", text: "hello", tlvs: tlvs{MessageState: 2}, status: "received"},
	{command: dataSM, esmClass: 0x04, tlvs: tlvs{MessageState: 3}, status: "temporary_error_absence"},
	{command: deliverSM, carrier: short, text: "STOP"},
}

const (
	rounds  = 5    // each kind, in each session
	rejectd = 0x66 // ESME_RX_R_APPN
	unknown = 0x03 // ESME_RINVCMDID
	// highest is the last sequence_number that a request may have (SMPP 3.4 §3.2).
	highest = 0x7fffffff
)

// newScript makes two sessions of every kind, with one request among them that
// no ESME serves.
func newScript() *script {
	s := &script{Sessions: []scene{{Unbind: true}, {Unbind: false}}}
	n := 0
	for i := range s.Sessions {
		for range rounds {
			for _, k := range kinds {
				n++
				s.Sessions[i].Requests = append(s.Sessions[i].Requests, k.request(n))
			}
		}
		s.Sessions[i].Requests = append(s.Sessions[i].Requests, queryRequest())
	}
	return s
}

// events are what must arrive of the whole script.
func (s *script) events() []event {
	var out []event
	for _, scene := range s.Sessions {
		for _, r := range scene.Requests {
			if r.event != nil {
				out = append(out, *r.event)
			}
		}
	}
	return out
}

// request is the n-th receipt. Sequence numbers count down from the highest.
func (k *kind) request(n int) request {
	id := fmt.Sprintf("4%07d", n)
	handset, sender := fmt.Sprintf("3361200%04d", n), "ACME"
	r := request{
		Sequence: highest - uint32(n), Command: k.command, Carrier: k.carrier, Text: k.text, TLVs: k.tlvs,
		Fields: map[string]any{
			"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": handset,
			"dest_addr_ton": 5, "dest_addr_npi": 0, "destination_addr": sender,
			"esm_class": k.esmClass, "data_coding": k.dataCoding,
		},
	}
	r.answer = answer{Command: k.command + "_resp"}
	if k.status == "" {
		r.answer.Status = rejectd
		return r
	}
	if k.stat != "" {
		r.Text = fmt.Sprintf("id:%s sub:001 dlvrd:001 submit date:2611231015 done date:2611231016 stat:%s err:%s text:%s",
			id, k.stat, k.err, k.text)
	}
	if k.tlvs != (tlvs{}) {
		r.TLVs.ReceiptedMessageID = id
	}
	r.event = &event{
		MessageID: id, Recipient: handset, Sender: sender,
		Receipt: facts{Stat: k.stat, Err: k.err, Text: k.text, MessageState: k.tlvs.MessageState, NetworkErrorCode: k.networkErr},
		PDU:     carrier{Command: k.command, ESMClass: k.esmClass, DataCoding: k.dataCoding, Sequence: r.Sequence},
	}
	r.event.Status.Name = k.status
	return r
}

// queryRequest is a request that an SMSC never sends.
func queryRequest() request {
	return request{
		Sequence: highest, Command: "query_sm", Fields: map[string]any{"message_id": "1", "source_addr": "33612000000"},
		answer: answer{Command: "generic_nack", Status: unknown},
	}
}

// answers are what the gateway must answer in one session, by sequence.
func (s *scene) answers() map[uint32]answer {
	out := map[uint32]answer{}
	for _, r := range s.Requests {
		out[r.Sequence] = r.answer
	}
	return out
}
