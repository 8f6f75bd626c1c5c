package receipt

import "strings"

// hasField reports whether a field of the configuration is taken from the TLV.
func (d *Dialect) hasField(tag uint16) bool {
	for i := range d.Fields {
		if d.Fields[i].Tag == tag {
			return true
		}
	}
	return false
}

// copyFields adds the configured fields to Extra, in place of words of the text
// that have the same name, and reads MCCMNC.
func (r *Receipt) copyFields(d *Dialect, in *Input) {
	for _, rule := range d.Fields {
		if value, ok := r.fieldValue(rule, in); ok {
			r.setExtra(rule.Name, value)
		}
	}
	for _, extra := range r.Extra {
		if strings.EqualFold(extra.Key, "mccmnc") && extra.Value != "" {
			r.MCCMNC = extra.Value
			break
		}
	}
}

// fieldValue looks the rule's TLV or word up.
func (r *Receipt) fieldValue(rule FieldRule, in *Input) (value string, ok bool) {
	if rule.Text == "" {
		i := firstTLV(in.TLVs, rule.Tag)
		if i < 0 {
			return "", false
		}
		return textOrHex(in.TLVs[i].Value), true
	}
	for _, extra := range r.Extra {
		if strings.EqualFold(extra.Key, rule.Text) {
			return extra.Value, true
		}
	}
	return "", false
}

// setExtra gives name the value, in place of one that the text gave it.
func (r *Receipt) setExtra(name, value string) {
	for i := range r.Extra {
		if r.Extra[i].Key == name {
			r.Extra[i].Value = value
			return
		}
	}
	r.Extra = append(r.Extra, Extra{Key: name, Value: value})
}
