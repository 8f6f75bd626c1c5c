package mapping

import (
	"bytes"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// wantsIntermediate: the rule is written for intermediate notifications.
func (r *rule) wantsIntermediate() bool { return r.Intermediate != nil && *r.Intermediate }

// ends says that the rule gives a final status, whatever the state.
func (r *rule) ends() bool {
	if r.Final != nil {
		return *r.Final
	}
	return r.status.final()
}

// matches says that all that the rule names is in the receipt, and that the
// rule may speak about it at all.
func (r *rule) matches(in *input) bool {
	if r.Intermediate != nil && *r.Intermediate != in.intermediate {
		return false
	}
	if in.intermediate && r.ends() && !r.wantsIntermediate() {
		return false
	}
	return r.mayDecide(in) && r.matchesState(in) && r.matchesErr(in) &&
		r.matchesNetworkError(in.NetworkError) && r.matchesTLV(in.Receipt)
}

// mayDecide keeps rules from states that they do not name: a delivered one ends
// the search unless the rule names it, a contradiction needs both its sides,
// and a rule without a state is about failures.
func (r *rule) mayDecide(in *input) bool {
	both := r.stat != "" && r.MessageState != nil
	switch {
	case both:
		return true
	case in.contradiction:
		return false
	case in.won.column == colDelivered:
		return r.MessageState != nil && *r.MessageState == 2 ||
			r.stat != "" && (r.stat == in.won.word || in.textClass != classFailed && in.textClass != classPending)
	case r.namesState():
		return true
	default:
		return in.won.column.class() == classFailed || in.intermediate && r.wantsIntermediate()
	}
}

func (r *rule) matchesState(in *input) bool {
	if r.stat != "" && r.stat != in.won.word && r.stat != string(in.word()) && r.stat != string(in.stat()) {
		return false
	}
	return r.MessageState == nil || *r.MessageState == in.MessageState
}

func (r *rule) matchesErr(in *input) bool {
	return r.err == "" || r.err == string(in.code()) || r.err == string(in.err()) ||
		r.errIsNumber && in.errIsNumber && r.errNumber == in.errNumber
}

// namesReason says that the rule names stat and err with what stands behind them.
func (r *rule) namesReason(in *input) bool {
	return (r.stat == "" || r.stat == string(in.stat())) && (r.err == "" || r.err == string(in.err()))
}

func (r *rule) matchesNetworkError(n *receipt.NetworkError) bool {
	if !r.namesNetworkError() {
		return true
	}
	if n == nil || r.NetworkErrorCode != nil && *r.NetworkErrorCode != int(n.Code) {
		return false
	}
	return r.NetworkErrorType == nil || !n.ASCII && *r.NetworkErrorType == int(n.Type)
}

func (r *rule) matchesTLV(in *receipt.Receipt) bool {
	if r.TLV != nil && !slices.ContainsFunc(in.TLVs, r.isTLV) && !slices.ContainsFunc(in.Asked, r.isTLV) {
		return false
	}
	return r.Extra == nil || slices.ContainsFunc(in.Extra, r.isExtra)
}

// isTLV compares a text also with a C-octet string, and one of hex digits with
// the octets that they are: so events show a TLV.
func (r *rule) isTLV(t receipt.TLV) bool {
	return t.Tag == r.TLV.Tag &&
		(bytes.Equal(t.Value, r.tlvValue) || bytes.Equal(bytes.TrimRight(t.Value, "\x00"), r.tlvValue) ||
			len(r.tlvOctets) > 0 && bytes.Equal(t.Value, r.tlvOctets))
}

func (r *rule) isExtra(e receipt.Extra) bool {
	return strings.EqualFold(e.Key, r.Extra.Key) && e.Value == r.Extra.Value
}
