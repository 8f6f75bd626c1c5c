package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Table decides for one operator: its rules, its profile and the defaults,
// compiled. It is immutable and safe for concurrent use.
type Table struct {
	profile string
	config  string

	rules      []rule // in the order in which they are asked
	codes      *codes
	ownNetwork *codes // the operator's own codes in network_error_code; nil: none
	network    *codes // what a network_error_code of type 3 means; nil: nothing

	words    map[string]state
	prefixes []prefix

	codeBase           ErrBase
	stateSource        StateSource
	acceptedFinal      bool
	ignoreIntermediate bool

	none         Cause
	defaultTexts [colDelivered + 1]string
}

// Compile checks o and prepares it for deciding. The Table is nil when there
// are problems; all of them are returned at once.
func Compile(o Options) (*Table, []Problem) {
	var problems []Problem
	operator := func(key, message string) { problems = append(problems, Problem{Rule: -1, Key: key, Message: message}) }
	p, ok := ProfileByName(o.Profile)
	if !ok {
		operator("profile", unknown("profile", o.Profile, profileNames()))
	}
	t := &Table{
		profile: p.Name, codeBase: o.ErrBase,
		stateSource: o.StateSource, acceptedFinal: o.AcceptedFinal, ignoreIntermediate: o.IgnoreIntermediate,
		none: Matrix()[0],
	}
	if t.codeBase == ErrText {
		t.codeBase = p.base()
	}
	t.codes, t.words = compileCodes(&p)
	t.ownNetwork = t.networkCodes(&p)
	switch o.NetworkErrorTable {
	case "", "none":
		if o.NetworkErrorTable == "" && p.Name == gsmMap {
			t.network = t.codes
		}
	case gsmMap:
		m, _ := ProfileByName(gsmMap)
		t.network, _ = compileCodes(&m)
	default:
		operator("receipts.network_error_table", unknown("table", o.NetworkErrorTable, []string{"none", gsmMap}))
	}
	for i, text := range o.StatPrefixes {
		found, ok := compilePrefix(text)
		if !ok {
			operator(fmt.Sprintf("receipts.stat_prefixes[%d]", i), fmt.Sprintf("%q begins no one family of words: use one of %s", text, stems()))
		}
		t.prefixes = append(t.prefixes, found)
	}
	var faults []Problem
	t.rules, faults = compileRules(o.Rules, o.ErrBase)
	problems = append(problems, faults...)
	if len(problems) > 0 {
		return nil, problems
	}
	t.compileTexts()
	t.config = t.hash(&o)
	return t, nil
}

// networkCodes is the list that the profile's network_error_code is looked up in.
func (t *Table) networkCodes(p *Profile) *codes {
	switch p.NetworkErrors {
	case NetworkErrorsOwn:
		return t.codes
	case NetworkErrorsListed:
		listed := Profile{Name: p.Name + ", network_error_code", Rows: p.NetworkRows}
		found, _ := compileCodes(&listed)
		return found
	default:
		return nil
	}
}

// Config returns the first 8 hex digits of the hash of all that decides, as in
// Decision.Config.
func (t *Table) Config() string { return t.config }

// compileTexts writes what the matrix says without a cause.
func (t *Table) compileTexts() {
	for col := range colDelivered + 1 {
		status, _ := t.none.at(col)
		t.defaultTexts[col] = fmt.Sprintf("%s without a known cause: %s", col, status)
	}
}

// base is how the profile prints its codes.
func (p *Profile) base() ErrBase {
	if p.Codes == "hex" {
		return ErrHex
	}
	return ErrDecimal
}

func stems() string {
	var all []string
	for _, f := range families {
		all = append(all, f.stem)
	}
	return strings.Join(all, ", ")
}

// hash is the first 8 hex digits of a hash over all that decides: rules in the
// order in which they are asked, options, and the tables' rows.
func (t *Table) hash(o *Options) string {
	h := sha256.New()
	fmt.Fprintln(h, t.profile, o.ErrBase, t.stateSource, t.acceptedFinal, t.ignoreIntermediate, t.network != nil)
	for i := range t.prefixes {
		fmt.Fprintln(h, "prefix", t.prefixes[i].text)
	}
	for i := range t.rules {
		fmt.Fprintln(h, "rule", t.rules[i].text)
	}
	p, _ := ProfileByName(t.profile)
	for _, r := range p.Rows {
		fmt.Fprintln(h, "row", r.Code, r.Stat, r.Cause)
	}
	for _, r := range p.NetworkRows {
		fmt.Fprintln(h, "network row", r.Code, r.Cause)
	}
	return hex.EncodeToString(h.Sum(nil))[:8]
}
