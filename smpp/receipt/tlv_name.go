package receipt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// tlvTags are the TLVs by name (SMPP 3.4 §5.3.2, SMPP 5.0 §4.8.4): those of a
// deliver_sm or data_sm, and those that operators put there all the same.
var tlvTags = map[string]uint16{
	"dest_addr_subunit": 0x0005, "dest_network_type": 0x0006, "dest_bearer_type": 0x0007, "dest_telematics_id": 0x0008,
	"source_addr_subunit": 0x000D, "source_network_type": 0x000E, "source_bearer_type": 0x000F, "source_telematics_id": 0x0010,
	"qos_time_to_live": 0x0017, "payload_type": 0x0019, "additional_status_info_text": 0x001D, "receipted_message_id": 0x001E,
	"ms_msg_wait_facilities": 0x0030, "privacy_indicator": 0x0201, "source_subaddress": 0x0202, "dest_subaddress": 0x0203,
	"user_message_reference": 0x0204, "user_response_code": 0x0205, "source_port": 0x020A, "destination_port": 0x020B,
	"sar_msg_ref_num": 0x020C, "language_indicator": 0x020D, "sar_total_segments": 0x020E, "sar_segment_seqnum": 0x020F,
	"sc_interface_version": 0x0210, "callback_num_pres_ind": 0x0302, "callback_num_atag": 0x0303, "number_of_messages": 0x0304,
	"callback_num": 0x0381, "dpf_result": 0x0420, "set_dpf": 0x0421, "ms_availability_status": 0x0422,
	"network_error_code": 0x0423, "message_payload": tagMessagePayload, "delivery_failure_reason": 0x0425,
	"more_messages_to_send": 0x0426, "message_state": 0x0427, "congestion_state": 0x0428, "ussd_service_op": 0x0501,
	"broadcast_channel_indicator": 0x0600, "billing_identification": 0x060B, "source_network_id": 0x060D, "dest_network_id": 0x060E,
	"source_node_id": 0x060F, "dest_node_id": 0x0610, "dest_addr_np_resolution": 0x0611, "dest_addr_np_information": 0x0612,
	"dest_addr_np_country": 0x0613, "display_time": 0x1201, "sms_signal": 0x1203, "ms_validity": 0x1204,
	"alert_on_message_delivery": 0x130C, "its_reply_type": 0x1380, "its_session_info": 0x1383,
}

// ParseTLV reads a TLV as people write it: by its name in SMPP or as 0xTAG, and its
// value in hex, with 0x before it or not; but receipted_message_id as text and
// message_state as a number.
func ParseTLV(name, value string) (TLV, error) {
	tag, ok := tlvTags[name]
	if !ok {
		digits, isTag := strings.CutPrefix(strings.ToLower(name), "0x")
		n, err := strconv.ParseUint(digits, 16, 16)
		if !isTag || err != nil {
			return TLV{}, fmt.Errorf("%q: neither a TLV's name nor a tag as 0x1403", name)
		}
		tag = uint16(n)
	}
	switch name {
	case "receipted_message_id":
		return TLV{Tag: tag, Value: []byte(value)}, nil
	case "message_state":
		n, err := strconv.ParseUint(value, 10, 8)
		if err != nil {
			return TLV{}, fmt.Errorf("message_state %q: a number from 0 to 255 is needed", value)
		}
		return TLV{Tag: tag, Value: []byte{byte(n)}}, nil
	}
	octets, err := hex.DecodeString(strings.TrimPrefix(value, "0x")) // as rules write it
	if err != nil {
		return TLV{}, fmt.Errorf("%s: its value %q is no hex", name, value)
	}
	return TLV{Tag: tag, Value: octets}, nil
}

// ParseTLVs reads a JSON object of TLVs as ParseTLV does, in its order, since the
// order of TLVs counts. One that cannot be read is left out and named in problems.
func ParseTLVs(object []byte) (tlvs []TLV, problems []string, err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, nil, errors.New("an object is needed, values by name or 0xTAG")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return tlvs, problems, err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return tlvs, problems, err
		}
		tlv, err := ParseTLV(fmt.Sprint(name), fmt.Sprint(value))
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		tlvs = append(tlvs, tlv)
	}
	return tlvs, problems, nil
}
