package mapping

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// rule is a Rule, checked and compiled.
type rule struct {
	*Rule
	index       int
	stat, err   string // in upper case
	errNumber   uint64
	errIsNumber bool
	tlvValue    []byte
	tlvOctets   []byte // tlvValue read as hex; nil when it is none
	status      Status
	order       int // its class: lower decides first
	keys        int // how many keys it names
	text        string
}

// The classes of rules, in the order in which they are asked (CONTRACT §2).
const (
	orderStateAndCode = iota
	orderTLV
	orderNetworkError
	orderErr
	orderState
)

func compileRules(rules []Rule, base ErrBase) ([]rule, []Problem) {
	var out []rule
	var problems []Problem
	for i := range rules {
		r, found := compileRule(i, &rules[i], base)
		problems = append(problems, found...)
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(b.keys, a.keys))
	})
	return out, problems
}

func compileRule(index int, from *Rule, base ErrBase) (rule, []Problem) {
	r := rule{
		Rule: from, index: index,
		stat: folded(strings.TrimSpace(from.Stat)), err: folded(strings.TrimSpace(from.Err)),
	}
	var problems []Problem
	fault := func(key, format string, args ...any) {
		problems = append(problems, Problem{Rule: index, Key: key, Message: fmt.Sprintf(format, args...)})
	}
	var ok bool
	if r.status, ok = StatusByName(from.Status); !ok {
		fault("status", "%s", unknown("status", from.Status, statusNames()))
	}
	for i, c := range from.Cases {
		if _, ok := StatusByName(c.Status); !ok {
			fault(fmt.Sprintf("cases[%d].status", i), "%s", unknown("status", c.Status, statusNames()))
		}
	}
	for _, n := range []struct {
		key   string
		value *int
		most  int
	}{
		{"message_state", from.MessageState, 255},
		{"network_error_type", from.NetworkErrorType, 255},
		{"network_error_code", from.NetworkErrorCode, 65535},
	} {
		if n.value != nil && (*n.value < 0 || *n.value > n.most) {
			fault(n.key, "%d is not between 0 and %d", *n.value, n.most)
		}
	}
	if len(r.stat) > wordSize {
		fault("stat", "%q is longer than %d octets", r.stat, wordSize)
	}
	if len(r.err) > wordSize {
		fault("err", "%q is longer than %d octets", r.err, wordSize)
	}
	if from.TLV != nil {
		var err error
		if r.tlvValue, err = tlvValue(from.TLV.Value); err != nil {
			fault("tlv.value", "%q is not hex after 0x: write an even number of the digits 0-9 a-f", from.TLV.Value)
		}
		r.tlvOctets, _ = hex.DecodeString(from.TLV.Value) // may be text
	}
	if base != ErrText {
		r.errNumber, r.errIsNumber = number(r.err, base)
	}
	r.keys, r.order, r.text = r.countKeys(), r.classOf(), from.String()
	if r.keys == 0 {
		fault("status", "the rule names nothing to match: give stat, err, message_state, network_error_code, tlv or extra")
	}
	return r, problems
}

// tlvValue reads the value that a TLV must have: text, or octets after 0x.
func tlvValue(s string) ([]byte, error) {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		return hex.DecodeString(digits)
	}
	return []byte(s), nil
}

func (r *rule) namesState() bool { return r.stat != "" || r.MessageState != nil }

func (r *rule) namesNetworkError() bool {
	return r.NetworkErrorType != nil || r.NetworkErrorCode != nil
}

func (r *rule) namesTLV() bool { return r.TLV != nil || r.Extra != nil }

func (r *rule) namesCode() bool { return r.err != "" || r.namesNetworkError() || r.namesTLV() }

func (r *rule) classOf() int {
	switch {
	case r.namesState() && r.namesCode():
		return orderStateAndCode
	case r.namesTLV():
		return orderTLV
	case r.namesNetworkError():
		return orderNetworkError
	case r.err != "":
		return orderErr
	default:
		return orderState
	}
}

func (r *rule) countKeys() (n int) {
	for _, given := range []bool{
		r.stat != "", r.err != "", r.MessageState != nil, r.NetworkErrorType != nil,
		r.NetworkErrorCode != nil, r.TLV != nil, r.Extra != nil, r.Intermediate != nil,
	} {
		if given {
			n++
		}
	}
	return n
}

// String writes the rule as it stands in the configuration, without its note
// and cases.
func (r *Rule) String() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if r.Stat != "" {
		add("stat: %s", r.Stat)
	}
	if r.MessageState != nil {
		add("message_state: %d", *r.MessageState)
	}
	if r.Err != "" {
		add("err: %q", r.Err)
	}
	if r.NetworkErrorType != nil {
		add("network_error_type: %d", *r.NetworkErrorType)
	}
	if r.NetworkErrorCode != nil {
		add("network_error_code: %d", *r.NetworkErrorCode)
	}
	if r.TLV != nil {
		add("tlv: {tag: 0x%04X, value: %q}", r.TLV.Tag, r.TLV.Value)
	}
	if r.Extra != nil {
		add("extra: {key: %s, value: %q}", r.Extra.Key, r.Extra.Value)
	}
	if r.Intermediate != nil {
		add("intermediate: %t", *r.Intermediate)
	}
	add("status: %s", r.Status)
	if r.Final != nil {
		add("final: %t", *r.Final)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
