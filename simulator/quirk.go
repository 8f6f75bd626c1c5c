package simulator

import "time"

// Quirk is one way in which an operator's receipts differ from SMPP 3.4
// appendix B.
type Quirk struct {
	Name    string
	Summary string
	apply   func(*Dialect)
}

// Quirks returns every quirk that a dialect can be given by name.
func Quirks() []Quirk {
	list := idQuirks()
	list = append(list, textQuirks()...)
	list = append(list, pduQuirks()...)
	return append(list, flowQuirks()...)
}

func idQuirks() []Quirk {
	ids := func(resp, text IDForm) func(*Dialect) {
		return func(d *Dialect) { d.RespID, d.TextID, d.TLVID = resp, text, IDNone }
	}
	return []Quirk{
		{"decimal_ids", "ids in decimal without leading zeros", ids(IDDecimal, IDDecimal)},
		{"hex_ids", "ids in lower-case hex", ids(IDHex, IDHex)},
		{"upper_ids", "ids in upper-case hex", ids(IDUpperHex, IDUpperHex)},
		{"hex_resp", "submit_sm_resp in hex, receipt in decimal", ids(IDHex, IDPadded)},
		{"hex_text", "submit_sm_resp in decimal, receipt in hex", ids(IDDecimal, IDHex)},
		{"both_bases", "text in padded decimal, TLV in hex", func(d *Dialect) {
			d.RespID, d.TextID, d.TLVID, d.StateTLV = IDHex, IDPadded, IDHex, true
		}},
		{"uuid_ids", "ids are UUIDs", ids(IDUUID, IDUUID)},
		{"long_ids", "ids of 20 digits, beyond 64 bits", ids(IDLong, IDLong)},
		{"case_ids", "submit_sm_resp in lower-case hex, receipt in upper-case hex", ids(IDHex, IDUpperHex)},
		{"zero_ids", "submit_sm_resp without the leading zeros of the receipt", ids(IDDecimal, IDPadded)},
		{"tlv_suffix", "receipted_message_id with a part behind an @ that the text lacks", func(d *Dialect) {
			d.RespID, d.TextID, d.TLVID = IDDecimal, IDDecimal, IDSuffixed
		}},
		{"tlv_id", "receipted_message_id without message_state", func(d *Dialect) { d.TLVID = d.RespID }},
		{"tlvs", "receipted_message_id and message_state beside the text", func(d *Dialect) {
			d.TLVID, d.StateTLV = d.RespID, true
		}},
		{"tlv_only", "no text: receipted_message_id and message_state alone", func(d *Dialect) {
			d.Body, d.TextID, d.TLVID, d.StateTLV = BodyNone, IDNone, d.RespID, true
		}},
	}
}

func textQuirks() []Quirk {
	dates := func(layout string) func(*Dialect) { return func(d *Dialect) { d.Dates = layout } }
	omit := func(fields ...string) func(*Dialect) {
		return func(d *Dialect) { d.Omit = append(d.Omit, fields...) }
	}
	body := func(form BodyForm) func(*Dialect) { return func(d *Dialect) { d.Body = form } }
	return []Quirk{
		{"dates12", "dates as YYMMDDhhmmss", dates("060102150405")},
		{"dates12y", "dates as YYYYMMDDhhmm", dates("200601021504")},
		{"dates14", "dates as YYYYMMDDhhmmss", dates("20060102150405")},
		{"iso_dates", "dates as YYYY-MM-DD hh:mm:ss", dates("2006-01-02 15:04:05")},
		{"epoch_dates", "dates in seconds since 1970", dates("epoch")},
		{"no_dates", "no dates", omit("dates")},
		{"upper_keys", "keys in capitals", func(d *Dialect) { d.Keys = KeysUpper }},
		{"joined_keys", "submitdate: and donedate:", func(d *Dialect) { d.Keys = KeysJoined }},
		{"title_keys", "Submit_Date: and Done_Date:", func(d *Dialect) { d.Keys = KeysTitle }},
		{"title_text", "Text: with a capital", func(d *Dialect) { d.Extras = append(d.Extras, "Text:"); d.Omit = append(d.Omit, "text") }},
		{"no_sub", "no sub and dlvrd", omit("sub", "dlvrd")},
		{"no_dlvrd", "no dlvrd", omit("dlvrd")},
		{"no_err", "no err", omit("err")},
		{"no_text", "no text", omit("text")},
		{"newlines", "fields on lines of their own", func(d *Dialect) { d.Separator = "\n" }},
		{"extras", "further fields: mccmnc and price", func(d *Dialect) { d.Extras = append(d.Extras, "mccmnc:20801", "price:0.02") }},
		{"long_err", "err of four digits", func(d *Dialect) { d.LongErr = true }},
		{"odd_err", "DELIVRD with err:002", func(d *Dialect) { d.OddErr = true }},
		{"zero_counts", "sub:000 dlvrd:000 whatever happened", func(d *Dialect) { d.ZeroCounts = true }},
		{"reason_text", "a reason in text, with a key inside", func(d *Dialect) { d.Snippet = "-PROFILE stat:none" }},
		{"zones", "done dates eight hours ahead", func(d *Dialect) { d.DoneAhead = 8 * time.Hour }},
		{"leading_nul", "a NUL at the beginning", func(d *Dialect) { d.LeadingNUL = true }},
		{"trailing_nul", "a NUL at the end", func(d *Dialect) { d.TrailingNUL = true }},
		{"csv", "values with commas and no keys", body(BodyCSV)},
		{"id_state", "the id and message_state, no keys", func(d *Dialect) { d.Body, d.TextID = BodyIDState, IDHex }},
		{"unreadable", "a body that no rule can read", body(BodyUnreadable)},
		{"utf16be", "UTF-16, big endian", func(d *Dialect) { d.Charset, d.DataCoding = UTF16BE, 8 }},
		{"utf16le", "UTF-16, little endian", func(d *Dialect) { d.Charset, d.DataCoding = UTF16LE, 8 }},
	}
}

func pduQuirks() []Quirk {
	return []Quirk{
		{"data_sm", "receipts by data_sm", func(d *Dialect) { d.DataSM = true }},
		{"payload", "text in message_payload, short_message empty", func(d *Dialect) { d.Payload = true }},
		{"network_error", "network_error_code of type 3", func(d *Dialect) { d.NetworkError = NetworkErrorGSM }},
		{"only_network_error", "network_error_code of type 3, while err says 000", func(d *Dialect) { d.NetworkError = NetworkErrorOnly }},
		{"ascii_network_error", "network_error_code as three ASCII digits", func(d *Dialect) { d.NetworkError = NetworkErrorASCII }},
		{"short_network_error", "network_error_code of one octet", func(d *Dialect) { d.NetworkError = NetworkErrorShort }},
		{"zero_network_error", "network_error_code 030000, on success too", func(d *Dialect) { d.NetworkError = NetworkErrorZero }},
		{"state_conflict", "message_state says the contrary of stat", func(d *Dialect) {
			d.TLVID, d.StateTLV, d.StateConflict = d.RespID, true, true
		}},
		{"vendor_tlvs", "TLV 0x1403 with MCC and MNC", func(d *Dialect) {
			d.VendorTLVs = append(d.VendorTLVs, TLV{0x1403, append([]byte("20801"), 0)})
		}},
		{"unmarked", "esm_class 0", func(d *Dialect) { d.ESMClass = 0 }},
		{"udh", "esm_class 0x44 with a user data header", func(d *Dialect) { d.ESMClass, d.UDH = 0x44, true }},
		{"esm44", "esm_class 0x44 without a user data header", func(d *Dialect) { d.ESMClass = 0x44 }},
		{"esm0c", "esm_class 0x0C", func(d *Dialect) { d.ESMClass = 0x0C }},
		{"esm24", "intermediate receipts by esm_class 0x24", func(d *Dialect) {
			d.PendingESMClass = 0x24
			d.Intermediates = max(d.Intermediates, 0.5)
		}},
		{"esm20", "intermediate receipts by esm_class 0x20", func(d *Dialect) {
			d.PendingESMClass = 0x20
			d.Intermediates = max(d.Intermediates, 0.5)
		}},
		{"wrong_coding", "data_coding 8 over a Latin-1 body", func(d *Dialect) { d.DataCoding = 8 }},
		{"swapped", "the handset's number in destination_addr", func(d *Dialect) { d.SwapAddresses = true }},
	}
}

func flowQuirks() []Quirk {
	return []Quirk{
		{"intermediates", "every message is told as ENROUTE first", func(d *Dialect) { d.Intermediates = 1 }},
		{"late_intermediates", "ENROUTE after the final word for every fourth message", func(d *Dialect) { d.LateIntermediates = 0.25 }},
		{"duplicates", "every tenth final receipt comes twice", func(d *Dialect) { d.Duplicates = 0.1 }},
		{"reorder", "receipts in another order than the messages", func(d *Dialect) { d.Reorder = 16 }},
	}
}
