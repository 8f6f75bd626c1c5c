package config

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// CheckStatus says what is wrong with the name of a status.
func CheckStatus(name string) error {
	if _, ok := mapping.StatusByName(name); !ok {
		return errors.New(statusFault(name))
	}
	return nil
}

// statusFault says which status would be right. What operators call delivered is
// received; delivered_to_operator is on its way still.
func statusFault(name string) string {
	if strings.HasPrefix(strings.ToLower(name), "deliv") && nearest(name, statusNames()) == "" {
		return fmt.Sprintf("%q is not known: did you mean %q?", name, mapping.Received)
	}
	for _, s := range mapping.Statuses() {
		if strconv.Itoa(s.Code) == name {
			return fmt.Sprintf("%s is %s: write the name", name, s.Name)
		}
	}
	if nearest(name, statusNames()) == "" {
		return fmt.Sprintf("%q is not known: dlrgate statuses lists those that are", name)
	}
	return oneOf(name, statusNames())
}

// profileFault says which profile would be right.
func profileFault(name string) string {
	if names := profileNames(); nearest(name, names) == "" {
		return fmt.Sprintf("%q is not known (one of %s)", name, strings.Join(names, ", "))
	}
	return oneOf(name, profileNames())
}

func statusNames() []string {
	var names []string
	for _, s := range mapping.Statuses() {
		names = append(names, s.Name)
	}
	return names
}

// profileNames are asked for by each operator, and each profile is a file to read.
var profileNames = sync.OnceValue(func() []string {
	var names []string
	for _, p := range mapping.Profiles() {
		names = append(names, p.Name)
	}
	return names
})

// setProfile sets the profile and what the operator has published: defaults for
// keys of the configuration.
func (o *Operator) setProfile(name string) {
	o.Profile = name
	profile, _ := mapping.ProfileByName(name)
	for _, fact := range profile.Facts {
		if err := setKey(reflect.ValueOf(o).Elem(), fact.Key, fact.Value); err != nil {
			panic(fmt.Sprintf("profile %s: %s: %v", name, fact.Key, err)) // a test sets every one
		}
	}
}

// setKey sets the key at path below v, a part of the tree, from text.
func setKey(v reflect.Value, path, text string) error {
	name, rest, deeper := strings.Cut(path, ".")
	k, ok := find(keysOf(v.Type()), name)
	if !ok {
		return fmt.Errorf("there is no key %q", name)
	}
	field := v.FieldByIndex(k.field.Index)
	if deeper {
		return setKey(field, rest, text)
	}
	value, err := convertValue(reflect.ValueOf(fromEnvironment(text, field.Type())), field.Type())
	if err != nil {
		return err
	}
	field.Set(reflect.ValueOf(value).Convert(field.Type()))
	return nil
}

// checkRules compiles each operator's rules, runs the cases that they carry, and
// takes over what mapping finds doubtful.
func (l *loader) checkRules(ctx context.Context) {
	for i := range l.config.Operators {
		if ctx.Err() != nil {
			return // Load says so
		}
		o, path := &l.config.Operators[i], fmt.Sprintf("operators[%d]", i)
		if l.tooManyCases(path, o) {
			continue
		}
		opts := o.Mapping()
		rules, wrong := o.compile(opts)
		if len(wrong) == 0 {
			wrong = mapping.RunCases(opts.Rules, caseBy(rules))
		}
		for _, p := range wrong {
			l.problem(path, p, l.fault)
		}
		for _, p := range mapping.Lint(opts) {
			l.problem(path, p, l.warn)
		}
	}
}

// tooManyCases bounds what is tried: each case is held against every rule.
func (l *loader) tooManyCases(path string, o *Operator) bool {
	n := 0
	for i := range o.Rules {
		n += len(o.Rules[i].Cases)
	}
	if n > mostItems {
		l.fault(path+".rules", "have %d cases together, and %d are the most", n, mostItems)
	}
	return n > mostItems
}

// caseBy decides a case's text as the rules decide receipts.
func caseBy(rules *event.Rules) mapping.CaseDecider {
	const deliveryReceipt = 0x04 // esm_class, SMPP 3.4 §5.2.12
	return func(text string, complete func(*receipt.Receipt)) mapping.Decision {
		return rules.ReadCase(&event.Facts{ESMClass: deliveryReceipt, Body: []byte(text)}, complete).Decision
	}
}

// Compile makes the rules by which the operator's receipts are read.
func (o *Operator) Compile() (*event.Rules, error) {
	rules, faults := o.compile(o.Mapping())
	if len(faults) > 0 {
		return nil, fmt.Errorf("operator %q: %w", o.Name, faults[0])
	}
	return rules, nil
}

func (o *Operator) compile(opts mapping.Options) (*event.Rules, []mapping.Problem) {
	table, faults := mapping.Compile(opts)
	return &event.Rules{Dialect: o.dialect(), Table: table, Options: o.event()}, faults
}

// ask tells the dialect what the rules look at.
func (o *Operator) ask(d *receipt.Dialect) {
	d.AskedPrefixes = o.Receipts.StatPrefixes
	for i := range o.Rules {
		r := &o.Rules[i]
		if r.TLV != nil && !slices.Contains(d.Asked, uint16(r.TLV.Tag)) {
			d.Asked = append(d.Asked, uint16(r.TLV.Tag))
		}
		if r.Extra != nil {
			d.AskedKeys = append(d.AskedKeys, r.Extra.Key)
		}
		for _, word := range [...]string{r.Stat, r.Err} {
			if word != "" {
				d.AskedWords = append(d.AskedWords, word)
			}
		}
	}
}

// problem reports what mapping found in an operator, unless the rule could not
// even be read.
func (l *loader) problem(operator string, p mapping.Problem, report func(path, format string, args ...any)) {
	path := join(operator, p.Key)
	if p.Rule >= 0 {
		rule := fmt.Sprintf("%s.rules[%d]", operator, p.Rule)
		for _, f := range l.faults {
			if within(f.Path, rule) && f.Path != path {
				return
			}
		}
		path = join(rule, p.Key)
	}
	report(path, "%s", p.Message)
}
