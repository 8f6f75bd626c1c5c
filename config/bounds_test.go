package config

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const oneEndpoint = "endpoints:\n  - {name: app, url: 'http://127.0.0.1:1/', secrets: [" + secret + "]}\n"

// manyOperators is a configuration of n operators, every second one disabled.
func manyOperators(n int) string {
	var b strings.Builder
	b.WriteString(oneEndpoint + "operators:\n")
	for i := range n {
		fmt.Fprintf(&b, `  - name: op%d
    enabled: %t
    addresses: ["smsc%d.example:2775"]
    system_id: gw
    password: pw%d
    rules: [{stat: UNDELIV, err: "001", status: permanent_error_absence}]
`, i, i%2 == 0, i, i)
	}
	return b.String()
}

func depth(n *yaml.Node) int {
	deepest := 0
	for _, c := range n.Content {
		deepest = max(deepest, depth(c))
	}
	return deepest + 1
}

// TestNesting: what a file nests deeper than the tree is cut off before anything
// is done with it; it cost the cube of its depth.
func TestNesting(t *testing.T) {
	t.Parallel()
	const levels = 4000
	maps, lists := strings.Repeat("{a: ", levels)+strings.Repeat("}", levels), strings.Repeat("[", levels)+strings.Repeat("]", levels)
	for at, told := range map[string]string{
		"listen: %s": "listen", "nonsense: %s": "nonsense", "admin: {hosts: %s}": "admin.hosts", "operators: [{password: %s}]": "operators[0].password",
		"operators: [{rules: [{tlv: %s}]}]": "operators[0].rules[0].tlv", "operators: [{receipts: {timezone: %s}}]": "operators[0].receipts.timezone",
		"endpoints: [{headers: [%s]}]": "endpoints[0].headers[0]", "admin: {tokens: [{role: %s}]}": "admin.tokens[0].role",
		"admin: [%s]": "admin", "operators: {a: %s}": "operators",
	} {
		for _, nested := range []string{maps, lists} {
			l, err := newLoader("deep.yaml", []byte(fmt.Sprintf(at, nested)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := depth(l.root); got > 12 {
				t.Errorf("%s of %.4s…: %d levels are left", at, nested, got)
			}
			_, faults, _ := load(t.Context(), "deep.yaml", []byte(fmt.Sprintf(at, nested)), Options{})
			if !slices.ContainsFunc(faults, func(f Fault) bool { return within(f.Path, told) }) {
				t.Errorf("%s of %.4s… is not told: %v", at, nested, faults)
			}
		}
	}
}

// TestCostOfOperators: each costs the same, however many there are. Counted in
// allocations, which no other process disturbs.
func TestCostOfOperators(t *testing.T) { //nolint:paralleltest // counts what the whole process allocates
	cost := func(n int) float64 {
		text := []byte(manyOperators(n))
		return testing.AllocsPerRun(1, func() {
			if _, faults, _ := load(t.Context(), "many.yaml", text, Options{}); len(faults) > 0 {
				t.Fatal(faults)
			}
		}) / float64(n)
	}
	few, many := cost(100), cost(1000)
	if many > 1.2*few || many > 2000 {
		t.Errorf("%.0f allocations for one of 100 operators, %.0f for one of 1,000", few, many)
	}
}

// TestTooMuch: each bound is a fault that says it.
func TestTooMuch(t *testing.T) {
	t.Parallel()
	one := manyOperators(1)
	cases := strings.TrimSuffix(one, "}]\n") + ", cases: [" + strings.Repeat("{text: 'id:1 stat:UNDELIV err:001', status: permanent_error_absence},", mostItems/2+1) + "]}"
	for name, c := range map[string]struct{ text, want string }{
		"file":      {one + strings.Repeat("# x\n", mostOctets/4), "too.yaml:1:1: the file is longer than the 8MiB that a configuration may have"},
		"operators": {manyOperators(mostItems + 1), "too.yaml:3:1: operators: has 10001 entries, and 10000 are the most"},
		"cases": {
			cases + "," + strings.TrimPrefix(cases[strings.LastIndex(cases, "    rules: [")+len("    rules: ["):], "") + "]\n",
			"too.yaml:9:5: operators[0].rules: have 10002 cases together, and 10000 are the most",
		},
		"pattern": {
			strings.Replace(one, "rules:", "receipts: {id_pattern: '("+strings.Repeat("x", longestPattern)+")'}\n    rules:", 1),
			"too.yaml:9:16: operators[0].receipts.id_pattern: has 1002 octets, and 1000 are the most",
		},
		"faults": {one + strings.Repeat("  - {}\n", 500), "too.yaml:509:5: 500 more faults are not told: mend these first"},
	} {
		cfg, faults, _ := load(t.Context(), "too.yaml", []byte(c.text), Options{})
		if cfg != nil || len(faults) == 0 || len(faults) > mostFaults+1 {
			t.Errorf("%s: %d faults", name, len(faults))
			continue
		}
		if last := faults[len(faults)-1].String(); last != c.want {
			t.Errorf("%s: %s", name, last)
		}
	}
}

// TestLoadEnds with whoever wants it.
func TestLoadEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg, faults, warnings := load(ctx, "ended.yaml", []byte(manyOperators(2)), Options{})
	if want := "ended.yaml: was not read to its end: context canceled"; cfg != nil || len(faults) != 1 || len(warnings) != 0 || faults[0].String() != want {
		t.Errorf("%v, %v", faults, warnings)
	}
}

// TestWorkEnds with whoever wants it, and not only after it is done.
func TestWorkEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	text := strings.ReplaceAll(manyOperators(2), "stat: UNDELIV", "stat: UNDELIV, cases: [{text: 'id:1 stat:REJECTD err:001', status: permanent_error_absence}]")
	l, err := newLoader("ended.yaml", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	l.decode(ctx)
	if n := len(l.config.Operators); n != 0 {
		t.Errorf("%d operators were read", n)
	}
	if l, err = newLoader("ended.yaml", []byte(text), Options{}); err != nil {
		t.Fatal(err)
	}
	l.read(t.Context())
	l.checkRules(ctx)
	if len(l.faults) != 0 {
		t.Errorf("cases were tried: %v", l.faults)
	}
	if l.checkRules(t.Context()); len(l.faults) == 0 {
		t.Error("the case holds: this test shows nothing")
	}
}
