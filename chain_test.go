package dlrgate_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestTheChainStandsOnce holds that facts become a status in one place alone,
// event.Rules: the same receipt under the same rules has the same status whoever
// asks. Elsewhere nothing makes a receipt.Input, which is all that Dialect.Parse
// takes, and nothing calls Decide. There it is named twice: Facts.Input and its result.
func TestTheChainStandsOnce(t *testing.T) {
	const home = "event/rules.go"
	var steps []string
	for file := range sourceImports(t) {
		if strings.HasPrefix(file, "smpp/receipt/") || strings.HasPrefix(file, "mapping/") {
			continue
		}
		for _, step := range chainSteps(t, file) {
			if file != home {
				t.Errorf("%s: %s belongs into %s alone", file, step, home)
			}
			steps = append(steps, step)
		}
	}
	if slices.Sort(steps); !slices.Equal(steps, []string{"Decide", "receipt.Input", "receipt.Input"}) {
		t.Errorf("the steps of the chain stand in these places: %v", steps)
	}
}

// chainSteps returns the names of the chain's steps that a file holds.
func chainSteps(t *testing.T, file string) (steps []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, _ := sel.X.(*ast.Ident)
		switch {
		case sel.Sel.Name == "Decide":
			steps = append(steps, "Decide")
		case pkg != nil && pkg.Name == "receipt" && sel.Sel.Name == "Input":
			steps = append(steps, "receipt.Input")
		}
		return true
	})
	return steps
}
