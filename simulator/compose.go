package simulator

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// facts are what a receipt tells, before any dialect.
type facts struct {
	number          uint64
	id              uint64
	uuid            [2]uint64
	submit, done    time.Time
	snippet         string
	outcome         Outcome
	account         string
	handset, sender Address
}

// receipt words the facts in the dialect.
func (d *Dialect) receipt(f facts) *Receipt {
	kind := kindOf(f.outcome.Stat)
	r := &Receipt{
		Account: f.account, DataSM: d.DataSM, Payload: d.Payload,
		Source: f.handset, Destination: f.sender, ESMClass: d.ESMClass, DataCoding: d.DataCoding,
	}
	if kind == Pending {
		r.ESMClass = d.PendingESMClass
	}
	if d.SwapAddresses {
		r.Source, r.Destination = r.Destination, r.Source
	}
	r.Truth = Truth{
		Message: f.number, MessageID: f.write(d.RespID), Recipient: f.handset.Number,
		Kind: kind, Status: f.outcome.Status,
	}
	d.writeBody(r, f)
	d.writeTLVs(r, f)
	switch {
	case d.Body != BodyText && !d.StateTLV: // no general rule finds a state
		r.Status = "undefined"
	case d.StateConflict && kind == Unclear: // only delivered against failed is a stalemate
		r.Status = "received"
	case d.StateConflict && kind != Pending:
		r.Status = "undefined"
	}
	return r
}

// writeBody sets the body and those parts of the truth that it tells.
func (d *Dialect) writeBody(r *Receipt, f facts) {
	switch d.Body {
	case BodyNone:
	case BodyUnreadable:
		r.Text = "~" + strings.ToUpper(strconv.FormatUint(f.uuid[0], 36)) + "~"
		r.Kind = Unclear
	case BodyCSV:
		code := "00"
		if r.Kind != Delivered {
			code = "01"
		}
		r.Text = strings.Join([]string{
			code, f.submit.Format("0201021504"), f.done.Format("0201021504"), "",
			f.handset.Number, f.outcome.Err, f.write(d.TextID),
		}, ",")
	case BodyIDState:
		r.Text = f.write(d.TextID) + " " + strconv.Itoa(int(stateOf(f.outcome.Stat)))
	default:
		r.TextID, r.Stat = f.write(d.TextID), f.outcome.Stat
		if !slices.Contains(d.Omit, "err") {
			r.Err = d.err(f.outcome)
		}
		r.Text = d.text(f)
	}
	if d.LeadingNUL {
		r.Text = "\x00" + r.Text
	}
	if d.TrailingNUL {
		r.Text += "\x00"
	}
	r.Body = encode(r.Text, d.Charset)
	if d.UDH {
		// one information element: 8-bit reference, part 1 of 1
		r.Body = append([]byte{5, 0, 3, byte(f.number), 1, 1}, r.Body...)
	}
}

func (d *Dialect) err(o Outcome) string {
	code := o.Err
	if d.NetworkError == NetworkErrorOnly {
		code = "000"
	}
	if d.OddErr && kindOf(o.Stat) == Delivered {
		code = "002"
	}
	if d.LongErr && len(code) < 4 {
		return strings.Repeat("0", 4-len(code)) + code
	}
	return code
}

// text writes SMPP 3.4 appendix B with the dialect's changes.
func (d *Dialect) text(f facts) string {
	var b strings.Builder
	b.Grow(160)
	put := func(group, key, value string) {
		if group != "" && slices.Contains(d.Omit, group) {
			return
		}
		if b.Len() > 0 {
			if d.Separator != "" {
				b.WriteString(d.Separator)
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteString(d.key(key))
		b.WriteByte(':')
		b.WriteString(value)
	}
	submitted, delivered := d.counts(f.outcome)
	if d.TextID != IDNone {
		put("", "id", f.write(d.TextID))
	}
	put("sub", "sub", submitted)
	put("dlvrd", "dlvrd", delivered)
	put("dates", "submit date", d.date(f.submit))
	put("dates", "done date", d.date(f.done.Add(d.DoneAhead)))
	put("", "stat", f.outcome.Stat)
	put("err", "err", d.err(f.outcome))
	for _, extra := range d.Extras {
		b.WriteByte(' ')
		b.WriteString(extra)
	}
	put("text", "text", cmp.Or(d.Snippet, f.snippet))
	return b.String()
}

// counts are the values of sub and dlvrd.
func (d *Dialect) counts(o Outcome) (sub, dlvrd string) {
	switch {
	case d.ZeroCounts:
		return "000", "000"
	case kindOf(o.Stat) == Delivered:
		return "001", "001"
	}
	return "001", "000"
}

func (d *Dialect) key(key string) string {
	switch d.Keys {
	case KeysUpper:
		return strings.ToUpper(key)
	case KeysJoined:
		return strings.ReplaceAll(key, " ", "")
	case KeysTitle:
		words := strings.Split(key, " ")
		for i, w := range words {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
		return strings.Join(words, "_")
	case KeysLower:
	}
	return key
}

func (d *Dialect) date(t time.Time) string {
	if d.Dates == "epoch" {
		return strconv.FormatInt(t.Unix(), 10)
	}
	return t.Format(d.Dates)
}

// write returns the message's id in the form.
func (f *facts) write(form IDForm) string {
	switch form {
	case IDDecimal:
		return strconv.FormatUint(f.id, 10)
	case IDPadded:
		return padded(f.id, 10)
	case IDLong:
		return "4" + padded(f.id, 19)
	case IDHex:
		return strconv.FormatUint(f.id, 16)
	case IDUpperHex:
		return strings.ToUpper(strconv.FormatUint(f.id, 16))
	case IDUUID:
		var b [16]byte
		for i := range 8 {
			b[i], b[8+i] = byte(f.uuid[0]>>(8*i)), byte(f.uuid[1]>>(8*i))
		}
		h := hex.EncodeToString(b[:])
		return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
	case IDSuffixed:
		return strconv.FormatUint(f.id, 10) + "@" + strconv.FormatUint(f.uuid[0]>>32, 10)
	case IDNone:
	}
	return ""
}

func encode(text string, charset Charset) []byte {
	if charset == Latin1 {
		return []byte(text)
	}
	out := make([]byte, 0, 2*len(text))
	for i := range len(text) {
		if charset == UTF16BE {
			out = append(out, 0, text[i])
		} else {
			out = append(out, text[i], 0)
		}
	}
	return out
}
