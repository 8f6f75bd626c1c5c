package simulator

import "strconv"

func (d *Dialect) writeTLVs(r *Receipt, f facts) {
	if d.TLVID != IDNone {
		r.TLVID = f.write(d.TLVID)
		r.TLVs = append(r.TLVs, TLV{TagReceiptedMessageID, append([]byte(r.TLVID), 0)})
	}
	if d.StateTLV {
		r.State = stateOf(f.outcome.Stat)
		if d.StateConflict {
			r.State = contrary(r.State)
		}
		r.TLVs = append(r.TLVs, TLV{TagMessageState, []byte{r.State}})
	}
	failed := r.Kind == Failed
	code, err := strconv.ParseUint(f.outcome.Err, 10, 16)
	if err == nil && failed {
		switch d.NetworkError {
		case NetworkErrorGSM, NetworkErrorOnly:
			r.TLVs = append(r.TLVs, TLV{TagNetworkErrorCode, []byte{3, byte(code >> 8), byte(code)}})
		case NetworkErrorASCII:
			r.TLVs = append(r.TLVs, TLV{TagNetworkErrorCode, []byte(padded(code%1000, 3))})
		case NetworkErrorShort:
			r.TLVs = append(r.TLVs, TLV{TagNetworkErrorCode, []byte{byte(code)}})
		case NetworkErrorNone, NetworkErrorZero:
		}
	}
	if d.NetworkError == NetworkErrorZero {
		r.TLVs = append(r.TLVs, TLV{TagNetworkErrorCode, []byte{3, 0, 0}})
	}
	r.TLVs = append(r.TLVs, d.VendorTLVs...)
}

// stateOf is the message_state of a stat word (SMPP 3.4 §5.2.28); a word that
// the specification does not know is an operator's failure.
func stateOf(stat string) byte {
	switch stat {
	case "ENROUTE":
		return 1
	case "DELIVRD":
		return 2
	case "EXPIRED":
		return 3
	case "DELETED":
		return 4
	case "ACCEPTD":
		return 6
	case "UNKNOWN":
		return 7
	case "REJECTD":
		return 8
	}
	return 5
}

func kindOf(stat string) Kind {
	switch stateOf(stat) {
	case 1, 6:
		return Pending
	case 2:
		return Delivered
	case 7:
		return Unclear
	}
	return Failed
}

// contrary turns delivered into undeliverable and anything else into delivered.
func contrary(state byte) byte {
	if state == 2 {
		return 5
	}
	return 2
}
